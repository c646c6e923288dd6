/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
 *
 * Where the kernel frees a namespace of any kind: __ns_common_free() (kernel/nscommon.c, 6.18), else proc_free_inum()
 * (fs/proc/generic.c), which gives back the inode numbers of /proc, too.
 */
#include "lib/syscalls.bpf.h"
#include "lib/watch.bpf.h"

static __always_inline int common_freed(struct ns_common* ns) {
    u32 inum = 0;
    bpf_core_read(&inum, sizeof(inum), &ns->inum);
    return watch_freed(inum);
}

SEC("fentry/__ns_common_free")
int BPF_PROG(fentry_ns_common_free, struct ns_common* ns) { return common_freed(ns); }

SEC("fentry/proc_free_inum")
int BPF_PROG(fentry_proc_free_inum, u32 inum) { return watch_freed(inum); }

SEC("kprobe/__ns_common_free")
int kprobe_ns_common_free(struct pt_regs* ctx) {
    return common_freed((struct ns_common*)FIRST_ARGUMENT(ctx));
}

SEC("kprobe/proc_free_inum")
int kprobe_proc_free_inum(struct pt_regs* ctx) { return watch_freed(FIRST_ARGUMENT(ctx)); }
