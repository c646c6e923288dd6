/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What every program file needs: kernel types, helpers, the wire format. */
#ifndef NSSCOPE_COMMON_BPF_H
#define NSSCOPE_COMMON_BPF_H

#include "vmlinux.h"

#include <linux/bpf.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "event.h"

/* A function that the verifier looks at once, by itself, and not in the state of each place that calls it: so
 * it takes scalars only and returns one. Defined in one file of an object, declared in a header. */
#define SUBPROGRAM __noinline int

#define FOR_EACH_SLOT(slot) _Pragma("unroll") for (u32 slot = 0; slot < NSSCOPE_SLOTS; slot++)

/* The lowest of these slots, NSSCOPE_SLOTS: there is none. Counts the bits below it. Not a loop, each round of which would be
 * a path to verify. */
static __always_inline u32 lowest_slot(u32 slots) {
    u32 below;

    slots |= 1u << NSSCOPE_SLOTS;
    below = (slots & -slots) - 1;
    below -= (below >> 1) & 0x5555;
    below = (below & 0x3333) + ((below >> 2) & 0x3333);
    below = (below + (below >> 4)) & 0x0f0f;
    return (below + (below >> 8)) & 0x1f;
}

/* A loop to the kernel, too: unrolled it would be so many times as long to verify, above all where it calls something. */
#define ROLLED _Pragma("clang loop unroll(disable)")

/* For one after the other of these slots, of which there are few. (The rounds are counted for the verifier, which sees no
 * other end.) */
#define FOR_EACH_SLOT_OF(slots, slot)                                                                        \
    ROLLED for (u32 left_ = (slots), round_ = 0, slot = lowest_slot(left_);                                  \
                slot < NSSCOPE_SLOTS && round_ < NSSCOPE_SLOTS;                                              \
                round_++, left_ &= left_ - 1, slot = lowest_slot(left_))

#define ALL_SLOTS ((1u << NSSCOPE_SLOTS) - 1)

/* 1 if these two differ. Without a branch, of which ten would make a thousand paths to verify. */
static __always_inline u32 differ(u64 a, u64 b) {
    u64 bits = a ^ b;
    bits |= -bits;
    barrier_var(bits);
    return (u32)(bits >> 63);
}

/* include/linux/sched.h */
#define PF_EXITING 0x00000004
#define PF_KTHREAD 0x00200000

/* include/uapi/linux/sched.h; linux/sched.h itself does not go with vmlinux.h */
#define CLONE_NEWTIME 0x00000080
#define CLONE_NEWNS 0x00020000
#define CLONE_NEWCGROUP 0x02000000
#define CLONE_NEWUTS 0x04000000
#define CLONE_NEWIPC 0x08000000
#define CLONE_NEWUSER 0x10000000
#define CLONE_NEWPID 0x20000000
#define CLONE_NEWNET 0x40000000
#define CLONE_NEW_ANY                                                                                        \
    (CLONE_NEWTIME | CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |           \
     CLONE_NEWPID | CLONE_NEWNET)
#define CSIGNAL 0x000000ff
#define CLONE_INTO_CGROUP 0x200000000ULL

#define EFAULT 14
#define EEXIST 17
/* include/linux/errno.h: results that the kernel turns into a restart of the call; user space never sees them */
#define ERESTARTSYS 512
#define ERESTARTNOINTR 513
#define ERESTARTNOHAND 514
#define ERESTART_RESTARTBLOCK 516

/* The initial namespaces have numbers in this range, none other has: include/uapi/linux/nsfs.h (before 6.18
 * include/linux/proc_ns.h; mnt and net have fixed numbers since 6.18 and are treated like any other before). */
#define NS_INITIAL_INUM_FIRST 0xEFFFFFF0u
#define NS_INITIAL_INUM_LAST 0xEFFFFFFFu

static __always_inline bool is_initial(u32 inum) {
    return inum >= NS_INITIAL_INUM_FIRST && inum <= NS_INITIAL_INUM_LAST;
}

#endif
