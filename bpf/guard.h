/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
 *
 * A policy as the kernel sees it: what user/policy/ compiles a policy to, and bpf/guard.bpf.c looks up. Included by
 * bpf/, user/policy/ and user/kernel/ alone. All fields have fixed width, all padding is named and zero, all sizes are
 * asserted.
 *
 * Who computes what
 * -----------------
 * User space (user/policy/compile.hpp) does everything that depends on the policy alone: it takes aliases apart (a
 * setting with two names has an entry under each), spreads `**` over every number of components that it can stand for,
 * merges the rules of one name into one list in the order of the policy, and leaves out what an earlier rule hides.
 * The kernel does what depends on the write. tests/policy/walk.hpp is the same walk in C++, statement by statement, and
 * the tests hold it against the evaluator: the program is right when it does what the walk does.
 *
 * One policy is one set of maps and one copy of the program (`nsscope_guard_config` is constant data, so that the
 * verifier leaves out what the policy does not need). A policy is swapped by replacing the program of the link
 * (BPF_LINK_UPDATE): a write is judged by the old one or by the new one, never by parts of both.
 *
 * A program on this hook can be preempted by another writer on the same CPU (since 5.12 it runs with migration disabled,
 * no more), so scratch memory that is merely per-CPU is not its own.
 *
 * The walk, for a name and a subject (who writes):
 *
 *  1. names[name], the whole name with slashes, filled up with zeros. A hit is the list of rules, complete: go to 4.
 *  2. Otherwise, when the policy has wildcards: split the name at the slashes. words[component] is a component's
 *     number, 0 when no wildcard rule speaks of it.
 *  3. For every shape with as many components as the name: take the words at the bits of shape.literals, 0 elsewhere.
 *     When one that is taken is 0, this shape cannot match. Else globs[{shape, words}] is a list.
 *  4. A list is candidates[first .. first + count), ascending by rule. Of all lists, the lowest rule decides of which
 *     the operation, the scope and the value condition hold. There are never more than NSSCOPE_GUARD_CANDIDATES
 *     to look at for one name, all lists together.
 *  5. No rule: config.default_action for a write by a container; else the write is allowed.
 *
 * A name that is too long (NSSCOPE_GUARD_NAME_LEN), has too many components (NSSCOPE_GUARD_COMPONENTS), or cannot be
 * had, and any other failure, is config.on_error, counted. A component too long for `words` is in no rule: word 0.
 *
 * Three answers. A scope or a condition holds, does not, or cannot be told. What cannot be told holds for a rule that
 * denies (NSSCOPE_GUARD_DENIES) and does not hold for any other.
 *
 * A setting of another network namespace than the writer's own (only below net/; an fd that was passed in or out) is
 * judged twice: for the writer, and for the target, a subject of which only the network namespace is known. The
 * stricter verdict stands (deny, override, audit, allow); of equals the writer's.
 *
 * The subject
 * -----------
 * A process is in a container when its pid namespace is not the initial one, or its user namespace is not the
 * initial one, or its cgroup says so (below). A target (above) is in a container when its network namespace is not the
 * initial one.
 *
 * The cgroup is that of the unified hierarchy; for who is at the root of that one, that of the `pids` controller, where
 * version 1 has it. There the search of `cgroups` below does not begin. What a cgroup says depends on its path alone, which
 * never changes in the unified hierarchy, so it can be remembered by cgroup id (never used twice) for as long as the policy
 * is in force:
 *
 *     who = 0; node = 0; next = NSSCOPE_GUARD_NEXT_ANY
 *     for each component of the path, from the root down:
 *         if node or this is the first:  c = cgroups[{node, component}]
 *             found: who |= c.who, node = c.node (0: nothing below is known);  not found: node = 0, for good
 *         if who.flags & NSSCOPE_GUARD_BY_NAME: go on with the next
 *         e = components[component], by longest prefix of the component and the NULs behind it
 *             id SCOPE: when component does not end in ".scope", with at least a byte between e.skip bytes and that,
 *             e is as if it had not been found; id SERVICE: the same with ".service"
 *         if next is NEXT_IS:                         it is a container's, flags |= KNOWN
 *         else if next is NEXT_NOT or e.id is ID_NOT: it is not
 *         else if e.id is not ID_NONE:                it is, flags |= KNOWN, who |= e.who
 *         else if it has an id (below):               it is, who |= ids[id], by longest prefix
 *         if e.id is ID_NONE (a pod's):               who |= e.who
 *         flags |= BY_NAME when it is
 *         next = e.next
 *
 * A component has an id when its last 64 bytes, not counting one ".scope" at the end, are hexadecimal digits in small
 * letters, and nothing, '-' or ':' is before them.
 *
 * So the topmost component that looks like a container's decides, and what a container makes below its own cgroup says
 * nothing. A path deeper than NSSCOPE_GUARD_DEPTH is an error (config.on_error).
 */
#ifndef NSSCOPE_GUARD_H
#define NSSCOPE_GUARD_H

#include <linux/types.h>

#ifndef NSSCOPE_ASSERT_SIZE
#ifdef __cplusplus
#define NSSCOPE_ASSERT_SIZE(type, bytes) static_assert(sizeof(type) == (bytes), #type)
#else
#define NSSCOPE_ASSERT_SIZE(type, bytes) _Static_assert(sizeof(type) == (bytes), #type)
#endif
#endif

#define NSSCOPE_GUARD_ABI 1

#define NSSCOPE_GUARD_NAME_LEN 128     /* of a whole name, its NUL included */
#define NSSCOPE_GUARD_WORD_LEN 64      /* of one component, its NUL included */
#define NSSCOPE_GUARD_COMPONENTS 8     /* of a name */
#define NSSCOPE_GUARD_SHAPES 32        /* with the same number of components */
#define NSSCOPE_GUARD_CANDIDATES 1024  /* to look at for one name */
#define NSSCOPE_GUARD_CGROUP_LEN 256   /* of one component of a cgroup's path: NAME_MAX and NUL */
#define NSSCOPE_GUARD_DEPTH 32         /* of a cgroup */
#define NSSCOPE_GUARD_SCOPES 1024      /* that cgroups decide, in one policy */
#define NSSCOPE_GUARD_ELEMENTS 8       /* of a vector, that a condition can name */
#define NSSCOPE_GUARD_TEXT_LEN 1024    /* longest text that a `matches` condition can judge */
#define NSSCOPE_GUARD_NUMBERS_LEN 4095 /* bytes of a write that numbers are read from: PAGE_SIZE - 1 */
#define NSSCOPE_GUARD_OVERRIDE_LEN 124

/* ---- names -> lists ---- */

/* names: hash. The key holds no byte behind the name but zeros. */
struct nsscope_guard_name {
    char text[NSSCOPE_GUARD_NAME_LEN];
};
NSSCOPE_ASSERT_SIZE(struct nsscope_guard_name, 128);

/* Of candidates[]; count is never 0. */
struct nsscope_guard_list {
    __u32 first;
    __u32 count;
};
NSSCOPE_ASSERT_SIZE(struct nsscope_guard_list, 8);

/* words: hash, to __u32, from 1 up. */
struct nsscope_guard_word {
    char text[NSSCOPE_GUARD_WORD_LEN];
};
NSSCOPE_ASSERT_SIZE(struct nsscope_guard_word, 64);

/* shapes: array. Those of names with n components are config.shapes[n]. */
struct nsscope_guard_shape {
    __u32 literals; /* bit i: component i is compared, else it may be anything */
    __u32 reserved;
};
NSSCOPE_ASSERT_SIZE(struct nsscope_guard_shape, 8);

/* globs: hash, to struct nsscope_guard_list. */
struct nsscope_guard_glob {
    __u32 shape; /* index in shapes */
    __u32 words[NSSCOPE_GUARD_COMPONENTS];
};
NSSCOPE_ASSERT_SIZE(struct nsscope_guard_glob, 36);

/* ---- candidates and rules ---- */

enum nsscope_guard_scope_kind {
    NSSCOPE_GUARD_ALL,
    NSSCOPE_GUARD_CONTAINERS,
    NSSCOPE_GUARD_HOST,   /* not a container */
    NSSCOPE_GUARD_CGROUP, /* bit `scope` of who.scopes; of a target: cannot be told */
    NSSCOPE_GUARD_NAMED,  /* the same; and of a container that is not NSSCOPE_GUARD_KNOWN: cannot be told */
    NSSCOPE_GUARD_NET,    /* scope is nets[inum] of the subject's network namespace */
};

enum nsscope_guard_candidate_flags {
    NSSCOPE_GUARD_READS = 1,
    NSSCOPE_GUARD_WRITES = 2,
    NSSCOPE_GUARD_DENIES = 4,      /* the rule's action is deny: what cannot be told counts as matching */
    NSSCOPE_GUARD_CONDITIONAL = 8, /* the rule has a condition on the value; never with READS */
};

/* candidates: array. */
struct nsscope_guard_candidate {
    __u32 rule;  /* index in rules */
    __u16 scope; /* a bit of who.scopes, or a value of nets */
    __u8 kind;   /* enum nsscope_guard_scope_kind */
    __u8 flags;  /* enum nsscope_guard_candidate_flags */
};
NSSCOPE_ASSERT_SIZE(struct nsscope_guard_candidate, 8);

/* Also the verdicts, from mild to strict. */
enum nsscope_guard_action {
    NSSCOPE_GUARD_ALLOW,
    NSSCOPE_GUARD_AUDIT, /* allow, and tell */
    NSSCOPE_GUARD_OVERRIDE,
    NSSCOPE_GUARD_DENY,
};

/* A number as the kernel reads one: -18446744073709551615 to 18446744073709551615, minus zero is zero. */
struct nsscope_guard_number {
    __u64 magnitude;
    __u32 negative; /* 0 or 1 */
    __u32 reserved;
};
NSSCOPE_ASSERT_SIZE(struct nsscope_guard_number, 16);

/* All that are set must hold. */
enum nsscope_guard_condition {
    NSSCOPE_GUARD_MIN = 1,
    NSSCOPE_GUARD_MAX = 2,
    NSSCOPE_GUARD_IN = 4,           /* members[{set, number}] exists */
    NSSCOPE_GUARD_NOT_IN = 8,       /* it does not */
    NSSCOPE_GUARD_MATCHES = 16,     /* texts[text] accepts what is written */
    NSSCOPE_GUARD_MATCHES_NOT = 32, /* it does not; never with MATCHES */
};

/* rules: array, in the order of the policy.
 *
 * A condition on a number sees element `element` of what is written, as proc_get_long() of kernel/sysctl.c reads it
 * (user/policy/value.hpp says how); when the write has fewer elements, the kernel leaves that one as it is, so it sees
 * that of the old value. What is not a number, or not there in either, cannot be told. The file position does not matter.
 *
 * A condition on the text sees what comes before the first NUL or newline. It cannot be told when the file position is
 * not 0, when the text is longer than NSSCOPE_GUARD_TEXT_LEN, or when it has as many bytes as the setting can hold
 * (ctl_table.maxlen, where it is known) or more and the first maxlen - 1 bytes alone give another answer than all.
 *
 * Nothing can be told of a write of no bytes: where the kernel has no memory for a copy of what is written, the program
 * is shown one, too (__cgroup_bpf_run_filter_sysctl(), kernel/bpf/cgroup.c).
 *
 * A rule with both kinds cannot be told as long as neither is false and one cannot be told. */
struct nsscope_guard_rule {
    __u8 action; /* enum nsscope_guard_action */
    __u8 conditions;
    __u8 element;
    __u8 reserved;
    __u32 set;
    __u32 text;        /* index in texts */
    __u32 replacement; /* action override: index in overrides */
    struct nsscope_guard_number min;
    struct nsscope_guard_number max;
};
NSSCOPE_ASSERT_SIZE(struct nsscope_guard_rule, 48);

/* members: hash, to __u8 1. */
struct nsscope_guard_member {
    __u64 magnitude;
    __u32 negative;
    __u32 set;
};
NSSCOPE_ASSERT_SIZE(struct nsscope_guard_member, 16);

/* texts: array. One glob or several as an automaton: each has a row of bits, one more than it has tokens (a byte, or
 * `?`); bit i of a row is set when i of them have been consumed. There may be stars between tokens.
 *     state = starts; for each byte: state = ((state & accepts[byte]) << 1) | (state & loops)
 * It accepts when state & finals is not 0 at the end. */
struct nsscope_guard_text {
    __u64 accepts[256]; /* bit i: the token behind bit i takes this byte */
    __u64 loops;        /* bit i: there is a star here */
    __u64 starts;
    __u64 finals;
};
NSSCOPE_ASSERT_SIZE(struct nsscope_guard_text, 2072);

/* overrides: array. It is padded with newlines to the length of what was to be written (a space would become part of a
 * string). It does not fit, and the write is denied, when it is longer than that, when the file position is not 0, and
 * when more than NSSCOPE_GUARD_NUMBERS_LEN bytes were written (the rest of them would be lost). */
struct nsscope_guard_override {
    __u32 len; /* never 0 */
    char text[NSSCOPE_GUARD_OVERRIDE_LEN];
};
NSSCOPE_ASSERT_SIZE(struct nsscope_guard_override, 128);

/* ---- who ---- */

enum nsscope_guard_who_flags {
    NSSCOPE_GUARD_BY_NAME = 1, /* the path is that of a container */
    NSSCOPE_GUARD_KNOWN = 2,   /* what the container is called is known: its bits of NAMED scopes are true */
};

/* What a cgroup says of those in it. */
struct nsscope_guard_who {
    __u64 scopes[NSSCOPE_GUARD_SCOPES / 64];
    __u32 flags;
    __u32 reserved;
};
NSSCOPE_ASSERT_SIZE(struct nsscope_guard_who, 136);

/* cgroups: hash. Literal paths, a component at a time; parent 0 is the root of the hierarchy. */
struct nsscope_guard_cgroup_key {
    __u32 parent;
    char name[NSSCOPE_GUARD_CGROUP_LEN];
};
NSSCOPE_ASSERT_SIZE(struct nsscope_guard_cgroup_key, 260);

struct nsscope_guard_cgroup {
    struct nsscope_guard_who who;
    __u32 node; /* parent of what is below; 0: no rule speaks of anything there */
    __u32 reserved;
};
NSSCOPE_ASSERT_SIZE(struct nsscope_guard_cgroup, 144);

/* components: BPF_MAP_TYPE_LPM_TRIE. To look one up: bits = 8 * sizeof(name), zeros behind the name. */
struct nsscope_guard_component_key {
    __u32 bits;
    char name[NSSCOPE_GUARD_CGROUP_LEN];
};
NSSCOPE_ASSERT_SIZE(struct nsscope_guard_component_key, 260);

enum nsscope_guard_id {
    NSSCOPE_GUARD_ID_NONE,    /* says nothing: a pod's, say */
    NSSCOPE_GUARD_ID_NOT,     /* not a container's, even though it ends like one's */
    NSSCOPE_GUARD_ID_ANY,     /* a container's, whatever follows the first `skip` bytes */
    NSSCOPE_GUARD_ID_SCOPE,   /* a container's when at least one byte and ".scope" follow */
    NSSCOPE_GUARD_ID_SERVICE, /* the same with ".service" */
};

enum nsscope_guard_next {
    NSSCOPE_GUARD_NEXT_ANY,
    NSSCOPE_GUARD_NEXT_IS,  /* the component below is a container's, whatever it is called */
    NSSCOPE_GUARD_NEXT_NOT, /* it is not */
};

struct nsscope_guard_component {
    struct nsscope_guard_who who;
    __u8 id;   /* enum nsscope_guard_id */
    __u8 skip; /* bytes */
    __u8 next; /* enum nsscope_guard_next */
    __u8 reserved[5];
};
NSSCOPE_ASSERT_SIZE(struct nsscope_guard_component, 144);

/* ids: BPF_MAP_TYPE_LPM_TRIE, to struct nsscope_guard_who. To look one up: bits = 8 * sizeof(id). */
#define NSSCOPE_GUARD_ID_LEN 64
struct nsscope_guard_id_key {
    __u32 bits;
    char id[NSSCOPE_GUARD_ID_LEN];
};
NSSCOPE_ASSERT_SIZE(struct nsscope_guard_id_key, 68);

/* nets: hash, from the inum of a network namespace (__u32) to a scope (__u32). */

/* ---- the policy as a whole ---- */

struct nsscope_guard_config {
    __u32 abi;
    __u32 nr_rules;
    __u8 default_action; /* enum nsscope_guard_action, but override; for writes of containers */
    __u8 on_error;       /* NSSCOPE_GUARD_ALLOW or _DENY */
    __u8 audit_only;     /* mode: audit. Instead of deny and override the verdict is audit */
    __u8 judge_setup;    /* 0: what a runtime writes before the workload's exec is allowed */
    __u8 has_reads;      /* a rule speaks of reads; 0: they are allowed at once */
    __u8 has_conditions; /* a rule has a condition on a number */
    __u8 has_texts;      /* on the text */
    __u8 has_cgroups;    /* cgroups, components or ids decide about more than `containers` */
    struct nsscope_guard_list shapes[NSSCOPE_GUARD_COMPONENTS + 1]; /* count may be 0 */
    __u32 deny_overrides; /* this kernel does not carry them out: user/kernel/guard_override.hpp */
    __u32 nr_nets;        /* 0: no rule speaks of network namespaces */
};
NSSCOPE_ASSERT_SIZE(struct nsscope_guard_config, 16 + 72 + 8);

#endif
