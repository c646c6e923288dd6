/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
#include "lib/exe.bpf.h"

#define EXE_NAME_LEN 256 /* NAME_MAX + 1 */

/* A walk up a path, which takes place in a map: a SUBPROGRAM is given numbers alone. A program may be put off by another on the
 * same processor: the walk is that thread's which began last, and the other's record goes without a path. */
struct exe_walk {
    u64 owner; /* thread id */
    u64 dentry;
    u64 mount;
    u64 record[(sizeof(struct nsscope_exe_record) + NSSCOPE_EXE_PATH_LEN) / sizeof(u64)];
};
struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct exe_walk);
} exe_walks SEC(".maps");

static __always_inline struct exe_walk* walk_of(u64 owner) {
    u32 zero = 0;
    struct exe_walk* walk = bpf_map_lookup_elem(&exe_walks, &zero);
    return walk && walk->owner == owner ? walk : NULL;
}

static __always_inline struct nsscope_exe_record* record_of(struct exe_walk* walk) {
    return (struct nsscope_exe_record*)walk->record;
}

/* One step up the path; 1: it was the last. By itself, so that the verifier follows it once, and not for every round.
 *
 * No lock is held, and what is read may be half changed: the worst that a rename in this moment can do is a
 * wrong name in the path. */
SUBPROGRAM exe_step(u64 owner, u32 round) {
    struct exe_walk* walk = walk_of(owner);
    const struct dentry *dentry, *parent;
    struct nsscope_exe_record* rec;
    const unsigned char* name;
    struct mount* mount;
    u32 at;
    long n;

    if (!walk) return 1;
    rec = record_of(walk);
    dentry = (const struct dentry*)walk->dentry;
    parent = BPF_CORE_READ(dentry, d_parent);
    mount = (struct mount*)walk->mount;
    if (dentry == BPF_CORE_READ(mount, mnt.mnt_root) || (dentry == parent && round)) {
        walk->mount = (u64)BPF_CORE_READ(mount, mnt_parent);
        walk->dentry = (u64)BPF_CORE_READ(mount, mnt_mountpoint);
        if (walk->mount != (u64)mount) return 0;
        rec->complete = 1;
        return 1;
    }
    name = BPF_CORE_READ(dentry, d_name.name);
    at = rec->len; /* after that, so that what is compared is what is used */
    if (at > NSSCOPE_EXE_PATH_LEN - EXE_NAME_LEN) return 1;
    n = bpf_probe_read_kernel_str(&rec->path[at], EXE_NAME_LEN, name);
    if (n <= 0) return 1;
    rec->len = at + n;
    walk->dentry = (u64)parent;
    if (dentry != parent) return 0;
    rec->complete = 1; /* a file that never had a directory: memfd_create(2) */
    return 1;
}

#ifndef NSSCOPE_READ_BY_PROBE
static long exe_round(u32 round, const u64* owner) {
    u64 is_last = exe_step(*owner, round);
    barrier_var(is_last); /* the verifier does not know that it is one or nothing */
    return is_last & 1;
}
#endif

static __always_inline void go_up(u64 owner) {
#ifndef NSSCOPE_READ_BY_PROBE
    /* 5.17 and later: all rounds are one to the verifier. Before 5.13 it refuses a program with this in it, even where
     * that is never come to. */
    if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_loop)) {
        bpf_loop(NSSCOPE_EXE_MAX_NAMES, exe_round, &owner, 0);
        return;
    }
#endif
    for (u32 round = 0; round < NSSCOPE_EXE_MAX_NAMES; round++)
        if (exe_step(owner, round)) break;
}

SUBPROGRAM announce_exe(u64 key) {
    struct task_struct* task = (struct task_struct*)bpf_get_current_task();
    struct file* file = BPF_CORE_READ(task, mm, exe_file);
    u64 now = bpf_ktime_get_ns(), name = key, owner = (u32)bpf_get_current_pid_tgid();
    struct nsscope_exe_record* rec;
    struct exe_walk* walk;
    u32 zero = 0;
    u64 size;

    walk = bpf_map_lookup_elem(&exe_walks, &zero);
    if (!walk) return 0;
    rec = record_of(walk);
    walk->owner = owner;
    walk->dentry = (u64)BPF_CORE_READ(file, f_path.dentry);
    walk->mount = (u64)BPF_CORE_READ(file, f_path.mnt) - bpf_core_field_offset(struct mount, mnt);
    rec->len = 0;
    rec->complete = 0;
    rec->deleted = !BPF_CORE_READ(file, f_path.dentry, d_hash.pprev);
    go_up(owner);

    walk = walk_of(owner);
    if (!walk) return 0; /* the next record tries again */
    rec = record_of(walk);
    fill_header(&rec->hdr, NSSCOPE_EV_EXE, sizeof(*rec) + rec->len);
    rec->key = key;
    rec->reserved = 0;
    size = rec->len;
    barrier_var(size);
    if (size > NSSCOPE_EXE_PATH_LEN) return 0;
    if (bpf_ringbuf_output(&ring, rec, sizeof(*rec) + size, BPF_RB_NO_WAKEUP)) return 0;
    bpf_map_update_elem(&announced, &name, &now, BPF_ANY);
    return 0;
}
