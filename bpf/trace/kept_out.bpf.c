/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Of which cgroups the reader has found out that it wants nothing of their processes. */
#include "lib/task.bpf.h"

SUBPROGRAM is_kept_out(u64 cgroup) {
    u32 bucket = nsscope_bucket_of(cgroup);

    for (int i = 0; i < NSSCOPE_KEPT_OUT_PLACES; i++)
        if (kept_out.places[bucket + i] == cgroup) return 1;
    return 0;
}
