/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
 *
 * How long each task has been running. /proc tells it as well, in a file for each process, which takes twenty times as long
 * as this.
 */
#include "lib/flavours.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("iter/task")
int task_usage(struct bpf_iter__task* ctx) {
    struct task_struct* task = ctx->task;
    struct nsscope_task_usage out = {};
    const struct task_struct *reader, *leader;
    const struct pid* pid;
    u32 level;

    if (!task) return 0;
    reader = (const struct task_struct*)bpf_get_current_task();
    level = BPF_CORE_READ(reader, thread_pid, level);
    leader = BPF_CORE_READ(task, group_leader);
    pid = BPF_CORE_READ(leader, thread_pid);
    if (!pid || BPF_CORE_READ(pid, level) < level) return 0;
    out.pid = pid_number(pid, level).nr;
    out.start_ns = BPF_CORE_READ(leader, start_boottime);
    out.cpu_ns = BPF_CORE_READ(task, se.sum_exec_runtime);
    if (task == leader) /* as thread_group_sched_runtime(), kernel/sched/cputime.c, adds up */
        out.cpu_ns += BPF_CORE_READ(task, signal, sum_sched_runtime);
    bpf_seq_write(ctx->meta->seq, &out, sizeof(out));
    return 0;
}
