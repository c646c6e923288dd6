/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Who a task is, and which namespaces it refers to. Tasks are BTF pointers: their members are read directly. */
#ifndef NSSCOPE_TASK_BPF_H
#define NSSCOPE_TASK_BPF_H

#include "lib/exe.bpf.h"
#include "lib/flavours.bpf.h"

struct ns_ident {
    u64 ns; /* address of the ns_common, 0: none */
    u64 id;
    u32 inum;
    u32 reserved;
};

#define identify(holder)                                                                                     \
    ({                                                                                                       \
        struct ns_ident ident_ = {};                                                                         \
        typeof(holder) holder_ = (holder);                                                                   \
        if (holder_) {                                                                                       \
            ident_.ns = (u64)&holder_->ns;                                                                   \
            ident_.inum = holder_->ns.inum;                                                                  \
            ident_.id = ns_id(&holder_->ns);                                                                 \
        }                                                                                                    \
        ident_;                                                                                              \
    })

/* task_active_pid_ns(), kernel/pid.c: the namespace that gave the task its innermost pid. Most often it is the one
 * that its children will be born in, too. */
static __always_inline struct ns_ident active_pid_ns(const struct task_struct* task) {
    struct ns_ident none = {}, ident = {};
    const struct pid* pid = task->thread_pid;
    const struct nsproxy* proxy = task->nsproxy;
    struct pid_namespace *active, *next;
    u64 next_address;

    if (!pid) return none;
    active = pid_number(pid, pid->level).ns;
    if (proxy) {
        next = proxy->pid_ns_for_children;
        next_address = (u64)next;
        barrier_var(next_address); /* else the compiler goes on with `active`, which is but a number */
        if (next_address == (u64)active) return identify(next);
    }
    ident.ns = (u64)active + bpf_core_field_offset(struct pid_namespace, ns);
    bpf_core_read(&ident.inum, sizeof(ident.inum), &active->ns.inum);
    ident.id = read_id(&active->ns);
    return ident;
}

/* The namespace in a slot; `slot` must be constant where this is compiled. */
static __always_inline struct ns_ident slot_ident(const struct task_struct* task, u32 slot) {
    const struct nsproxy* proxy = task->nsproxy;
    const struct cred* cred;
    struct ns_ident none = {};

    if (slot == NSSCOPE_SLOT_PID) return active_pid_ns(task);
    if (slot == NSSCOPE_SLOT_USER) {
        cred = task->real_cred;
        return cred ? identify(cred->user_ns) : none;
    }
    if (!proxy) return none;
    switch (slot) {
    case NSSCOPE_SLOT_CGROUP: return identify(proxy->cgroup_ns);
    case NSSCOPE_SLOT_IPC: return identify(proxy->ipc_ns);
    case NSSCOPE_SLOT_MNT: return identify(proxy->mnt_ns);
    case NSSCOPE_SLOT_NET: return identify(proxy->net_ns);
    case NSSCOPE_SLOT_TIME: return identify(proxy->time_ns);
    case NSSCOPE_SLOT_UTS: return identify(proxy->uts_ns);
    case NSSCOPE_SLOT_PID_FOR_CHILDREN: return identify(proxy->pid_ns_for_children);
    case NSSCOPE_SLOT_TIME_FOR_CHILDREN: return identify(proxy->time_ns_for_children);
    default: return none;
    }
}

#define FOR_EACH_SLOT(slot) _Pragma("unroll") for (u32 slot = 0; slot < NSSCOPE_SLOTS; slot++)

/* Writes what the task refers to now into `state`, which must lie in a map: what comes out of there again is a
 * number, while addresses on the stack stay pointers to the verifier, which then neither lets them pass for
 * arguments nor sees that one path is like the other. Returns the slots that differ from before. */
static __always_inline u32 read_state(volatile struct task_state* state, const struct task_struct* task) {
    u32 changed = 0;
    FOR_EACH_SLOT(slot) {
        struct ns_ident ident = slot_ident(task, slot);
        u64 differs = state->ns[slot];
        state->ns[slot] = ident.ns;
        state->id[slot] = ident.id;
        state->inum[slot] = ident.inum;
        /* without a branch, of which ten would make a thousand paths to verify */
        differs ^= state->ns[slot];
        differs |= -differs;
        barrier_var(differs);
        changed |= (u32)(differs >> 63) << slot;
    }
    return changed;
}

/* The state of a thread, made from `initial` when there is none yet; NULL when the map is full. */
static __always_inline struct task_state* state_of(u32 tid) {
    static const struct task_state nothing = {};
    struct task_state* state = bpf_map_lookup_elem(&states, &tid);
    if (state) return state;
    bpf_map_update_elem(&states, &tid, &nothing, BPF_NOEXIST);
    return bpf_map_lookup_elem(&states, &tid);
}

/* nr in the innermost namespace of the task that `pid` belongs to. */
static __always_inline u32 innermost_nr(const struct pid* pid, u32 outermost) {
    if (!pid) return 0;
    if (pid->level == 0) return outermost;
    return pid_number(pid, pid->level).nr;
}

static __always_inline void fill_task(struct nsscope_task* out, struct task_struct* task, u64 exe) {
    struct task_struct* leader = task->group_leader;

    out->start_ns = leader->start_boottime;
    out->exe_key = exe;
    out->cgroup_id = task->cgroups->dfl_cgrp->kn->id;
    out->pid = task->tgid;
    out->tid = task->pid;
    out->ppid = task->real_parent->tgid;
    out->ns_pid = innermost_nr(leader->thread_pid, task->tgid);
    out->uid = task->real_cred->uid.val;
    out->reserved = 0;
    bpf_probe_read_kernel(out->comm, sizeof(out->comm), task->comm);
}

static __always_inline bool has_wanted_comm(struct task_struct* task) {
    u64 comm[2] = {};
    const volatile u64* wanted = (const volatile u64*)config.comm;
    bpf_probe_read_kernel_str(comm, sizeof(comm), task->comm);
    return comm[0] == wanted[0] && comm[1] == wanted[1];
}

/* Does an event about these slots and this task pass the filters? `child` may be NULL. */
static __always_inline bool passes_filters(u32 slots, struct task_struct* task, struct task_struct* child) {
    if (config.types && !(slots & config.types)) return false;
    if (config.pid && !(task && task->tgid == (int)config.pid) && !(child && child->tgid == (int)config.pid))
        return false;
    if (config.has_comm && !(task && has_wanted_comm(task))) return false;
    return true;
}

#endif
