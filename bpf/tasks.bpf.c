/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
 *
 * `list` through iterators, on kernels that cannot do what bpf/tasks_light.bpf.c needs; and, on all, what is left over
 * when every thread has told what it is in. Each program is loaded alone.
 */
#include "lib/show_file.bpf.h"
#include "lib/show_task.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define NS_MAX_DEPTH 33 /* levels of user namespaces under the initial one; of pid namespaces there are 32 */

SEC("iter/task")
int tasks(struct bpf_iter__task* ctx) {
    struct task_struct* task = ctx->task;
    struct scratch* s = get_scratch(0);

    if (!task || !s) return 0;
    begin_task(s, ctx->meta->seq_num);
    if (!fill_task(0, s, task, false)) return 1; /* once more */
    print_task(ctx->meta->seq, s);
    return 0;
}

/* The kernel passes over threads that share the descriptors of their process, from 5.11 on. */
SEC("iter/task_file")
int files(struct bpf_iter__task_file* ctx) {
    struct task_struct* task = ctx->task;
    struct file* file = ctx->file;
    struct scratch* s = get_scratch(0);
    u64 proxy;

    if (!task || !file || !s || is_reader(task) || !has_own_files(task)) return 0;
    learn_kinds(s);
    proxy = get_address(task_struct, task, nsproxy);
    if (!fill_file(s, (u64)file, get_address(nsproxy, proxy, net_ns))) return 0;
    fill_numbers(&s->task, task, task);
    s->file.pid = s->task.pid;
    s->file.tid = s->task.tid;
    s->file.fd = ctx->fd;
    bpf_seq_write(ctx->meta->seq, &s->file, sizeof(s->file));
    return 0;
}

/* A user namespace with its ancestors, up to the initial one: what that is goes without saying. */
static __noinline int show_user_chain(struct seq_file* seq, u64 holder) {
    struct scratch* s = get_scratch(0);

    if (!s) return 0;
    for (int i = 0; i < NS_MAX_DEPTH && holder; i++) {
        struct nsscope_scan_namespace out = {
            .kind = NSSCOPE_SCAN_NAMESPACE,
            .size = sizeof(out),
            .slot = NSSCOPE_SLOT_USER,
        };
        fill_identity(&out.ref, common_of(user_namespace, holder));
        if (is_initial(out.ref.inum)) break;
        fill_relatives(s, &out.ref, common_of(user_namespace, holder), NSSCOPE_SLOT_USER);
        bpf_seq_write(seq, &out, sizeof(out));
        holder = get_address(user_namespace, holder, parent);
    }
    return 0;
}

/* A pid namespace with its ancestors. Their owners are ancestors of its own owner: create_pid_namespace(),
 * kernel/pid_namespace.c, sees to that. */
static __noinline int show_pid_chain(struct seq_file* seq, u64 holder) {
    struct scratch* s = get_scratch(0);

    if (!s) return 0;
    for (int i = 0; i < NS_MAX_DEPTH && holder; i++) {
        struct nsscope_scan_namespace out = {
            .kind = NSSCOPE_SCAN_NAMESPACE,
            .size = sizeof(out),
            .slot = NSSCOPE_SLOT_PID,
        };
        fill_identity(&out.ref, common_of(pid_namespace, holder));
        if (is_initial(out.ref.inum)) break;
        fill_relatives(s, &out.ref, common_of(pid_namespace, holder), NSSCOPE_SLOT_PID);
        bpf_seq_write(seq, &out, sizeof(out));
        holder = get_address(pid_namespace, holder, parent);
    }
    return 0;
}

#define show_owners(seq, proxy, member, type)                                                                \
    show_user_chain(seq, get_address(type, get_address(nsproxy, proxy, member), user_ns))

/* The namespaces above those that the task is in, and their owners, which may have no task themselves. What is printed
 * for a task depends on it alone: when the buffer is full, the kernel drops what a task printed and shows it again
 * (bpf_seq_read(), kernel/bpf/bpf_iter.c). */
SEC("iter/task")
int ancestors(struct bpf_iter__task* ctx) {
    struct task_struct* task = ctx->task;
    struct seq_file* seq = ctx->meta->seq;
    struct scratch* s = get_scratch(0);
    u64 proxy, pid_ns;

    if (!task || !s) return 0;
    learn_kinds(s);
    proxy = get_address(task_struct, task, nsproxy);
    show_user_chain(seq, get_address(cred, get_address(task_struct, task, real_cred), user_ns));
    if (!proxy) {
        pid_ns = active_pid_ns(task);
        show_pid_chain(seq, pid_ns);
        show_user_chain(seq, get_address(pid_namespace, pid_ns, user_ns));
        return 0;
    }
    /* the pid namespace that the task is in is the one for its children or above it */
    show_pid_chain(seq, get_address(nsproxy, proxy, pid_ns_for_children));
    show_owners(seq, proxy, pid_ns_for_children, pid_namespace);
    show_owners(seq, proxy, cgroup_ns, cgroup_namespace);
    show_owners(seq, proxy, ipc_ns, ipc_namespace);
    show_owners(seq, proxy, mnt_ns, mnt_namespace);
    show_owners(seq, proxy, net_ns, net);
    show_owners(seq, proxy, uts_ns, uts_namespace);
    show_owners(seq, proxy, time_ns, time_namespace);
    show_owners(seq, proxy, time_ns_for_children, time_namespace);
    return get_address(task_struct, task, nsproxy) !=
           proxy; /* given up meanwhile: once more, see note_proxy() */
}
