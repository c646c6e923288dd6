/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
 *
 * `list` through a task iterator, the quick way: loaded by a light skeleton, for which the kernel itself relocates
 * (5.17 and later), so that user space need not read the kernel's BTF, which takes longer than all the rest; and with
 * command lines, which lie in memory that may have to be brought in (sleepable, bpf_copy_from_user_task(), 5.18).
 */
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
