/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
#include "lib/exe.bpf.h"

#define EXE_NAME_LEN 256 /* NAME_MAX + 1 */

/* The length so far is kept in the record, where it is any number to the verifier: so that all the ways of coming
 * to the next round are one to it.
 *
 * No lock is held, and what is read may be half changed: the worst that a rename in this moment can do is a
 * wrong name in the path. */
static __always_inline void fill_exe_path(struct nsscope_exe_record* rec, const struct file* file) {
    struct dentry* dentry = BPF_CORE_READ(file, f_path.dentry);
    struct vfsmount* vfsmnt = BPF_CORE_READ(file, f_path.mnt);
    struct mount* mnt = (struct mount*)((char*)vfsmnt - bpf_core_field_offset(struct mount, mnt));
    volatile u16* len = &rec->len;

    *len = 0;
    rec->complete = 0;
    rec->deleted = !BPF_CORE_READ(dentry, d_hash.pprev);

    for (int i = 0; i < NSSCOPE_EXE_MAX_NAMES; i++) {
        struct dentry* parent = BPF_CORE_READ(dentry, d_parent);
        if (dentry == BPF_CORE_READ(mnt, mnt.mnt_root) || (dentry == parent && i)) {
            struct mount* up = BPF_CORE_READ(mnt, mnt_parent);
            if (up == mnt) {
                rec->complete = 1;
                break;
            }
            dentry = BPF_CORE_READ(mnt, mnt_mountpoint);
            mnt = up;
            continue;
        }
        u32 at = *len;
        if (at > NSSCOPE_EXE_PATH_LEN - EXE_NAME_LEN) break;
        long n = bpf_probe_read_kernel_str(&rec->path[at], EXE_NAME_LEN, BPF_CORE_READ(dentry, d_name.name));
        if (n <= 0) break;
        *len = at + n;
        if (dentry == parent) { /* a file that never had a directory: memfd_create(2) */
            rec->complete = 1;
            break;
        }
        dentry = parent;
    }
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
