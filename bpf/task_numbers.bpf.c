/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
 *
 * What nothing in /proc tells of one task to those who are not in its namespaces: the last pid of its pid namespace, whether
 * the offsets of its children's time namespace are frozen, and how many tasks share its root and working directory.
 */
#include "lib/flavours.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* The task to tell of, as the reader's pid namespace numbers it; set before loading. */
const volatile __u32 wanted_pid = 0;

static __always_inline bool is_wanted(const struct task_struct* task) {
    const struct task_struct* reader = (const struct task_struct*)bpf_get_current_task();
    const struct pid* reader_pid = BPF_CORE_READ(reader, thread_pid);
    const struct pid* pid = BPF_CORE_READ(task, thread_pid);
    u32 level = BPF_CORE_READ(reader_pid, level);
    struct upid upid;

    if (!pid || BPF_CORE_READ(pid, level) < level) return false;
    upid = pid_number(pid, level);
    return upid.nr == (int)wanted_pid && upid.ns == pid_number(reader_pid, level).ns;
}

SEC("iter/task")
int task_numbers(struct bpf_iter__task* ctx) {
    struct task_struct* task = ctx->task;
    struct nsscope_task_numbers out = {};
    const struct pid_namespace* pid_ns;
    const struct time_namespace* time_ns;
    const struct nsproxy* proxy;
    const struct pid* pid;

    if (!task || !is_wanted(task)) return 0;
    pid = BPF_CORE_READ(task, thread_pid);
    pid_ns = pid_number(pid, BPF_CORE_READ(pid, level)).ns;
    out.pid_ns = BPF_CORE_READ(pid_ns, ns.inum);
    out.last_pid =
        BPF_CORE_READ(pid_ns, idr.idr_next) - 1; /* as ns_last_pid, kernel/pid_sysctl.h, shows it */
    if (bpf_core_field_exists(struct pid_namespace,
                              pid_max)) /* 6.14, "pid: allow pid_max to be set per pid namespace" */
        out.pid_max = BPF_CORE_READ(pid_ns, pid_max);
    proxy = BPF_CORE_READ(task, nsproxy);
    time_ns = BPF_CORE_READ(proxy, time_ns_for_children);
    out.time_ns_for_children = BPF_CORE_READ(time_ns, ns.inum);
    out.time_offsets_frozen = BPF_CORE_READ(time_ns, frozen_offsets);
    out.fs_users = BPF_CORE_READ(task, fs, users);
    out.mm_users = BPF_CORE_READ(task, mm, mm_users.counter);
    bpf_seq_write(ctx->meta->seq, &out, sizeof(out));
    return 0;
}
