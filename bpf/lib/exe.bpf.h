/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
 *
 * Which executable does a task run? By the time user space could read /proc/PID/exe, the process may be gone
 * or, worse, run something else. So a record carries a key that stands for the file and its name, and the
 * path behind a key goes through the ring once, and again after a while, in case a directory above it was
 * renamed. The walk up the dentries and mounts is that of d_path(), fs/d_path.c, up to the root of the mount
 * namespace.
 */
#ifndef NSSCOPE_EXE_BPF_H
#define NSSCOPE_EXE_BPF_H

#include "lib/access.bpf.h"
#include "lib/emit.bpf.h"

#define EXE_FRESH_NS 1000000000ull

/* Sends the path of what the current task runs as that of `key`. */
SUBPROGRAM announce_exe(u64 key);

static __always_inline u64 mix(u64 hash, u64 value) {
    hash ^= value;
    hash *= 0x9E3779B97F4A7C15ull;
    return hash ^ (hash >> 29);
}

/* Names the mount of a file. */
static __always_inline u64 mount_key(struct file* file) {
    u64 mount = unique_mount_id(file, config.mount_type);
    int id = 0;

    if (mount) return mount;
    bpf_core_read(&mount, sizeof(mount), &file->f_path.mnt);
    bpf_core_read(&id, sizeof(id),
                  &((struct mount*)(mount - bpf_core_field_offset(struct mount, mnt)))->mnt_id);
    return mix(mix(0, mount), id);
}

/* The key of what `task`, the current one, runs; user space has heard of it by then. `last_known` for a task that
 * has let go of its memory, 0 for a kernel thread. */
static __always_inline u64 exe_key(struct task_struct* task, u64 last_known) {
    struct mm_struct* mm = GET(task, mm);
    struct dentry* dentry;
    struct inode* inode;
    struct file* file;
    u64 key, now, *seen;

    if (GET(task, flags) & PF_KTHREAD) return 0;
    if (!mm) return last_known;
    file = GET(mm, exe_file);
    if (!file) return last_known;
    dentry = GET(file, f_path.dentry);
    if (!dentry) return last_known;
    inode = GET(dentry, d_inode);
    if (!inode) return last_known;
    /* which file, which name of it (the name's hash is salted with its directory's address), and by which mount */
    key = mix(mix(0, GET(inode, i_ino)), (u64)GET(inode, i_sb, s_dev) << 32 | GET(inode, i_generation));
    key = mix(key, (u64)GET(dentry, d_name.len) << 32 | GET(dentry, d_name.hash));
    key = mix(key, mount_key(file)) | 1;

    now = bpf_ktime_get_ns();
    seen = bpf_map_lookup_elem(&announced, &key);
    if (seen && now - *seen < EXE_FRESH_NS) return key;
    announce_exe(key);
    return key;
}

#endif
