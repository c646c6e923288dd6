/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
 *
 * The guard's maps, and the memory of one run.
 */
#ifndef NSSCOPE_GUARD_STATE_BPF_H
#define NSSCOPE_GUARD_STATE_BPF_H

#include "guard/marks.bpf.h"
#include "guard_state.h"

const volatile struct nsscope_guard_config config;
const volatile struct nsscope_guard_setup setup;

/* The policy: guard.h. Resized before loading. */
#define POLICY_MAP(map_type, map_flags_, name, key_type, value_type)                                         \
    struct {                                                                                                 \
        __uint(type, map_type);                                                                              \
        __uint(map_flags, map_flags_);                                                                       \
        __uint(max_entries, 1);                                                                              \
        __type(key, key_type);                                                                               \
        __type(value, value_type);                                                                           \
    } name SEC(".maps")

POLICY_MAP(BPF_MAP_TYPE_HASH, 0, names, struct nsscope_guard_name, struct nsscope_guard_list);
POLICY_MAP(BPF_MAP_TYPE_HASH, 0, words, struct nsscope_guard_word, __u32);
POLICY_MAP(BPF_MAP_TYPE_ARRAY, 0, shapes, __u32, struct nsscope_guard_shape);
POLICY_MAP(BPF_MAP_TYPE_HASH, 0, globs, struct nsscope_guard_glob, struct nsscope_guard_list);
POLICY_MAP(BPF_MAP_TYPE_ARRAY, 0, candidates, __u32, struct nsscope_guard_candidate);
POLICY_MAP(BPF_MAP_TYPE_ARRAY, 0, rules, __u32, struct nsscope_guard_rule);
POLICY_MAP(BPF_MAP_TYPE_HASH, 0, members, struct nsscope_guard_member, __u8);
POLICY_MAP(BPF_MAP_TYPE_ARRAY, 0, texts, __u32, struct nsscope_guard_text);
POLICY_MAP(BPF_MAP_TYPE_HASH, 0, cgroups, struct nsscope_guard_cgroup_key, struct nsscope_guard_cgroup);
POLICY_MAP(BPF_MAP_TYPE_LPM_TRIE, BPF_F_NO_PREALLOC, components, struct nsscope_guard_component_key,
           struct nsscope_guard_component);
POLICY_MAP(BPF_MAP_TYPE_LPM_TRIE, BPF_F_NO_PREALLOC, ids, struct nsscope_guard_id_key,
           struct nsscope_guard_who);
POLICY_MAP(BPF_MAP_TYPE_HASH, 0, nets, __u32, __u32);

struct page {
    char bytes[NSSCOPE_GUARD_PAGE];
};
POLICY_MAP(BPF_MAP_TYPE_ARRAY, 0, fills, __u32, struct page);

/* How long each is without the newlines. */
POLICY_MAP(BPF_MAP_TYPE_ARRAY, 0, fill_lens, __u32, __u32);

/* Counted on each CPU: nr_rules + NSSCOPE_GUARD_OTHER_HITS. */
struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, __u64);
} hits SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 2048);
    __type(key, struct nsscope_guard_attempt_key);
    __type(value, struct nsscope_guard_attempt);
} attempts SEC(".maps");

/* What the path of a cgroup of the unified hierarchy says, by the cgroup's id, which is never used twice. */
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 4096);
    __type(key, __u64);
    __type(value, struct nsscope_guard_who);
} known_cgroups SEC(".maps");

/* Records for user space, and what did not fit: bpf/lib/shared.bpf.h has the same for the tracing programs. */
struct {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, 1 << 20);
} guard_ring SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct nsscope_counters);
} guard_counters SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(map_flags, BPF_F_MMAPABLE);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct nsscope_guard_control);
} guard_control SEC(".maps");

/* Files that somebody opened to whom the policy denies to write there: bpf/guard/files.bpf.c. By address, which is used
 * again once the file is gone, and so is the entry. */
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __uint(max_entries, 16384);
    __type(key, __u64);
    __type(value, struct nsscope_guard_opened);
} opened SEC(".maps");

/* The address of the kernel's own table of what can be done with a file below /proc/sys, once one was opened. */
struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, __u64);
} file_kind SEC(".maps");

#define MOST_LISTS (NSSCOPE_GUARD_SHAPES + 1)
#define NONE (~0u)

enum tri {
    NO,
    YES,
    UNKNOWN,
};

/* What a run works with. Counters and lengths are kept here and not in registers, for the verifier then has one number
 * to follow instead of each. */
struct run {
    struct nsscope_guard_name name;
    struct nsscope_guard_who who; /* the writer's */
    struct nsscope_guard_list lists[64];
    u32 nr_lists;

    u64 new_value; /* addresses and lengths */
    u64 old_value;
    u64 pos;
    u32 new_len;
    u32 old_len;
    u32 max_len; /* of the setting; 0: not known */
    u32 operation;

    u64 own_net; /* addresses */
    u64 set_net; /* the setting's; 0: it is no network namespace's */
    u32 own_net_inum;
    u32 set_net_inum;
    u32 is_container;
    u32 is_target; /* which of the two is judged */

    u32 rule; /* the lowest that holds; NONE */
    u32 rule_looked_at;
    u32 unknown_holds; /* it is one that denies: so it does where that cannot be told */
    u32 is_decided;

    u64 state; /* of an automaton */
    u32 text_done;
    u32 text_answer;

    struct nsscope_guard_number number; /* read by read_number() */
    u32 number_end;
    u32 at;
    char digits[32];

    u32 part; /* of a name */
    u32 part_len;
    u32 numbers[NSSCOPE_GUARD_COMPONENTS];
    struct nsscope_guard_word word;
    struct nsscope_guard_glob glob;

    u64 nodes[NSSCOPE_GUARD_DEPTH]; /* of a path, from below */
    u64 node;                       /* above them */
    u32 depth;                      /* how many they are */
    u32 parent;
    u32 next; /* enum nsscope_guard_next */
    u32 name_len;
    struct nsscope_guard_component_key component;
    struct nsscope_guard_id_key id;
    char path[2 * NSSCOPE_GUARD_NAME_LEN]; /* of a file: a component may reach over the end of a name */
};

/* A run's memory is its own for as long as it lasts: the programs of this hook can be preempted by one another, so
 * there is nothing of a CPU's that would be. The key is the task's address. */
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 1024);
    __type(key, __u64);
    __type(value, struct run);
} runs SEC(".maps");

static const struct run new_run;

/* An index that the verifier can follow: `mask` + 1 is a power of two. Without the barrier the compiler leaves the mask
 * out where it knows better. */
static __always_inline u64 masked(u64 index, u64 mask) {
    barrier_var(index);
    return index & mask;
}

/* The run of this task, its address the key; who began it deletes it. NULL: no room. */
static __always_inline struct run* begin_run(u64 key) {
    bpf_map_update_elem(&runs, &key, &new_run, BPF_ANY);
    return bpf_map_lookup_elem(&runs, &key);
}

static __always_inline struct run* this_run(void) {
    u64 key = bpf_get_current_task();
    return bpf_map_lookup_elem(&runs, &key);
}

#endif
