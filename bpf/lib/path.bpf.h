/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
 *
 * A walk up a path, which takes place in a map: a SUBPROGRAM, as its steps are, is given numbers alone. A program may be put
 * off by another on the same processor: the walk is that thread's which began last. So whoever takes the path looks
 * afterwards whether it was its own, and else goes without.
 */
#ifndef NSSCOPE_PATH_BPF_H
#define NSSCOPE_PATH_BPF_H

#include "lib/shared.bpf.h"

#define PATH_NAME_LEN 256 /* NAME_MAX + 1 */
#define PATH_MAX_NAMES 64

struct path_walk {
    u64 owner; /* thread id */
    u64 at;    /* addresses of where it has come to */
    u64 mount;
    u64 record[(sizeof(struct nsscope_exe_record) + NSSCOPE_EXE_PATH_LEN) / sizeof(u64)];
};
enum path_kind {
    EXE_PATH,
    CGROUP_PATH,
    PATH_KINDS
};
struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, PATH_KINDS);
    __type(key, __u32);
    __type(value, struct path_walk);
} path_walks SEC(".maps");

static __always_inline struct path_walk* walk_of(u32 kind, u64 owner) {
    struct path_walk* walk = bpf_map_lookup_elem(&path_walks, &kind);
    return walk && *(volatile u64*)&walk->owner == owner ? walk : NULL;
}

/* The path, with room for what is said of an executable. */
static __always_inline struct nsscope_exe_record* path_of(struct path_walk* walk) {
    return (struct nsscope_exe_record*)walk->record;
}

/* The walk of the current thread, whose id is `owner`. */
static __always_inline bool begin_walk(u32 kind, u64 owner, u64 at, u64 mount) {
    struct path_walk* walk = bpf_map_lookup_elem(&path_walks, &kind);

    if (!walk) return false;
    walk->owner = owner;
    walk->at = at;
    walk->mount = mount;
    path_of(walk)->len = 0;
    path_of(walk)->complete = 0;
    return true;
}

/* Adds a name to the path; false: there is no room, or it cannot be read. */
static __always_inline bool add_name(struct path_walk* walk, const void* name) {
    struct nsscope_exe_record* path = path_of(walk);
    u32 at = path->len; /* read here, so that what is compared is what is used */
    long n;

    if (at > NSSCOPE_EXE_PATH_LEN - PATH_NAME_LEN) return false;
    n = bpf_probe_read_kernel_str(&path->path[at], PATH_NAME_LEN, name);
    if (n <= 0) return false;
    path->len = at + n;
    return true;
}

#define go_up_round_by_round(owner, step)                                                                    \
    do {                                                                                                     \
        for (u32 round_ = 0; round_ < PATH_MAX_NAMES; round_++)                                              \
            if (step(owner, round_)) break;                                                                  \
    } while (0)

/* Goes up by `step`, a SUBPROGRAM that is given `owner` and the number of the round, returns 1 when it was the last, and has
 * its STEP_IN_LOOP. */
#ifdef NSSCOPE_READ_BY_PROBE
#define go_up go_up_round_by_round
#define STEP_IN_LOOP(step)
#else
/* 5.17 and later: all rounds are one to the verifier. Before 5.13 it refuses a program with this in it, even where that is
 * never come to. */
#define go_up(owner, step)                                                                                   \
    do {                                                                                                     \
        if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_loop))                                     \
            bpf_loop(PATH_MAX_NAMES, step##_in_loop, &(owner), 0);                                           \
        else                                                                                                 \
            go_up_round_by_round(owner, step);                                                               \
    } while (0)
#define STEP_IN_LOOP(step)                                                                                   \
    static long step##_in_loop(u32 round, const u64* owner) {                                                \
        u64 is_last = step(*owner, round);                                                                   \
        barrier_var(is_last); /* the verifier does not know that it is one or nothing */                     \
        return is_last & 1;                                                                                  \
    }
#endif

#endif
