/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Where the iterators put together what they print, and what they remember from one task to the next. */
#ifndef NSSCOPE_SCRATCH_BPF_H
#define NSSCOPE_SCRATCH_BPF_H

#include "lib/common.bpf.h"

#define FILES_PER_WORD 64

/* The descriptors of a task: which are open, a word of 64 at a time. */
struct walk {
    u64 table; /* address of the array of struct file* */
    u64 bits;  /* address of the bitmap */
    u64 net;   /* address of the network namespace that the task is in */
    u64 word;  /* those of the 64 that are still to be looked at */
    u32 next;  /* the next word */
    u32 words;
    u32 printed;
    u32 silent; /* print nothing */
};

/* A list of the kernel's that is walked. */
struct list {
    u64 at, first; /* addresses of ns_common */
    u64 offset;    /* from a ns_common to its place in the list */
    u64 ops;       /* what tells a namespace from the head of the list */
    u32 slot;
    u32 heads; /* how often we came by the head */
    u32 count; /* how many namespaces were found, of all kinds */
};

/* Where namespaces of a kind keep what all have: offsets in bytes, see describe.bpf.h. */
struct kind {
    u64 ops; /* what their ns_common points to, and no other kind's */
    u32 ns_at;
    u32 owner_at;
    u32 parent_at, creator_at; /* NO_MEMBER: they have none */
};

/* A namespace that the reader knows a task to have been in. */
struct known_namespace {
    u64 address; /* of its ns_common */
    u64 id;
    u32 inum;
    u32 reserved;
};

/* As many slots, and then to a power of two: so that a mask shows the verifier that an index is in bounds. */
#define SLOT_MASK 15
#define SLOT_ROOM (SLOT_MASK + 1)

struct scratch {
    struct nsscope_scan_task task;
    struct nsscope_scan_ref refs[SLOT_ROOM]; /* what is printed behind the task */
    u32 ref_count;
    u32 reserved;
    u64 seq_num; /* of the task before */
    struct kind kinds[SLOT_ROOM];
    struct known_namespace last[SLOT_ROOM]; /* by slot: what the task before refers to */
    u64 initial[SLOT_ROOM]; /* addresses of the ns_common of the initial ones, as far as a task was in one */
    u64 cgroups;            /* the address of the css_set before, and its v2 cgroup's id */
    u64 cgroup_id;
    u64 number; /* see as_number() */
    struct nsscope_scan_file file;
    struct walk walk;
    struct list list;
    char cmdline[NSSCOPE_CMDLINE_LEN];
};

/* One for each reader. */
struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 2);
    __type(key, __u32);
    __type(value, struct scratch);
} scratch SEC(".maps");

static __always_inline struct scratch* get_scratch(u32 reader) {
    return bpf_map_lookup_elem(&scratch, &reader);
}

/* An address that the verifier takes for a pointer, with which it lets nobody reckon: out of memory comes a number. */
static __always_inline u64 as_number(struct scratch* s, u64 address) {
    *(volatile u64*)&s->number = address;
    return *(volatile u64*)&s->number;
}

#endif
