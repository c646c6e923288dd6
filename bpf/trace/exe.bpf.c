/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
#include "lib/exe.bpf.h"
#include "lib/path.bpf.h"

/* One step up the path; 1: it was the last. By itself, so that the verifier follows it once, and not for every round.
 *
 * No lock is held, and what is read may be half changed: the worst that a rename in this moment can do is a
 * wrong name in the path. */
SUBPROGRAM exe_step(u64 owner, u32 round) {
    struct path_walk* walk = walk_of(EXE_PATH, owner);
    const struct dentry *dentry, *parent;
    struct nsscope_exe_record* rec;
    struct mount* mount;

    if (!walk) return 1;
    rec = path_of(walk);
    dentry = (const struct dentry*)walk->at;
    parent = BPF_CORE_READ(dentry, d_parent);
    mount = (struct mount*)walk->mount;
    if (dentry == BPF_CORE_READ(mount, mnt.mnt_root) || (dentry == parent && round)) {
        walk->mount = (u64)BPF_CORE_READ(mount, mnt_parent);
        walk->at = (u64)BPF_CORE_READ(mount, mnt_mountpoint);
        if (walk->mount != (u64)mount) return 0;
        rec->complete = 1;
        return 1;
    }
    if (!add_name(walk, BPF_CORE_READ(dentry, d_name.name))) return 1;
    walk->at = (u64)parent;
    if (dentry != parent) return 0;
    rec->complete = 1; /* a file that never had a directory: memfd_create(2) */
    return 1;
}

STEP_IN_LOOP(exe_step)

SUBPROGRAM announce_exe(u64 key) {
    struct task_struct* task = (struct task_struct*)bpf_get_current_task();
    struct file* file = BPF_CORE_READ(task, mm, exe_file);
    u64 now = bpf_ktime_get_ns(), name = key, owner = (u32)bpf_get_current_pid_tgid();
    struct nsscope_exe_record* rec;
    struct path_walk* walk;
    u64 size;

    if (!begin_walk(EXE_PATH, owner, (u64)BPF_CORE_READ(file, f_path.dentry),
                    (u64)BPF_CORE_READ(file, f_path.mnt) - bpf_core_field_offset(struct mount, mnt)))
        return 0;
    go_up(owner, exe_step);

    walk = walk_of(EXE_PATH, owner);
    if (!walk) return 0; /* the next record tries again */
    rec = path_of(walk);
    rec->deleted = !BPF_CORE_READ(file, f_path.dentry, d_hash.pprev);
    fill_header(&rec->hdr, NSSCOPE_EV_EXE, sizeof(*rec) + rec->len);
    rec->key = key;
    rec->reserved = 0;
    size = rec->len;
    barrier_var(size);
    if (size > NSSCOPE_EXE_PATH_LEN || !walk_of(EXE_PATH, owner)) return 0;
    if (bpf_ringbuf_output(&ring, rec, sizeof(*rec) + size, BPF_RB_NO_WAKEUP)) return 0;
    bpf_map_update_elem(&announced, &name, &now, BPF_ANY);
    return 0;
}
