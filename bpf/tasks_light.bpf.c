/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
 *
 * `list` through a task iterator, the quick way: loaded by a light skeleton, for which the kernel itself relocates
 * (5.17 and later), so that user space need not read the kernel's BTF, which takes longer than all the rest; and with
 * command lines, which lie in memory that may have to be brought in (sleepable, bpf_copy_from_user_task(), 5.18).
 */
#include "lib/show_task.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define PARTS 2

/* Two programs, one for each half of the tasks, so that two processors can be at it. */
SEC("iter.s/task")
int even_tasks(struct bpf_iter__task* ctx) { return show(ctx, true, 0, PARTS); }

SEC("iter.s/task")
int odd_tasks(struct bpf_iter__task* ctx) { return show(ctx, true, 1, PARTS); }
