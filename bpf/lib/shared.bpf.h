/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
 *
 * The maps and settings that the tracing programs share: they are one object, bpf/trace.bpf.c.
 */
#ifndef NSSCOPE_SHARED_BPF_H
#define NSSCOPE_SHARED_BPF_H

#include "lib/flavours.bpf.h"

/* Each in a section of its own: user space finds them by that. */
const volatile struct nsscope_config config SEC(".rodata.config");
volatile struct nsscope_control control SEC(".data.control");
volatile struct nsscope_filter live_filter SEC(".data.filter");
volatile struct nsscope_kept_out kept_out SEC(".data.kept_out");

/* Which filter counts is known when the programs are loaded, so that only one way is left of the two. */
static __always_inline const volatile struct nsscope_filter* filter(void) {
    return config.is_live ? (const volatile struct nsscope_filter*)&live_filter : &config.filter;
}

/* The same task or cgroup for reading alone. For every pointer read through a trusted one, the verifier looks in the whole
 * of the kernel's BTF, by name and one by one, whether it is to be trusted, too: loading the programs takes half a
 * second. */
#ifdef NSSCOPE_READ_BY_PROBE
#define AS_PLAIN(pointer, id) (pointer)
#else
#define AS_PLAIN(pointer, id)                                                                                \
    ((id) && bpf_core_type_exists(struct task_struct__safe_rcu) ? bpf_rdonly_cast(pointer, id) : (pointer))
#endif
static __always_inline struct task_struct* plain(struct task_struct* task) {
    return AS_PLAIN(task, config.task_type);
}
static __always_inline struct cgroup* plain_cgroup(struct cgroup* cgroup) {
    return AS_PLAIN(cgroup, config.cgroup_type);
}

/* By `bpf_tail_call(ctx, &to_NAME, 0)` another program goes on in that one (Attachment::goes_on_in). */
#define WAY_TO(program)                                                                                      \
    struct {                                                                                                 \
        __uint(type, BPF_MAP_TYPE_PROG_ARRAY);                                                               \
        __uint(max_entries, 1);                                                                              \
        __type(key, u32);                                                                                    \
        __type(value, u32);                                                                                  \
    } to_##program SEC(".maps")

/* Records for user space; what did not fit is counted in `counters` and nowhere else. Resized before loading. */
struct {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, 4 << 20);
} ring SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct nsscope_counters);
} counters SEC(".maps");

/* A thread's namespaces as it was last seen: what "from" is taken from. `ns` holds the addresses of the
 * ns_common, as identity between two looks at a task and to look after a namespace later. */
struct task_state {
    u64 ns[NSSCOPE_SLOTS];
    u64 id[NSSCOPE_SLOTS];
    u32 inum[NSSCOPE_SLOTS];
    u64 exe_key;
};

/* What a call of a thread did, before it becomes a record. */
struct happening {
    u32 type;    /* enum nsscope_event_type */
    u32 syscall; /* enum nsscope_syscall */
    u32 asked;   /* slots that the flags name */
    u32 changed; /* slots that differ now */
    u32 created; /* of those: made by this call */
    u32 no_from; /* of those: what was there before is not known */
    u32 rec_flags;
    u32 read; /* slots that were looked at; of the others `before` says nothing */
    s64 result;
    u64 flags;
    u64 address; /* see is_elsewhere() */
};

/* `before` and `happening` are for the time of one call of the thread: on the stack there is no room for the one, and of
 * the other the verifier would know too much: it would look at all that follows once for each number that it may be. */
struct thread {
    struct task_state now, before;
    struct happening happening;
    u32 freed; /* slots of `now` whose namespaces the kernel has freed in a call that has not returned yet */
    u32 reserved;
    u64 family; /* 1: it is of the process of nsscope_filter.family, or of a descendant */
};

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __uint(max_entries, 32768);
    __type(key, __u32); /* tid */
    __type(value, struct thread);
} states SEC(".maps");

/* Every namespace known to be alive, but the initial ones: in one map or the other, by how deaths are seen
 * (lib/watch.bpf.h); the other one is made small. */

/* By inode number, which is all that the freeing functions are told. */
struct named {
    u64 ns; /* address of the ns_common */
    u64 id;
    u32 slot;
    u32 is_entered; /* 0: the census found it */
};
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __uint(max_entries, 262144);
    __type(key, __u32);
    __type(value, struct named);
} by_inum SEC(".maps");

struct watched {
    u64 ns; /* address of the ns_common */
    u64 id;
    u32 inum;
    u32 slot;
};
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __uint(max_entries, 262144);
    __type(key, struct watched);
    __type(value, __u32); /* the last census in which a task was in it */
} watch SEC(".maps");

/* When an executable's path was last sent. */
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 8192);
    __type(key, __u64);   /* exe_key */
    __type(value, __u64); /* CLOCK_MONOTONIC, ns */
} announced SEC(".maps");

#endif
