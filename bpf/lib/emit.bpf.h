/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
 *
 * The way into the ring buffer. Every record that is wanted is counted as produced before room is asked for,
 * and as lost, with its cause, when there is none: produced = in the ring + lost, always.
 */
#ifndef NSSCOPE_EMIT_BPF_H
#define NSSCOPE_EMIT_BPF_H

#include "lib/shared.bpf.h"

/* Counters are added to atomically: since tracepoints may be preempted (7.x), two programs can be at it on one
 * CPU. */
static __always_inline struct nsscope_counters* my_counters(void) {
    u32 zero = 0;
    return bpf_map_lookup_elem(&counters, &zero);
}

static __always_inline bool is_wanted(u32 type) {
    return (filter()->events & (1u << type)) && control.enabled;
}

static __always_inline void count_produced(u32 type) {
    struct nsscope_counters* c = my_counters();
    if (c) __sync_fetch_and_add(&c->produced[type % NSSCOPE_COUNTERS], 1);
}

/* What follows is called from many places: by itself it is there once. */
SUBPROGRAM count_filtered(u32 type);

/* `cause`: enum nsscope_loss. */
SUBPROGRAM count_lost(u32 type, u32 cause);

SUBPROGRAM wake_sleeper(void);

/* Wakes the reader if it sleeps. The reader sets `asleep` and then looks at the ring once more before it waits;
 * this runs after the record was committed (a full barrier): one of the two sees the other. */
static __always_inline void wake_reader(void) {
    if (control.asleep) wake_sleeper();
}

/* An event of which nothing can be told, for want of room to remember the thread. */
static __always_inline void count_unknown(u32 type) {
    if (!is_wanted(type)) return;
    count_produced(type);
    count_lost(type, NSSCOPE_LOSS_STATES_FULL);
}

static __always_inline void submit(void* record) {
    bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
    wake_reader();
}

static __always_inline void fill_header(struct nsscope_header* hdr, u32 type, u32 size) {
    hdr->type = type;
    hdr->size = size;
    hdr->cpu = bpf_get_smp_processor_id();
    hdr->mono_ns = bpf_ktime_get_ns();
}

/* Room for a record with a constant number of changes; NULL (and counted) when the ring is full. */
#define reserve_record(ev, nr)                                                                               \
    ({                                                                                                       \
        const u32 size_ = sizeof(struct nsscope_record) + (nr) * sizeof(struct nsscope_change);              \
        struct nsscope_record* rec_;                                                                         \
        count_produced(ev);                                                                                  \
        rec_ = bpf_ringbuf_reserve(&ring, size_, 0);                                                         \
        if (rec_) {                                                                                          \
            fill_header(&rec_->hdr, ev, size_);                                                              \
            rec_->nr_changes = (nr);                                                                         \
        } else {                                                                                             \
            count_lost(ev, NSSCOPE_LOSS_RING_FULL);                                                          \
        }                                                                                                    \
        rec_;                                                                                                \
    })

#endif
