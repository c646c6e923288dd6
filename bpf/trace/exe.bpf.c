/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
#include "lib/exe.bpf.h"

#define EXE_NAME_LEN 256 /* NAME_MAX + 1 */

struct exe_walk {
    struct nsscope_exe_record* rec;
    const struct dentry* dentry;
    struct mount* mnt;
};

/* One step up the path; 1: it was the last. The length so far is kept in the record, where it is any number to the
 * verifier: so that all the ways of coming to the next round are one to it.
 *
 * No lock is held, and what is read may be half changed: the worst that a rename in this moment can do is a
 * wrong name in the path. */
static long exe_step(u32 round, struct exe_walk* walk) {
    struct nsscope_exe_record* rec = walk->rec;
    const struct dentry *dentry = walk->dentry, *parent = GET_BY_ADDRESS(dentry, d_parent);
    struct mount* mnt = walk->mnt;
    volatile u16* len = &rec->len;
    u32 at = *len;
    long n;

    if (dentry == GET_BY_ADDRESS(mnt, mnt.mnt_root) || (dentry == parent && round)) {
        walk->mnt = GET_BY_ADDRESS(mnt, mnt_parent);
        walk->dentry = GET_BY_ADDRESS(mnt, mnt_mountpoint);
        if (walk->mnt != mnt) return 0;
        rec->complete = 1;
        return 1;
    }
    if (at > NSSCOPE_EXE_PATH_LEN - EXE_NAME_LEN) return 1;
    n = bpf_probe_read_kernel_str(&rec->path[at], EXE_NAME_LEN, GET_BY_ADDRESS(dentry, d_name.name));
    if (n <= 0) return 1;
    *len = at + n;
    walk->dentry = parent;
    if (dentry != parent) return 0;
    rec->complete = 1; /* a file that never had a directory: memfd_create(2) */
    return 1;
}

static __always_inline void fill_exe_path(struct nsscope_exe_record* rec, const struct file* file) {
    const struct dentry* dentry = BPF_CORE_READ(file, f_path.dentry);
    struct vfsmount* vfsmnt = BPF_CORE_READ(file, f_path.mnt);
    struct mount* mnt = (struct mount*)((char*)vfsmnt - bpf_core_field_offset(struct mount, mnt));
    struct exe_walk walk = {.rec = rec, .dentry = dentry, .mnt = mnt};

    rec->len = 0;
    rec->complete = 0;
    rec->deleted = !BPF_CORE_READ(dentry, d_hash.pprev);
#ifndef NSSCOPE_READ_BY_PROBE
    /* 5.17 and later: all rounds are one to the verifier. Before 5.13 it refuses a program with this in it, even where
     * that is never come to. */
    if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_loop)) {
        bpf_loop(NSSCOPE_EXE_MAX_NAMES, exe_step, &walk, 0);
        return;
    }
#endif
    for (u32 i = 0; i < NSSCOPE_EXE_MAX_NAMES; i++)
        if (exe_step(i, &walk)) break;
}

SUBPROGRAM announce_exe(u64 key) {
    struct task_struct* task = (struct task_struct*)bpf_get_current_task();
    struct nsscope_exe_record* rec = bpf_ringbuf_reserve(&ring, sizeof(*rec) + NSSCOPE_EXE_PATH_LEN, 0);
    u64 now = bpf_ktime_get_ns(), name = key;

    if (!rec) return 0; /* the next record tries again */
    fill_header(&rec->hdr, NSSCOPE_EV_EXE, sizeof(*rec) + NSSCOPE_EXE_PATH_LEN);
    rec->key = key;
    rec->reserved = 0;
    fill_exe_path(rec, BPF_CORE_READ(task, mm, exe_file));
    bpf_ringbuf_submit(rec, BPF_RB_NO_WAKEUP);
    bpf_map_update_elem(&announced, &name, &now, BPF_ANY);
    return 0;
}
