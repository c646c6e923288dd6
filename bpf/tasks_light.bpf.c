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

SEC("iter.s/task")
int tasks(struct bpf_iter__task* ctx) {
    struct task_struct* task = ctx->task;
    struct scratch* s = get_scratch();

    if (!task || !s) return 0;
    if (!fill_task(s, task, true)) return 1; /* once more */
    s->task.flags |= NSSCOPE_SCAN_FILES_SEEN;
    print_task(ctx->meta->seq, s);
    if (has_own_files(task)) walk_files(ctx->meta->seq, s, task);
    return 0;
}

/* Run once, by BPF_PROG_TEST_RUN, when all tasks have been shown: never attached, and under RCU, which the lists
 * need. Returns how many there are. */
SEC("raw_tp/task_newtask")
int kernel_lists(void* ctx) {
    struct scratch* s = get_scratch();

    if (!s) return 0;
    s->list.count = 0;
    list_kind(s, NSSCOPE_SLOT_CGROUP);
    list_kind(s, NSSCOPE_SLOT_IPC);
    list_kind(s, NSSCOPE_SLOT_MNT);
    list_kind(s, NSSCOPE_SLOT_NET);
    list_kind(s, NSSCOPE_SLOT_PID);
    list_kind(s, NSSCOPE_SLOT_TIME);
    list_kind(s, NSSCOPE_SLOT_USER);
    list_kind(s, NSSCOPE_SLOT_UTS);
    return s->list.count;
}
