/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
 *
 * How the kernel's memory is read. bpf/trace.bpf.c is compiled twice:
 *
 * - as `trace`: through typed pointers, which the verifier lets a program follow as C does. Five times as fast as
 *   the other way. Needs bpf_get_current_task_btf() (5.11), bpf_task_pt_regs() (5.15) and tp_btf.
 * - as `trace_probe`, with NSSCOPE_READ_BY_PROBE: by bpf_probe_read_kernel(), with raw tracepoints. Runs on 5.10, and
 *   wherever the other does not.
 */
#ifndef NSSCOPE_ACCESS_BPF_H
#define NSSCOPE_ACCESS_BPF_H

#include "lib/common.bpf.h"

/* GET(task, real_cred, uid.val) is task->real_cred->uid.val */
#define GET(from, ...) GET_NTH(__VA_ARGS__, GET_4, GET_3, GET_2, GET_1)(from, __VA_ARGS__)
#define GET_NTH(a, b, c, d, nth, ...) nth
#define GET_4(from, a, ...) GET_3(GET_1(from, a), __VA_ARGS__)
#define GET_3(from, a, ...) GET_2(GET_1(from, a), __VA_ARGS__)
#define GET_2(from, a, b) GET_1(GET_1(from, a), b)

#ifdef NSSCOPE_READ_BY_PROBE
/* Not inlined, or each call would take its own 8 bytes of the 512 that a program's stack has. */
__noinline u64 probe_u64(u64 address) {
    u64 value = 0;
    bpf_probe_read_kernel(&value, sizeof(value), (void*)address);
    return value;
}
__noinline u64 probe_u32(u64 address) {
    u32 value = 0;
    bpf_probe_read_kernel(&value, sizeof(value), (void*)address);
    return value;
}
#define GET_1(from, a)                                                                                       \
    ({                                                                                                       \
        const u64 address_ = (u64) & (from)->a;                                                              \
        _Static_assert(sizeof((from)->a) == 8 || sizeof((from)->a) == 4, "one of these two");                \
        (typeof((from)->a))(sizeof((from)->a) == 8 ? probe_u64(address_) : probe_u32(address_));             \
    })
#else
#define GET_1(from, a) ((from)->a)
#endif

/* Copies task->comm, TASK_COMM_LEN bytes. */
static __always_inline void read_comm(char* out, struct task_struct* task) {
#ifdef NSSCOPE_READ_BY_PROBE
    bpf_probe_read_kernel(out, NSSCOPE_COMM_LEN, task->comm);
#else
    const u64* comm = (const u64*)task->comm;
    _Static_assert(NSSCOPE_COMM_LEN == 2 * sizeof(u64), "two loads");
    ((u64*)out)[0] = comm[0];
    ((u64*)out)[1] = comm[1];
#endif
}

/* The section of a program for a tracepoint, before its name. */
#ifdef NSSCOPE_READ_BY_PROBE
#define TRACEPOINT "raw_tp/"
#else
#define TRACEPOINT "tp_btf/"
#endif

static __always_inline struct task_struct* current_task(void) {
#ifdef NSSCOPE_READ_BY_PROBE
    return (struct task_struct*)bpf_get_current_task();
#else
    return bpf_get_current_task_btf();
#endif
}

#endif
