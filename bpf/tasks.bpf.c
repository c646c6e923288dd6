/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
 *
 * `list` through a task iterator, on kernels that cannot do what bpf/tasks_light.bpf.c needs; and, on all, what is
 * left over when every thread has told what it is in.
 */
#include "lib/show_task.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define NS_MAX_DEPTH 33 /* 32 levels under the initial one, for user and pid namespaces alike */

SEC("iter/task")
int tasks(struct bpf_iter__task* ctx) { return show(ctx, false); }

/* A user namespace with its ancestors, up to the initial one: what that is goes without saying. */
static __noinline int show_user_chain(struct seq_file* seq, u64 first) {
    const struct user_namespace* ns = (const struct user_namespace*)first;

    for (int i = 0; i < NS_MAX_DEPTH && ns; i++) {
        const struct user_namespace* parent = BPF_CORE_READ(ns, parent);
        struct nsscope_scan_namespace out = {
            .kind = NSSCOPE_SCAN_NAMESPACE,
            .size = sizeof(out),
            .slot = NSSCOPE_SLOT_USER,
            .inum = BPF_CORE_READ(ns, ns.inum),
            .id = read_id(&ns->ns),
            .creator = BPF_CORE_READ(ns, owner.val),
        };
        if (is_initial(out.inum)) break;
        out.parent_inum = out.owner_user_ns = BPF_CORE_READ(parent, ns.inum);
        bpf_seq_write(seq, &out, sizeof(out));
        ns = parent;
    }
    return 0;
}

/* A pid namespace with its ancestors. Their owners are ancestors of its own owner: create_pid_namespace(),
 * kernel/pid_namespace.c, sees to that. */
static __noinline int show_pid_chain(struct seq_file* seq, u64 first) {
    const struct pid_namespace* ns = (const struct pid_namespace*)first;

    for (int i = 0; i < NS_MAX_DEPTH && ns; i++) {
        const struct pid_namespace* parent = BPF_CORE_READ(ns, parent);
        struct nsscope_scan_namespace out = {
            .kind = NSSCOPE_SCAN_NAMESPACE,
            .size = sizeof(out),
            .slot = NSSCOPE_SLOT_PID,
            .inum = BPF_CORE_READ(ns, ns.inum),
            .id = read_id(&ns->ns),
            .parent_inum = BPF_CORE_READ(parent, ns.inum),
            .owner_user_ns = BPF_CORE_READ(ns, user_ns, ns.inum),
        };
        if (is_initial(out.inum)) break;
        bpf_seq_write(seq, &out, sizeof(out));
        ns = parent;
    }
    return 0;
}

/* The namespaces above those that the task is in, and their owners, which may have no task themselves. What is printed
 * for a task depends on it alone: when the buffer is full, the kernel drops what a task printed and shows it again
 * (bpf_seq_read(), kernel/bpf/bpf_iter.c). */
SEC("iter/task")
int ancestors(struct bpf_iter__task* ctx) {
    struct task_struct* task = ctx->task;
    struct seq_file* seq = ctx->meta->seq;
    struct nsproxy* proxy;
    const struct pid* pid;

    if (!task) return 0;
    proxy = BPF_CORE_READ(task, nsproxy);
    pid = BPF_CORE_READ(task, thread_pid);
    show_user_chain(seq, (u64)BPF_CORE_READ(task, real_cred, user_ns));
    if (!proxy) {
        struct pid_namespace* ns = pid ? pid_number(pid, BPF_CORE_READ(pid, level)).ns : NULL;
        show_pid_chain(seq, (u64)ns);
        show_user_chain(seq, (u64)BPF_CORE_READ(ns, user_ns));
        return 0;
    }
    /* the pid namespace that the task is in is the one for its children or above it */
    show_pid_chain(seq, (u64)BPF_CORE_READ(proxy, pid_ns_for_children));
    show_user_chain(seq, (u64)BPF_CORE_READ(proxy, pid_ns_for_children, user_ns));
    show_user_chain(seq, (u64)BPF_CORE_READ(proxy, cgroup_ns, user_ns));
    show_user_chain(seq, (u64)BPF_CORE_READ(proxy, ipc_ns, user_ns));
    show_user_chain(seq, (u64)BPF_CORE_READ(proxy, mnt_ns, user_ns));
    show_user_chain(seq, (u64)BPF_CORE_READ(proxy, net_ns, user_ns));
    show_user_chain(seq, (u64)BPF_CORE_READ(proxy, uts_ns, user_ns));
    show_user_chain(seq, (u64)BPF_CORE_READ(proxy, time_ns, user_ns));
    show_user_chain(seq, (u64)BPF_CORE_READ(proxy, time_ns_for_children, user_ns));
    return BPF_CORE_READ(task, nsproxy) != proxy; /* given up meanwhile: once more, see fill_slots() */
}
