/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* One open file of a task: whether it holds a namespace, and if so which. */
#ifndef NSSCOPE_SHOW_FILE_BPF_H
#define NSSCOPE_SHOW_FILE_BPF_H

#include "lib/describe.bpf.h"

/* include/uapi/linux/magic.h */
#define NSFS_MAGIC 0x6e736673
#define SOCKFS_MAGIC 0x534F434B

/* The ns_common that the file holds, 0: none. A socket holds its network namespace (sk_alloc(), net/core/sock.c), which
 * says something only where its owner is in another. */
static __always_inline u64 held_by(struct scratch* s, u64 file, u64 net, u32* is_socket) {
    u64 inode = get_address(file, file, f_inode);
    volatile u64 private_data = get_address(file, file, private_data); /* here: see describe.bpf.h */
    u64 sb = get_address_as_part(shmem_inode_info, vfs_inode, inode, i_sb);
    u64 magic = get(super_block, sb, s_magic);
    u64 sock, of;

    *is_socket = 0;
    if (magic == NSFS_MAGIC)
        return as_number(s, get_address_as_part(shmem_inode_info, vfs_inode, inode, i_private));
    if (magic != SOCKFS_MAGIC || !net) return 0;
    sock = get_address(socket, private_data, sk);
    if (!sock) return 0;
    of = as_number(s, get_address_as_part(inet_sock, sk, sock, __sk_common.skc_net.net));
    if (!of || of == net) return 0;
    *is_socket = 1;
    return common_in(s, NSSCOPE_SLOT_NET, of);
}

/* Fills in s->file; false: the file holds nothing. */
static __always_inline bool fill_file(struct scratch* s, u64 file, u64 net) {
    u32 is_socket;
    u64 common = held_by(s, file, net, &is_socket);

    if (!common) return false;
    s->file.kind = NSSCOPE_SCAN_FILE;
    s->file.size = sizeof(s->file);
    s->file.is_socket = is_socket;
    s->file.slot = fill_any(s, &s->file.ref, common);
    return s->file.slot < NSSCOPE_SLOTS && s->file.ref.inum;
}

/* A thread that shares the descriptors of its process says nothing new. */
static __always_inline bool has_own_files(const struct task_struct* task) {
    u64 files = get_address(task_struct, task, files);

    if (!files) return false;
    return task->pid == task->tgid ||
           get_address(task_struct, get_address(task_struct, task, group_leader), files) != files;
}

/* Who reads this opens namespaces for that alone. */
static __always_inline bool is_reader(const struct task_struct* task) {
    return (u32)task->tgid == bpf_get_current_pid_tgid() >> 32;
}

#endif
