/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
 *
 * What the guard keeps while a policy is in force, beside the policy (guard.h) and what it reports (event.h): read by
 * `guard status`. Included by bpf/ and user/kernel/ alone.
 */
#ifndef NSSCOPE_GUARD_STATE_H
#define NSSCOPE_GUARD_STATE_H

#include <linux/types.h>

#include "event.h"
#include "guard.h"

/* Changes with every map that a new policy takes over from the one before. */
#define NSSCOPE_GUARD_STATE_ABI 2

/* Where in `hits` is counted what no rule decided: behind the rules, nr_rules + one of these. */
enum nsscope_guard_other_hits {
    NSSCOPE_GUARD_HITS_DEFAULT,
    NSSCOPE_GUARD_HITS_SETUP,
    NSSCOPE_GUARD_HITS_ERROR,
    NSSCOPE_GUARD_OTHER_HITS
};

/* Reader and programs. */
struct nsscope_guard_control {
    __u32 enabled; /* somebody reads the ring */
    __u32 asleep;  /* the reader waits; cleared by whoever wakes it */
};
NSSCOPE_ASSERT_SIZE(struct nsscope_guard_control, 8);

/* What the programs were told when they were loaded. */
struct nsscope_guard_setup {
    __u64 policy;    /* goes into every record */
    __u64 cgroup_id; /* what is guarded is there and below */
};
NSSCOPE_ASSERT_SIZE(struct nsscope_guard_setup, 16);

/* What one process did that one rule decided. */
struct nsscope_guard_attempt_key {
    __u64 start_ns; /* of the process, CLOCK_BOOTTIME */
    __u32 pid;
    __u32 rule; /* or as in `hits` */
};
NSSCOPE_ASSERT_SIZE(struct nsscope_guard_attempt_key, 16);

struct nsscope_guard_attempt {
    __u64 second_ns; /* the records of this second are counted in `told`; CLOCK_MONOTONIC */
    __u64 last_ns;
    __u64 cgroup_id;
    __u64 count;
    __u32 told;
    __u32 uid;
    __u32 value_len; /* of what was to be written; more than VALUE: cut */
    __u8 verdict;    /* the last */
    __u8 reason;
    __u8 is_write;
    __u8 has_value; /* it is known what was to be written */
    char comm[NSSCOPE_COMM_LEN];
    char name[NSSCOPE_SYSCTL_NAME_LEN];
#define NSSCOPE_GUARD_ATTEMPT_VALUE 48
    char value[NSSCOPE_GUARD_ATTEMPT_VALUE];
};
NSSCOPE_ASSERT_SIZE(struct nsscope_guard_attempt, 48 + 16 + 128 + 48);

/* So many records of one process and rule are told in a second. */
#define NSSCOPE_GUARD_TOLD_PER_SECOND 32

/* marks: hash, by thread-group id. Who sets a container up: bpf/guard/marks.bpf.h. */
struct nsscope_guard_mark {
    __u64 start_ns;   /* of the process that is meant, CLOCK_BOOTTIME: pids are used again */
    __u64 until_ns;   /* CLOCK_MONOTONIC */
    __u64 runtime[5]; /* the runtime's own namespaces: addresses */
    __u64 exe_bytes;  /* of its executable */
};
NSSCOPE_ASSERT_SIZE(struct nsscope_guard_mark, 64);

/* opened: hash, by a file's address. What the policy said of who opened it. */
struct nsscope_guard_opened {
    __u64 policy;    /* which one */
    __u64 cgroup_id; /* who that was */
    __u32 rule;
    __u8 verdict;
    __u8 reason;
    __u8 is_container;
    __u8 reserved;
};
NSSCOPE_ASSERT_SIZE(struct nsscope_guard_opened, 24);

/* fills: array, a page each: the text of an override, and newlines behind it. */
#define NSSCOPE_GUARD_PAGE 4096

#endif
