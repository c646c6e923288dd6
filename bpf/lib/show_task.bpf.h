/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
 *
 * One task of the task iterator: a thread with what it refers to, printed as struct nsscope_scan_task (event.h).
 *
 * Pointers are read as numbers, by bpf_probe_read_kernel(). Followed as BTF pointers they would be read faster,
 * 2 ms less for 8,000 tasks, but since 6.2 the verifier looks up every pointer that comes out of a trusted one in the
 * whole of the kernel's BTF (btf_nested_type_is_trusted()), which makes loading take 15 ms more.
 */
#ifndef NSSCOPE_SHOW_TASK_BPF_H
#define NSSCOPE_SHOW_TASK_BPF_H

#include "lib/refs.bpf.h"

#define NOT_READ (~0u)

/* What is known of a namespace beyond its number. Most tasks are where the one before was. */
struct about {
    u64 which;   /* made of the address, the inode number and the id */
    u64 initial; /* the address, if it is the initial one, which stays for good and need not be read again */
    u64 id;
    u32 inum;
    u32 owner_user_ns;
    u32 parent;  /* pid: inum */
    u32 creator; /* user: uid */
};

struct scratch {
    struct nsscope_scan_task task;
    char cmdline[NSSCOPE_CMDLINE_LEN]; /* behind it, as it is printed */
    struct about about[NSSCOPE_SLOTS];
    u64 cgroups; /* the address of the css_set before, and its v2 cgroup's id */
    u64 cgroup_id;
};

/* Where a task is put together; one program runs at a time. */
struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct scratch);
} scratch SEC(".maps");

/* Fills in one slot; `ns` is the address of the ns_common, `owner_at` that of the pointer to the owner, `pid_ns` that of
 * the pid namespace itself, for its parent, 0 for every other kind. */
static __always_inline void fill_ref(struct scratch* s, u32 slot, u64 ns, u64 owner_at, u64 pid_ns) {
    struct nsscope_scan_ref* ref = &s->task.ns[slot];
    const struct ns_common* common = (const struct ns_common*)ns;
    struct about* about = &s->about[slot];
    const struct user_namespace* owner;
    u64 which;

    if (ns == about->initial) {
        ref->inum = about->inum;
        ref->id = about->id;
        ref->owner_user_ns = about->owner_user_ns;
        return;
    }
    bpf_core_read(&ref->inum, sizeof(ref->inum), &common->inum);
    ref->id = read_id(common);
    which = ns ^ (u64)ref->inum << 32 ^ ref->id;
    if (about->which != which) {
        bpf_probe_read_kernel(&owner, sizeof(owner), (void*)owner_at);
        about->owner_user_ns = BPF_CORE_READ(owner, ns.inum);
        if (pid_ns) about->parent = BPF_CORE_READ((const struct pid_namespace*)pid_ns, parent, ns.inum);
        about->which = which;
        about->id = ref->id;
        about->inum = ref->inum;
        about->initial = is_initial(ref->inum) ? ns : 0;
    }
    ref->owner_user_ns = about->owner_user_ns;
}

#define fill_slot(s, slot, proxy, field, type)                                                               \
    do {                                                                                                     \
        u64 holder_ = *(u64*)((proxy) + bpf_core_field_offset(struct nsproxy, field));                       \
        if (holder_)                                                                                         \
            fill_ref(s, slot, holder_ + bpf_core_field_offset(struct type, ns),                              \
                     holder_ + bpf_core_field_offset(struct type, user_ns),                                  \
                     slot == NSSCOPE_SLOT_PID_FOR_CHILDREN ? holder_ : 0);                                   \
    } while (0)

#define NSPROXY_LEN 128 /* enough for struct nsproxy of any kernel */

/* The slots that the nsproxy holds. Returns whether the task still had it in the end: nobody holds the nsproxy of a
 * task that is not the current one, and one that is given up may be another task's before we have read it. */
static __always_inline bool fill_slots(struct scratch* s, const struct task_struct* task, u64 nsproxy) {
    char proxy[NSPROXY_LEN];

    bpf_probe_read_kernel(proxy, bpf_core_type_size(struct nsproxy), (void*)nsproxy);
    fill_slot(s, NSSCOPE_SLOT_CGROUP, proxy, cgroup_ns, cgroup_namespace);
    fill_slot(s, NSSCOPE_SLOT_IPC, proxy, ipc_ns, ipc_namespace);
    fill_slot(s, NSSCOPE_SLOT_MNT, proxy, mnt_ns, mnt_namespace);
    fill_slot(s, NSSCOPE_SLOT_NET, proxy, net_ns, net);
    fill_slot(s, NSSCOPE_SLOT_UTS, proxy, uts_ns, uts_namespace);
    fill_slot(s, NSSCOPE_SLOT_TIME, proxy, time_ns, time_namespace);
    fill_slot(s, NSSCOPE_SLOT_TIME_FOR_CHILDREN, proxy, time_ns_for_children, time_namespace);
    fill_slot(s, NSSCOPE_SLOT_PID_FOR_CHILDREN, proxy, pid_ns_for_children, pid_namespace);
    s->task.pid_for_children_parent = s->about[NSSCOPE_SLOT_PID_FOR_CHILDREN].parent;
    return (u64)BPF_CORE_READ(task, nsproxy) == nsproxy;
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
    const struct task_struct* reader = (const struct task_struct*)bpf_get_current_task();
    const struct pid* reader_pid = BPF_CORE_READ(reader, thread_pid);
    u32 level = BPF_CORE_READ(reader_pid, level);
    u64 reader_ns;

    if (level == 0) {
        out->tid = task->pid;
        out->pid = task->tgid;
        out->ppid = BPF_CORE_READ(parent, tgid);
        return;
    }
    reader_ns = (u64)pid_number(reader_pid, level).ns;
    out->tid = number_at(BPF_CORE_READ(task, thread_pid), level, reader_ns);
    out->pid = number_at(BPF_CORE_READ(task, group_leader, thread_pid), level, reader_ns);
    out->ppid = number_at(BPF_CORE_READ(parent, group_leader, thread_pid), level, reader_ns);
}

/* Most tasks are in the cgroups of the one before. A set is never changed, and given up only when no task is in it. */
static __always_inline void fill_cgroups(struct scratch* s, const struct task_struct* task) {
    const struct css_set* set = BPF_CORE_READ(task, cgroups);

    if ((u64)set != s->cgroups) {
        s->cgroup_id = BPF_CORE_READ(set, dfl_cgrp, kn, id);
        s->cgroups = (u64)set;
    }
    s->task.cgroups = s->cgroups;
    s->task.cgroup_id = s->cgroup_id;
}

/* The command line, for a process that is in a namespace that its parent is not in: it is likely the one that its
 * namespace will be listed by. Returns its length, NOT_READ when it could not be had whole. */
static __always_inline u32 read_cmdline(struct scratch* s, struct task_struct* task,
                                        const struct task_struct* parent, u64 nsproxy, u64 user_ns) {
    const struct mm_struct* mm = BPF_CORE_READ(task, mm);
    u64 start, len;

    if (task->pid != task->tgid || !mm) return NOT_READ;
    if ((u64)BPF_CORE_READ(parent, nsproxy) == nsproxy &&
        (u64)BPF_CORE_READ(parent, real_cred, user_ns) == user_ns)
        return NOT_READ;
    start = BPF_CORE_READ(mm, arg_start);
    len = BPF_CORE_READ(mm, arg_end) - start;
    if (len == 0 || len >= sizeof(s->cmdline)) return NOT_READ;
    if (bpf_copy_from_user_task(s->cmdline, len, (void*)start, task, 0)) return NOT_READ;
    /* a process that wrote over its arguments, setproctitle(3): /proc/PID/cmdline knows how to read that */
    if (s->cmdline[(len - 1) % sizeof(s->cmdline)]) return NOT_READ;
    return len;
}

static __always_inline int show(struct bpf_iter__task* ctx, bool with_cmdline) {
    struct task_struct* task = ctx->task;
    struct seq_file* seq = ctx->meta->seq;
    const struct task_struct* parent;
    const struct cred* cred;
    struct nsscope_scan_task* out;
    struct scratch* s;
    u64 user_ns, nsproxy, pid_ns, was;
    const struct pid* pid;
    u32 zero = 0;

    s = bpf_map_lookup_elem(&scratch, &zero);
    if (!task || !s) return 0;
    out = &s->task;
    __builtin_memset(out, 0, sizeof(*out));
    parent = BPF_CORE_READ(task, real_parent);
    cred = BPF_CORE_READ(task, real_cred);
    user_ns = (u64)BPF_CORE_READ(cred, user_ns);
    nsproxy = (u64)BPF_CORE_READ(task, nsproxy);

    out->kind = NSSCOPE_SCAN_TASK;
    out->size = sizeof(*out);
    out->cmdline_len = NOT_READ;
    out->start_ns =
        task->pid == task->tgid ? task->start_boottime : BPF_CORE_READ(task, group_leader, start_boottime);
    out->uid = BPF_CORE_READ(cred, euid.val);
    out->flags = task->flags & PF_KTHREAD ? NSSCOPE_SCAN_KERNEL_THREAD : 0;
    fill_numbers(out, task, parent);
    fill_cgroups(s, task);
    bpf_probe_read_kernel(out->comm, sizeof(out->comm), task->comm);

    was = s->about[NSSCOPE_SLOT_USER].which;
    fill_ref(s, NSSCOPE_SLOT_USER, user_ns + bpf_core_field_offset(struct user_namespace, ns),
             user_ns + bpf_core_field_offset(struct user_namespace, parent), 0);
    if (s->about[NSSCOPE_SLOT_USER].which != was)
        s->about[NSSCOPE_SLOT_USER].creator = BPF_CORE_READ((struct user_namespace*)user_ns, owner.val);
    out->user_creator = s->about[NSSCOPE_SLOT_USER].creator;
    pid = BPF_CORE_READ(task, thread_pid);
    pid_ns = pid ? (u64)pid_number(pid, BPF_CORE_READ(pid, level)).ns : 0;
    if (pid_ns)
        fill_ref(s, NSSCOPE_SLOT_PID, pid_ns + bpf_core_field_offset(struct pid_namespace, ns),
                 pid_ns + bpf_core_field_offset(struct pid_namespace, user_ns), pid_ns);
    out->pid_parent = pid_ns ? s->about[NSSCOPE_SLOT_PID].parent : 0;
    if (nsproxy && !fill_slots(s, task, nsproxy)) return 1; /* once more */

    if (with_cmdline) out->cmdline_len = read_cmdline(s, task, parent, nsproxy, user_ns);
    if (out->cmdline_len != NOT_READ) {
        /* from 1 to sizeof(s->cmdline) - 1 bytes, rounded up so that the next entry is aligned */
        u32 len = ((out->cmdline_len - 1) & 0xf8) + 8;
        out->size += len;
        bpf_seq_write(seq, s, sizeof(*out) + len);
    } else {
        bpf_seq_write(seq, out, sizeof(*out));
    }
    return 0;
}

#endif
