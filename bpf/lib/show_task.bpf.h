/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
 *
 * One task of the task iterator: a thread with what it refers to, printed as struct nsscope_scan_task (event.h).
 *
 * Pointers are followed as numbers, by get(): BTF pointers cost as little to follow, but since 6.2 the verifier looks
 * up every pointer that comes out of a trusted one in the whole of the kernel's BTF (btf_nested_type_is_trusted()),
 * which makes loading take 15 ms more.
 */
#ifndef NSSCOPE_SHOW_TASK_BPF_H
#define NSSCOPE_SHOW_TASK_BPF_H

#include "lib/describe.bpf.h"

#define NOT_READ (~0u)

/* A reader that begins knows nothing yet. */
static __always_inline void forget(struct scratch* s) {
    __builtin_memset(s->last_address, 0, sizeof(s->last_address));
}

/* The task refers, in this slot, to the namespace whose ns_common is at `common`. */
static __always_inline void note(struct scratch* s, u32 slot, u64 common) {
    struct nsscope_scan_ref* next = &s->next[slot];
    const struct nsscope_scan_ref* last = &s->last[slot];

    s->task.has |= 1 << slot;
    fill_identity(next, common);
    if (s->last_address[slot] == common && last->inum == next->inum && last->id == next->id) return;
    fill_relatives(s, next, common, slot);
    s->next_address[slot] = common;
    s->task.changed |= 1 << slot;
    if (is_initial(next->inum)) s->initial[slot] = common;
}

/* A namespace that the nsproxy points to. */
static __always_inline void note_holder(struct scratch* s, u32 slot, u64 holder) {
    if (holder) note(s, slot, common_in(s, slot, as_number(s, holder)));
}

/* The slots that the nsproxy holds. Returns whether the task still had it in the end: nobody holds the nsproxy of a
 * task that is not the current one, and one that is given up may be another task's before we have read it. */
static __always_inline bool note_proxy(struct scratch* s, const struct task_struct* task, u64 proxy) {
    note_holder(s, NSSCOPE_SLOT_CGROUP, get_address(nsproxy, proxy, cgroup_ns));
    note_holder(s, NSSCOPE_SLOT_IPC, get_address(nsproxy, proxy, ipc_ns));
    note_holder(s, NSSCOPE_SLOT_MNT, get_address(nsproxy, proxy, mnt_ns));
    note_holder(s, NSSCOPE_SLOT_NET, get_address(nsproxy, proxy, net_ns));
    note_holder(s, NSSCOPE_SLOT_UTS, get_address(nsproxy, proxy, uts_ns));
    note_holder(s, NSSCOPE_SLOT_TIME, get_address(nsproxy, proxy, time_ns));
    note_holder(s, NSSCOPE_SLOT_TIME_FOR_CHILDREN, get_address(nsproxy, proxy, time_ns_for_children));
    note_holder(s, NSSCOPE_SLOT_PID_FOR_CHILDREN, get_address(nsproxy, proxy, pid_ns_for_children));
    return get_address(task_struct, task, nsproxy) == proxy;
}

/* task_active_pid_ns(), kernel/pid.c */
static __always_inline u64 active_pid_ns(const struct task_struct* task) {
    u64 pid = get_address(task_struct, task, thread_pid);
    return pid ? (u64)pid_number((const struct pid*)pid, get(pid, pid, level)).ns : 0;
}

/* The number of a thread or process as the reader's pid namespace, at this level, sees it. All that the iterator shows
 * has one; a parent may not. __task_pid_nr_ns(), kernel/pid.c. */
static __always_inline u32 number_at(const struct pid* pid, u32 level, u64 reader_ns) {
    struct upid upid;
    if (!pid || BPF_CORE_READ(pid, level) < level) return 0;
    upid = pid_number(pid, level);
    return (u64)upid.ns == reader_ns ? upid.nr : 0;
}

static __always_inline void fill_numbers(struct nsscope_scan_task* out, const struct task_struct* task,
                                         const struct task_struct* parent) {
    u64 reader_pid = get_address(task_struct, bpf_get_current_task(), thread_pid);
    u32 level = get(pid, reader_pid, level);
    u64 reader_ns;

    if (level == 0) {
        out->tid = task->pid;
        out->pid = task->tgid;
        out->ppid = get(task_struct, parent, tgid);
        return;
    }
    reader_ns = (u64)pid_number((const struct pid*)reader_pid, level).ns;
    out->tid = number_at(BPF_CORE_READ(task, thread_pid), level, reader_ns);
    out->pid = number_at(BPF_CORE_READ(task, group_leader, thread_pid), level, reader_ns);
    out->ppid = number_at(BPF_CORE_READ(parent, group_leader, thread_pid), level, reader_ns);
}

/* Most tasks are in the cgroups of the one before. A set is never changed, and given up only when no task is in it. */
static __always_inline void fill_cgroups(struct scratch* s, const struct task_struct* task) {
    u64 set = get_address(task_struct, task, cgroups);

    if (set != s->cgroups) {
        u64 cgroup = get_address(css_set, set, dfl_cgrp);
        s->cgroup_id = get(kernfs_node, get_address(cgroup, cgroup, kn), id);
        s->cgroups = set;
    }
    s->task.cgroups = set;
    s->task.cgroup_id = s->cgroup_id;
}

/* The command line, for a process that is in a namespace that its parent is not in: it is likely the one that its
 * namespace will be listed by. Returns its length, NOT_READ when it could not be had whole. */
static __always_inline u32 read_cmdline(struct scratch* s, struct task_struct* task, u64 parent, u64 proxy,
                                        u64 user_ns) {
    u64 mm = get_address(task_struct, task, mm);
    u64 start, len;

    if (task->pid != task->tgid || !mm) return NOT_READ;
    if (get_address(task_struct, parent, nsproxy) == proxy &&
        get_address(cred, get_address(task_struct, parent, real_cred), user_ns) == user_ns)
        return NOT_READ;
    start = get(mm_struct, mm, arg_start);
    len = get(mm_struct, mm, arg_end) - start;
    if (len == 0 || len >= sizeof(s->cmdline)) return NOT_READ;
    if (bpf_copy_from_user_task(s->cmdline, len, (void*)start, task, 0)) return NOT_READ;
    /* a process that wrote over its arguments, setproctitle(3): /proc/PID/cmdline knows how to read that */
    if (s->cmdline[(len - 1) % sizeof(s->cmdline)]) return NOT_READ;
    return len;
}

/* Puts the task together. False: it changed meanwhile, once more. */
static __always_inline bool fill_task(struct scratch* s, struct task_struct* task, bool with_cmdline) {
    struct nsscope_scan_task* out = &s->task;
    u64 parent = get_address(task_struct, task, real_parent);
    u64 cred = get_address(task_struct, task, real_cred);
    u64 user_ns = get_address(cred, cred, user_ns);
    u64 proxy = get_address(task_struct, task, nsproxy);
    u64 pid_ns = active_pid_ns(task);

    out->kind = NSSCOPE_SCAN_TASK;
    out->size = sizeof(*out);
    out->has = 0;
    out->changed = 0;
    out->cmdline_len = NOT_READ;
    out->start_ns = task->pid == task->tgid
                        ? task->start_boottime
                        : get(task_struct, get_address(task_struct, task, group_leader), start_boottime);
    out->uid = get(cred, cred, euid.val);
    out->flags = task->flags & PF_KTHREAD ? NSSCOPE_SCAN_KERNEL_THREAD : 0;
    fill_numbers(out, task, (const struct task_struct*)parent);
    fill_cgroups(s, task);
    __builtin_memcpy(out->comm, task->comm, sizeof(out->comm));

    learn_kinds(s); /* behind the cgroups: see describe.bpf.h */
    note_holder(s, NSSCOPE_SLOT_USER, user_ns);
    note_holder(s, NSSCOPE_SLOT_PID, pid_ns);
    if (proxy && !note_proxy(s, task, proxy)) return false;
    if (with_cmdline) out->cmdline_len = read_cmdline(s, task, parent, proxy, user_ns);
    return true;
}

/* Prints it. The kernel drops what a task printed when the buffer is full, and shows the task again: so the reader has it
 * only when the last of it went in. What decides is read from memory each time, where it is any number to the verifier:
 * else each set of slots is a path of its own to it. */
static __always_inline void print_task(struct seq_file* seq, struct scratch* s) {
    volatile u32* changed = &s->task.changed;
    volatile u32* full = &s->full;
    u32 len = s->task.cmdline_len;

    FOR_EACH_SLOT(slot)
    if (*changed & 1 << slot) s->task.size += sizeof(s->next[slot]);
    /* from 1 to sizeof(s->cmdline) - 1 bytes, rounded up so that the next entry is aligned */
    len = len == NOT_READ ? 0 : ((len - 1) & 0xf8) + 8;
    s->task.size += len;
    *full = bpf_seq_write(seq, &s->task, sizeof(s->task)) != 0;
    FOR_EACH_SLOT(slot)
    if (*changed & 1 << slot) *full |= bpf_seq_write(seq, &s->next[slot], sizeof(s->next[slot])) != 0;
    if (len) *full |= bpf_seq_write(seq, s->cmdline, len) != 0;
    if (*full) return;
    FOR_EACH_SLOT(slot)
    if (*changed & 1 << slot) {
        s->last[slot] = s->next[slot];
        s->last_address[slot] = s->next_address[slot];
    }
}

#endif
