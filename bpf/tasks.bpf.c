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

/* Namespaces, each the parent of the one before it. One program at a time writes here: all are read by one thread. */
struct chain {
    struct nsscope_scan_namespace links[NS_MAX_DEPTH];
};
struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct chain);
} chains SEC(".maps");

/* Fills in the chain of a user or pid namespace and its ancestors, up to the initial one: what that is goes without saying.
 * Returns its length. By itself, for the verifier to look at once and not for each of its callers. */
SUBPROGRAM find_chain(u32 slot, u64 holder) {
    const u32 zero = 0;
    const bool is_user = slot == NSSCOPE_SLOT_USER;
    struct chain* chain = bpf_map_lookup_elem(&chains, &zero);
    struct scratch* s = get_scratch(0);
    int i;

    if (!s || !chain) return 0;
    for (i = 0; i < NS_MAX_DEPTH && holder; i++) {
        struct nsscope_scan_namespace* link = &chain->links[i];
        u64 common = is_user ? common_of(user_namespace, holder) : common_of(pid_namespace, holder);

        fill_identity(&link->ref, common);
        if (is_initial(link->ref.inum)) break;
        link->kind = NSSCOPE_SCAN_NAMESPACE;
        link->size = sizeof(*link);
        link->slot = is_user ? NSSCOPE_SLOT_USER : NSSCOPE_SLOT_PID;
        link->reserved = 0;
        if (is_user) {
            fill_relatives(s, &link->ref, common, NSSCOPE_SLOT_USER);
            holder = get_address(user_namespace, holder, parent);
        } else {
            fill_relatives(s, &link->ref, common, NSSCOPE_SLOT_PID);
            holder = get_address(pid_namespace, holder, parent);
        }
    }
    return i;
}

static __always_inline void show_chain(struct seq_file* seq, u32 slot, u64 holder) {
    const u32 zero = 0;
    u64 length = (u32)find_chain(slot, holder);
    struct chain* chain = bpf_map_lookup_elem(&chains, &zero);

    barrier_var(length); /* what is compared is what is used */
    if (!chain || length > NS_MAX_DEPTH) return;
    length *= sizeof(chain->links[0]);
    bpf_seq_write(seq, chain, length);
}
static __always_inline void show_user_chain(struct seq_file* seq, u64 holder) {
    show_chain(seq, NSSCOPE_SLOT_USER, holder);
}
/* The owners are ancestors of the first one's owner: create_pid_namespace(), kernel/pid_namespace.c, sees to that. */
static __always_inline void show_pid_chain(struct seq_file* seq, u64 holder) {
    show_chain(seq, NSSCOPE_SLOT_PID, holder);
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
