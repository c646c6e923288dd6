/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
 *
 * `list` through a task iterator, the quick way: loaded by a light skeleton, for which the kernel itself relocates
 * (5.17 and later), so that user space need not read the kernel's BTF, which takes longer than all the rest; and with
 * command lines, which lie in memory that may have to be brought in (sleepable, bpf_copy_from_user_task(), 5.18). Pointers are followed by
 * loads (6.2).
 */
#define NSSCOPE_LOADS
#include "lib/kernel_list.bpf.h"
#include "lib/show_task.bpf.h"
#include "lib/walk_files.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Two threads may read at once, each with an iterator of its own: then each is shown half of the tasks. */
struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct nsscope_scan_readers);
} readers SEC(".maps");

/* 1: the thread that reads this is the second one. Reckoned without a branch, or all that follows would be two paths to
 * the verifier. */
static __always_inline u32 reader_number(const struct nsscope_scan_readers* both) {
    u64 pid = get_address(task_struct, bpf_get_current_task(), thread_pid);
    u32 own_tid = pid_number((const struct pid*)pid, get(pid, pid, level)).nr; /* gettid(2) */
    u64 differs = own_tid ^ both->second;
    u64 below = differs - 1; /* of 32 bits and more only for 0 - 1 */

    barrier_var(below);
    return below >> 63;
}

SEC("iter.s/task")
int tasks(struct bpf_iter__task* ctx) {
    struct task_struct* task = ctx->task;
    u32 zero = 0, reader;
    const struct nsscope_scan_readers* both = bpf_map_lookup_elem(&readers, &zero);
    struct scratch* s;

    if (!task || !both) return 0;
    reader = reader_number(both);
    s = get_scratch(reader);
    if (!s) return 0;
    if ((((u32)task->pid >> NSSCOPE_SCAN_SHARE_SHIFT) ^ reader) & both->mask) return 0;
    begin_task(s, ctx->meta->seq_num);
    if (!fill_task(reader, s, task, true)) return 1; /* once more */
    s->task.flags |= NSSCOPE_SCAN_FILES_SEEN;
    print_task(ctx->meta->seq, s);
    if (has_own_files(task)) walk_files(ctx->meta->seq, reader, s, task);
    return 0;
}

/* Run once, by BPF_PROG_TEST_RUN, when all tasks have been shown: never attached, and under RCU, which the lists
 * need. Returns how many there are. */
SEC("raw_tp/task_newtask")
int kernel_lists(void* ctx) {
    struct scratch* s = get_scratch(0);

    if (!s) return 0;
    s->list.count = 0;
    for (u32 slot = 0; slot < NSSCOPE_SLOT_PID_FOR_CHILDREN; slot++) list_kind(slot);
    return s->list.count;
}
