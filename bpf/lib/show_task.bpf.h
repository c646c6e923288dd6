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

/* A reader that begins knows nothing yet. And when what a task printed did not fit, the kernel drops it and shows the
 * task again, with the same number (bpf_seq_read(), kernel/bpf/bpf_iter.c): then what it knows is older than what we
 * remember. */
static __always_inline void begin_task(struct scratch* s, u64 seq_num) {
    if (seq_num == 0 || seq_num == s->seq_num) __builtin_memset(s->last, 0, sizeof(s->last));
    s->seq_num = seq_num;
    s->task.has = s->task.changed = 0;
    s->ref_count = 0;
}

/* The task refers, in this slot, to the namespace whose ns_common is at `common`. Slots come in ascending order. */
SUBPROGRAM note_namespace(u32 reader, u32 slot, u64 common) {
    struct scratch* s = get_scratch(reader);
    struct nsscope_scan_ref* ref;
    struct known_namespace* last;

    if (!s) return 0;
    slot &= SLOT_MASK;
    ref = &s->refs[s->ref_count & SLOT_MASK];
    last = &s->last[slot];
    s->task.has |= 1 << slot;
    fill_identity(ref, common);
    if (last->address == common && last->inum == ref->inum && last->id == ref->id) return 0;
    last->address = common;
    last->inum = ref->inum;
    last->id = ref->id;
    fill_relatives(s, ref, common, slot);
    s->task.changed |= 1 << slot;
    s->ref_count++;
    if (is_initial(ref->inum)) s->initial[slot] = common;
    return 0;
}

/* The same, for the address of the namespace; 0: there is none. */
static __always_inline void note_holder(u32 reader, struct scratch* s, u32 slot, u64 holder) {
    if (holder) note_namespace(reader, slot, common_in(s, slot, as_number(s, holder)));
}

/* task_active_pid_ns(), kernel/pid.c */
static __always_inline u64 active_pid_ns(const struct task_struct* task) {
    u64 pid = get_address(task_struct, task, thread_pid);
    return pid ? (u64)pid_number((const struct pid*)pid, get(pid, pid, level)).ns : 0;
}

/* Returns whether the task still had its nsproxy in the end: nobody holds the one of a task that is not the current one,
 * and one that is given up may be another task's before we have read it. */
static __always_inline bool note_all(u32 reader, struct scratch* s, const struct task_struct* task, u64 proxy,
                                     u64 user_ns) {
    u64 pid_ns = active_pid_ns(task);

    if (!proxy) {
        note_holder(reader, s, NSSCOPE_SLOT_PID, pid_ns);
        note_holder(reader, s, NSSCOPE_SLOT_USER, user_ns);
        return true;
    }
    note_holder(reader, s, NSSCOPE_SLOT_CGROUP, get_address(nsproxy, proxy, cgroup_ns));
    note_holder(reader, s, NSSCOPE_SLOT_IPC, get_address(nsproxy, proxy, ipc_ns));
    note_holder(reader, s, NSSCOPE_SLOT_MNT, get_address(nsproxy, proxy, mnt_ns));
    note_holder(reader, s, NSSCOPE_SLOT_NET, get_address(nsproxy, proxy, net_ns));
    note_holder(reader, s, NSSCOPE_SLOT_PID, pid_ns);
    note_holder(reader, s, NSSCOPE_SLOT_TIME, get_address(nsproxy, proxy, time_ns));
    note_holder(reader, s, NSSCOPE_SLOT_USER, user_ns);
    note_holder(reader, s, NSSCOPE_SLOT_UTS, get_address(nsproxy, proxy, uts_ns));
    note_holder(reader, s, NSSCOPE_SLOT_PID_FOR_CHILDREN, get_address(nsproxy, proxy, pid_ns_for_children));
    note_holder(reader, s, NSSCOPE_SLOT_TIME_FOR_CHILDREN, get_address(nsproxy, proxy, time_ns_for_children));
    return get_address(task_struct, task, nsproxy) == proxy;
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
        s->cgroup_id = get(kernfs_node, get_address_as_part(cgroup_root, cgrp, cgroup, kn), id);
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
static __always_inline bool fill_task(u32 reader, struct scratch* s, struct task_struct* task,
                                      bool with_cmdline) {
    struct nsscope_scan_task* out = &s->task;
    u64 parent = get_address(task_struct, task, real_parent);
    u64 cred = get_address(task_struct, task, real_cred);
    u64 user_ns = get_address(cred, cred, user_ns);
    u64 proxy = get_address(task_struct, task, nsproxy);

    out->kind = NSSCOPE_SCAN_TASK;
    out->size = sizeof(*out);
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
    if (!note_all(reader, s, task, proxy, user_ns)) return false;
    if (with_cmdline) out->cmdline_len = read_cmdline(s, task, parent, proxy, user_ns);
    return true;
}

static __always_inline void print_task(struct seq_file* seq, struct scratch* s) {
    u32 refs = (s->ref_count & SLOT_MASK) * sizeof(s->refs[0]);
    u32 len = s->task.cmdline_len;

    /* from 1 to sizeof(s->cmdline) - 1 bytes, rounded up so that the next entry is aligned */
    len = len == NOT_READ ? 0 : ((len - 1) & 0xf8) + 8;
    s->task.size += refs + len;
    bpf_seq_write(seq, &s->task, sizeof(s->task));
    if (refs) bpf_seq_write(seq, s->refs, refs);
    if (len) bpf_seq_write(seq, s->cmdline, len);
}

#endif
