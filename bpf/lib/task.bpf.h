/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Who a task is, what it is remembered by, and whether anybody wants to hear of it. */
#ifndef NSSCOPE_TASK_BPF_H
#define NSSCOPE_TASK_BPF_H

#include "lib/exe.bpf.h"
#include "lib/refs.bpf.h"

/* Writes what the task refers to in this slot now into `state`, which must lie in a map: what comes out of there again is a
 * number, while addresses on the stack stay pointers to the verifier, which then neither lets them pass for
 * arguments nor sees that one path is like the other. Returns 1 if that differs from before. */
static __always_inline u32 read_slot(volatile struct task_state* state, struct task_struct* task, u32 slot) {
    struct ns_ident ident = slot_ident(task, slot);
    u64 before = state->ns[slot];
    state->ns[slot] = ident.ns;
    state->id[slot] = ident.id;
    state->inum[slot] = ident.inum;
    return differ(before, state->ns[slot]);
}

/* These slots. Returns those that differ from before. */
static __noinline u32 read_slots(volatile struct task_state* state, struct task_struct* task, u32 slots) {
    u32 changed = 0;
    FOR_EACH_SLOT(slot) {
        if (slots & (1u << slot)) changed |= read_slot(state, task, slot) << slot;
    }
    return changed;
}

/* 1 if this is not the address that `thread` has in that slot. */
static __always_inline u32 is_elsewhere(struct thread* thread, u32 slot, u64 address) {
    volatile u64* number = &thread->happening.address;

    *number = address;
    return differ(*number, *(volatile u64*)&thread->now.ns[slot]);
}

/* The slots in which a call of the task may have changed what `thread` says, by their addresses alone: most calls change
 * one, and to read all of the others takes longer than all else. No task ever leaves the pid namespace it is in. */
static __always_inline u32 slots_to_read(struct thread* thread, struct task_struct* task) {
    struct nsproxy* proxy = GET(task, nsproxy);
    u32 slots = 0;

    FOR_EACH_SLOT(slot) {
        if (slot != NSSCOPE_SLOT_PID)
            slots |= is_elsewhere(thread, slot, slot_address(task, proxy, slot)) << slot;
    }
    return slots;
}

/* And at its birth NSSCOPE_SLOT_PID: it has its pid from where its nsproxy says that children have theirs
 * (alloc_pid(p->nsproxy->pid_ns_for_children), copy_process(), kernel/fork.c). */
static __always_inline u32 born_elsewhere(struct thread* thread, struct task_struct* task) {
    const u64 address = slot_address(task, GET(task, nsproxy), NSSCOPE_SLOT_PID_FOR_CHILDREN);
    return is_elsewhere(thread, NSSCOPE_SLOT_PID, address) << NSSCOPE_SLOT_PID;
}

/* What is known of a thread, made empty when there is nothing yet; NULL when the map is full. */
static __always_inline struct thread* thread_of(u32 tid) {
    static const struct thread nothing = {};
    struct thread* thread = bpf_map_lookup_elem(&states, &tid);
    if (thread) return thread;
    bpf_map_update_elem(&states, &tid, &nothing, BPF_NOEXIST);
    return bpf_map_lookup_elem(&states, &tid);
}

enum answer {
    NO,
    YES,
    UNKNOWN
};

/* Is this the process of the filter, or did that give birth to it, or to who did? Told by birth (task_newtask) and not by
 * the parents of now: an orphan has others. */
static __always_inline enum answer is_family(struct task_struct* task) {
    u32 tid = GET(task, pid);
    struct thread* thread;

    if (GET(task, tgid) == (int)filter()->pid) return YES;
    thread = bpf_map_lookup_elem(&states, &tid);
    if (!thread) return UNKNOWN;
    return thread->family ? YES : NO;
}

static __noinline void fill_task(struct nsscope_task* out, struct task_struct* task, u64 exe) {
    struct task_struct* leader = GET(task, group_leader);

    out->start_ns = GET(leader, start_boottime);
    out->exe_key = exe;
    out->cgroup_id = GET(task, cgroups, dfl_cgrp, kn, id);
    out->pid = GET(task, tgid);
    out->tid = GET(task, pid);
    out->ppid = GET(task, real_parent, tgid);
    out->ns_pid = innermost_nr(GET(leader, thread_pid), out->pid);
    out->uid = GET(task, real_cred, uid.val);
    out->family = filter()->family && is_family(task) == YES;
    read_comm(out->comm, task);
}

static __always_inline bool has_comm(struct task_struct* task, const volatile char* name) {
    const volatile u64* wanted = (const volatile u64*)name;
    u64 comm[2] = {};
    bpf_probe_read_kernel_str(comm, sizeof(comm), task->comm);
    return comm[0] == wanted[0] && comm[1] == wanted[1];
}

static __always_inline enum answer is_wanted_process(const volatile struct nsscope_filter* wanted,
                                                     struct task_struct* task, struct task_struct* child) {
    enum answer of_task, of_child = NO;

    if (!wanted->family)
        return (task && GET(task, tgid) == (int)wanted->pid) ||
                       (child && GET(child, tgid) == (int)wanted->pid)
                   ? YES
                   : NO;
    of_task = task ? is_family(task) : NO;
    if (of_task == YES) return YES;
    if (child) of_child = is_family(child);
    if (of_child == YES) return YES;
    return of_task == UNKNOWN || of_child == UNKNOWN ? UNKNOWN : NO;
}

SUBPROGRAM is_kept_out(u64 cgroup);

static __always_inline bool is_task_kept_out(struct task_struct* task) {
    return is_kept_out(GET(task, cgroups, dfl_cgrp, kn, id));
}

/* An event of a cgroup may be wanted for that one's sake. */
static __always_inline bool is_of_cgroup(u32 type) {
    return type == NSSCOPE_EV_CGROUP_MKDIR || type == NSSCOPE_EV_CGROUP_RMDIR ||
           type == NSSCOPE_EV_CGROUP_ATTACH;
}

/* Does an event about these slots and this task pass the filters? `child` may be NULL. */
static __noinline enum answer passes_filters(u32 type, u32 slots, struct task_struct* task,
                                             struct task_struct* child) {
    const volatile struct nsscope_filter* wanted = filter();

    if (wanted->ruled_out & (1u << type)) return NO;
    if (wanted->no_process && !task) return NO;
    if (wanted->types && !(slots & wanted->types)) return NO;
    if (wanted->has_uid && !(task && GET(task, real_cred, uid.val) == wanted->uid)) return NO;
    if (wanted->has_comm && !(task && has_comm(task, wanted->comm))) return NO;
    if (wanted->by_cgroup && task && !is_of_cgroup(type) && is_task_kept_out(task) &&
        (!child || is_task_kept_out(child)))
        return NO;
    return wanted->pid ? is_wanted_process(wanted, task, child) : YES;
}

/* Is this event to be told? If it is one that was asked for, but is not, it is counted here. */
static __always_inline bool is_reported(u32 type, u32 slots, struct task_struct* task,
                                        struct task_struct* child) {
    enum answer answer;

    if (!is_wanted(type)) return false;
    if (filter()->unfiltered & (1u << type)) return true;
    answer = passes_filters(type, slots, task, child);
    if (answer == YES) return true;
    if (answer == NO)
        count_filtered(type);
    else
        count_unknown(type);
    return false;
}

#endif
