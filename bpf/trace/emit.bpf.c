/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
#include "lib/emit.bpf.h"

SUBPROGRAM count_filtered(u32 type) {
    struct nsscope_counters* c = my_counters();

    if (!c) return 0;
    __sync_fetch_and_add(&c->produced[type % NSSCOPE_COUNTERS], 1);
    __sync_fetch_and_add(&c->filtered[type % NSSCOPE_COUNTERS], 1);
    return 0;
}

SUBPROGRAM count_lost(u32 type, u32 cause) {
    struct nsscope_counters* c = my_counters();
    u64 which = cause;

    barrier_var(which); /* what is checked is to be what is used */
    if (c && which < NSSCOPE_LOSS_CAUSES) __sync_fetch_and_add(&c->lost[which][type % NSSCOPE_COUNTERS], 1);
    wake_reader(); /* it is to tell of it */
    return 0;
}

SUBPROGRAM wake_sleeper(void) {
    void* nothing;

    control.asleep = 0;
    nothing = bpf_ringbuf_reserve(&ring, 8, 0);
    if (nothing) bpf_ringbuf_discard(nothing, BPF_RB_FORCE_WAKEUP);
    return 0;
}
