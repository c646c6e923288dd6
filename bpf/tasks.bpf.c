/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
 *
 * `list` through a task iterator: every thread with what it refers to, printed as struct nsscope_scan_task, and
 * before it the pid and user namespaces above and around it as struct nsscope_scan_namespace (event.h), which may
 * have no task themselves. What is printed for a task depends on it alone: when the buffer is full, the kernel
 * drops what a task printed and shows it again (bpf_seq_read(), kernel/bpf/bpf_iter.c).
 */
#include "lib/refs.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define NS_MAX_DEPTH 33 /* 32 levels under the initial one, for user and pid namespaces alike */
#define NOT_READ (~0u)

struct entry {
    struct nsscope_scan_task task;
    char cmdline[NSSCOPE_CMDLINE_LEN];
};

/* Where a task is put together; one program runs at a time. */
struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct entry);
} scratch SEC(".maps");

/* A user namespace and its ancestors. */
static __noinline int write_user_chain(struct seq_file* seq, struct user_namespace* ns) {
    for (int i = 0; i < NS_MAX_DEPTH && ns; i++) {
        struct user_namespace* parent = ns->parent;
        struct nsscope_scan_namespace out = {
            .kind = NSSCOPE_SCAN_NAMESPACE,
            .size = sizeof(out),
            .slot = NSSCOPE_SLOT_USER,
            .inum = ns->ns.inum,
            .id = ns_id(&ns->ns),
            .owner_uid = ns->owner.val,
            .level = ns->level,
        };
        if (parent) out.parent_inum = out.owner_user_ns = parent->ns.inum;
        bpf_seq_write(seq, &out, sizeof(out));
        ns = parent;
    }
    return 0;
}

/* The pid namespace with this address and its ancestors, up to the initial one, whose owner is no question; with the
 * user namespaces that own them. */
static __noinline int write_pid_chain(struct seq_file* seq, u64 first) {
    const struct pid_namespace* ns = (const struct pid_namespace*)first;
    for (int i = 0; i < NS_MAX_DEPTH && ns; i++) {
        const struct pid_namespace* parent = BPF_CORE_READ(ns, parent);
        struct nsscope_scan_namespace out = {
            .kind = NSSCOPE_SCAN_NAMESPACE,
            .size = sizeof(out),
            .slot = NSSCOPE_SLOT_PID,
            .inum = BPF_CORE_READ(ns, ns.inum),
            .id = read_id(&ns->ns),
            .level = BPF_CORE_READ(ns, level),
            .parent_inum = BPF_CORE_READ(parent, ns.inum),
            .owner_user_ns = BPF_CORE_READ(ns, user_ns, ns.inum),
        };
        if (is_initial(out.inum)) break;
        bpf_seq_write(seq, &out, sizeof(out));
        ns = parent;
    }
    return 0;
}

/* The user namespace `owner` of something the task is in, when it is neither the task's own nor the initial one. */
static __always_inline void write_owner(struct seq_file* seq, struct user_namespace* owner, u64 own) {
    if (owner && (u64)owner != own && !is_initial(owner->ns.inum)) write_user_chain(seq, owner);
}

#define fill_ref(out, holder)                                                                                \
    do {                                                                                                     \
        typeof(holder) holder_ = (holder);                                                                   \
        if (holder_) {                                                                                       \
            struct user_namespace* owner_ = holder_->user_ns;                                                \
            (out)->inum = holder_->ns.inum;                                                                  \
            (out)->id = ns_id(&holder_->ns);                                                                 \
            if (owner_) {                                                                                    \
                (out)->owner_user_ns = owner_->ns.inum;                                                      \
                write_owner(seq, owner_, own);                                                               \
            }                                                                                                \
        }                                                                                                    \
    } while (0)

static __always_inline void fill_proxy(struct seq_file* seq, struct nsscope_scan_task* out,
                                       struct nsproxy* proxy, u64 own) {
    fill_ref(&out->ns[NSSCOPE_SLOT_CGROUP], proxy->cgroup_ns);
    fill_ref(&out->ns[NSSCOPE_SLOT_IPC], proxy->ipc_ns);
    fill_ref(&out->ns[NSSCOPE_SLOT_MNT], proxy->mnt_ns);
    fill_ref(&out->ns[NSSCOPE_SLOT_NET], proxy->net_ns);
    fill_ref(&out->ns[NSSCOPE_SLOT_UTS], proxy->uts_ns);
    fill_ref(&out->ns[NSSCOPE_SLOT_TIME], proxy->time_ns);
    fill_ref(&out->ns[NSSCOPE_SLOT_TIME_FOR_CHILDREN], proxy->time_ns_for_children);
    fill_ref(&out->ns[NSSCOPE_SLOT_PID_FOR_CHILDREN], proxy->pid_ns_for_children);
}

/* The number of a thread or process as the reader's pid namespace, at this level, sees it. All that the iterator shows
 * has one; a parent may not. __task_pid_nr_ns(), kernel/pid.c. */
static __always_inline u32 number_at(const struct pid* pid, u32 level, u32 global, u64 reader_ns) {
    struct upid upid;
    if (level == 0) return global;
    if (!pid || pid->level < level) return 0;
    upid = pid_number(pid, level);
    return (u64)upid.ns == reader_ns ? upid.nr : 0;
}

/* Does the task live in a namespace that its parent is not in? Then it is likely the one that its namespace will be
 * listed by, with its command line. */
static __always_inline bool stands_out(struct task_struct* task) {
    struct task_struct* parent = task->real_parent;
    return task->pid == task->tgid && ((u64)task->nsproxy != (u64)parent->nsproxy ||
                                       (u64)task->real_cred->user_ns != (u64)parent->real_cred->user_ns);
}

static __always_inline int show(struct bpf_iter__task* ctx, bool with_cmdline) {
    struct task_struct *task = ctx->task, *reader = bpf_get_current_task_btf();
    struct seq_file* seq = ctx->meta->seq;
    struct task_struct *leader, *parent;
    struct user_namespace* user_ns;
    struct nsscope_scan_task* out;
    const struct cred* cred;
    struct nsproxy* proxy;
    struct entry* entry;
    struct ns_ident active;
    u32 zero = 0, level;
    u64 reader_ns = 0, own;

    entry = bpf_map_lookup_elem(&scratch, &zero);
    if (!task || !entry) return 0;
    out = &entry->task;
    __builtin_memset(out, 0, sizeof(*out));
    level = reader->thread_pid->level;
    if (level) reader_ns = (u64)pid_number(reader->thread_pid, level).ns;

    leader = task->group_leader;
    parent = task->real_parent;
    cred = task->real_cred;
    out->kind = NSSCOPE_SCAN_TASK;
    out->size = sizeof(*out);
    out->cmdline_len = NOT_READ;
    out->start_ns = leader->start_boottime;
    out->cgroup_id = task->cgroups->dfl_cgrp->kn->id;
    out->tid = number_at(task->thread_pid, level, task->pid, reader_ns);
    out->pid = number_at(leader->thread_pid, level, task->tgid, reader_ns);
    out->ppid = number_at(parent->group_leader->thread_pid, level, parent->tgid, reader_ns);
    out->uid = cred->euid.val;
    out->kernel_thread = !!(task->flags & PF_KTHREAD);
    bpf_probe_read_kernel(out->comm, sizeof(out->comm), task->comm);

    user_ns = cred->user_ns;
    own = (u64)user_ns;
    out->ns[NSSCOPE_SLOT_USER].inum = user_ns->ns.inum;
    out->ns[NSSCOPE_SLOT_USER].id = ns_id(&user_ns->ns);
    if (!is_initial(out->ns[NSSCOPE_SLOT_USER].inum)) write_user_chain(seq, user_ns);
    active = active_pid_ns(task);
    out->ns[NSSCOPE_SLOT_PID].inum = active.inum;
    out->ns[NSSCOPE_SLOT_PID].id = active.id;
    proxy = task->nsproxy;
    if (proxy) {
        fill_proxy(seq, out, proxy, own);
        /* the namespace that the task is in is this one or above it */
        if (!is_initial(out->ns[NSSCOPE_SLOT_PID_FOR_CHILDREN].inum))
            write_pid_chain(seq, (u64)BPF_CORE_READ(proxy, pid_ns_for_children));
        /* Nobody holds the nsproxy of a task that is not the current one: when the task got another one meanwhile, or
         * has exited, what was read may be anything. Shown again, it will be right. */
        if (((const volatile struct task_struct*)task)->nsproxy != proxy) return 1;
    } else if (active.ns && !is_initial(active.inum)) {
        write_pid_chain(seq, active.ns - bpf_core_field_offset(struct pid_namespace, ns));
    }

    if (with_cmdline && stands_out(task)) {
        struct mm_struct* mm = task->mm;
        u64 start = mm ? mm->arg_start : 0, len = mm ? mm->arg_end - start : 0;
        if (mm && len > 0 && len < sizeof(entry->cmdline) &&
            !bpf_copy_from_user_task(entry->cmdline, len, (void*)start, task, 0) &&
            !entry->cmdline[(len - 1) % NSSCOPE_CMDLINE_LEN]) {
            out->cmdline_len = len;
            out->size += sizeof(entry->cmdline);
            bpf_seq_write(seq, entry, sizeof(*entry));
            return 0;
        }
    }
    bpf_seq_write(seq, out, sizeof(*out));
    return 0;
}

SEC("iter/task")
int tasks(struct bpf_iter__task* ctx) { return show(ctx, false); }

/* The same with command lines, which lie in memory that may have to be brought in: 5.18 and later. */
SEC("iter.s/task")
int tasks_with_cmdline(struct bpf_iter__task* ctx) { return show(ctx, true); }
