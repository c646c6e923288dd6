/* SPDX-License-Identifier: GPL-2.0-only
 *
 * The kernel types that the programs under bpf/ read, with the members that they read and no others.
 * CO-RE relocates every access when a program is loaded (hence preserve_access_index), so neither the
 * offsets nor the order here matter, and a member that a kernel lacks is found out by
 * bpf_core_field_exists(). Types that differ from kernel to kernel have their older forms in
 * bpf/lib/flavours.bpf.h. Made by vmlinux/make-header from vmlinux/wanted.txt; do not edit.
 */
#ifndef __VMLINUX_H__
#define __VMLINUX_H__

#include <linux/types.h>
#include <stdbool.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s32 s32;
typedef __s64 s64;

#ifndef BPF_NO_PRESERVE_ACCESS_INDEX
#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
#endif

typedef struct {
    int counter;
} atomic_t;

typedef struct refcount_struct {
    atomic_t refs;
} refcount_t;

typedef struct {
    unsigned int val;
} kuid_t;

struct list_head {
    struct list_head *next;
};

struct proc_ns_operations {
    const char *name;
};

struct ns_common {
    const struct proc_ns_operations *ops;
    unsigned int inum;
    u32 ns_type; /* not the same in every kernel */
    refcount_t __ns_ref; /* not the same in every kernel */
    u64 ns_id; /* not the same in every kernel */
    struct list_head ns_list_node; /* not the same in every kernel */
};

struct ctl_table_header {
    struct ctl_table_set *set;
    struct ctl_table_root *root;
};

struct ctl_dir {
    struct ctl_table_header header;
};

struct ctl_table_set {
    struct ctl_dir dir;
};

struct ctl_table_root {
    struct ctl_table_set default_set;
};

struct user_namespace {
    struct user_namespace *parent;
    int level;
    kuid_t owner;
    struct ns_common ns;
};

struct idr {
    unsigned int idr_next;
};

struct pid_namespace {
    struct idr idr;
    unsigned int level;
    struct pid_namespace *parent;
    struct user_namespace *user_ns;
    struct ns_common ns;
    int pid_max; /* not the same in every kernel */
};

struct uts_namespace {
    struct user_namespace *user_ns;
    struct ns_common ns;
};

struct ipc_namespace {
    struct user_namespace *user_ns;
    struct ns_common ns;
};

struct mnt_namespace {
    struct ns_common ns;
    struct user_namespace *user_ns;
};

struct net {
    struct user_namespace *user_ns;
    struct ns_common ns;
    struct list_head list;
    struct ctl_table_set sysctls;
};

struct time_namespace {
    struct user_namespace *user_ns;
    struct ns_common ns;
    bool frozen_offsets;
};

struct cgroup_namespace {
    struct ns_common ns;
    struct user_namespace *user_ns;
};

struct nsproxy {
    refcount_t count; /* not the same in every kernel */
    struct uts_namespace *uts_ns;
    struct ipc_namespace *ipc_ns;
    struct mnt_namespace *mnt_ns;
    struct pid_namespace *pid_ns_for_children;
    struct net *net_ns;
    struct time_namespace *time_ns;
    struct time_namespace *time_ns_for_children;
    struct cgroup_namespace *cgroup_ns;
};

struct cred {
    kuid_t uid;
    kuid_t euid;
    struct user_namespace *user_ns;
};

struct upid {
    int nr;
    struct pid_namespace *ns;
};

struct pid {
    unsigned int level;
    struct upid numbers[]; /* not the same in every kernel */
};

struct kernfs_node {
    u64 id;
    const char *name;
    struct kernfs_node *__parent; /* not the same in every kernel */
};

struct cgroup_root;

struct bpf_prog_aux {
    u32 id;
};

struct bpf_prog {
    struct bpf_prog_aux *aux;
};

struct bpf_prog_array_item {
    struct bpf_prog *prog;
};

struct callback_head {
    struct callback_head *next;
};

struct bpf_prog_array {
    struct callback_head rcu;
    struct bpf_prog_array_item items[];
};

struct cgroup_bpf {
    struct bpf_prog_array *effective[38]; /* not the same in every kernel */
};

struct cgroup_subsys_state {
    struct cgroup *cgroup;
    unsigned int flags;
};

struct cgroup {
    struct cgroup_subsys_state self;
    struct kernfs_node *kn;
    struct cgroup_root *root;
    struct cgroup_bpf bpf;
    int nr_populated_csets;
    int nr_populated_domain_children;
    int nr_populated_threaded_children;
};

struct cgroup_root {
    int hierarchy_id;
    struct cgroup cgrp;
};

struct css_set {
    struct cgroup *dfl_cgrp;
    int nr_tasks;
    struct cgroup_subsys_state *subsys[12]; /* not the same in every kernel */
};

struct signal_struct {
    int nr_threads;
    unsigned long long sum_sched_runtime;
};

struct sched_entity {
    u64 sum_exec_runtime;
};

struct qstr {
    u32 hash;
    u32 len;
    const unsigned char *name;
};

struct hlist_bl_node {
    struct hlist_bl_node **pprev;
};

struct super_block {
    u32 s_dev;
    unsigned long s_magic;
};

struct inode {
    struct super_block *i_sb;
    unsigned long i_ino;
    u32 i_generation;
    void *i_private;
    long long i_size;
};

struct shmem_inode_info {
    struct inode vfs_inode;
};

struct dentry {
    struct hlist_bl_node d_hash;
    struct dentry *d_parent;
    struct qstr d_name;
    struct inode *d_inode;
};

struct vfsmount {
    struct dentry *mnt_root;
};

struct mount {
    int mnt_id;
    struct mount *mnt_parent;
    struct dentry *mnt_mountpoint;
    struct vfsmount mnt;
    struct mnt_namespace *mnt_ns;
};

struct path {
    struct vfsmount *mnt;
    struct dentry *dentry;
};

struct file_operations;

struct file {
    struct path f_path;
    struct inode *f_inode;
    const struct file_operations *f_op;
    unsigned int f_mode;
    void *private_data;
};

struct proc_inode {
    struct ctl_table_header *sysctl;
    struct inode vfs_inode;
};

struct fdtable {
    unsigned int max_fds;
    struct file **fd;
    unsigned long *open_fds;
};

struct files_struct {
    struct fdtable *fdt;
};

typedef struct {
    struct net *net;
} possible_net_t;

struct sock_common {
    possible_net_t skc_net;
};

struct sock {
    struct sock_common __sk_common;
};

struct inet_sock {
    struct sock sk;
};

struct socket {
    struct sock *sk;
};

struct fs_struct {
    int users;
};

struct mm_struct {
    atomic_t mm_users;
    unsigned long arg_start;
    unsigned long arg_end;
    struct file *exe_file;
};

#if defined(__TARGET_ARCH_x86)
struct thread_info {
    unsigned long flags;
    u32 status;
};

struct pt_regs {
    unsigned long bx;
    unsigned long ax;
    unsigned long cx;
    unsigned long di;
    unsigned long si;
    unsigned long orig_ax;
};
#elif defined(__TARGET_ARCH_arm64)
struct thread_info {
    unsigned long flags;
};

struct pt_regs {
    u64 regs[31];
    u64 orig_x0;
    s32 syscallno;
};
#else
#error "which registers hold a system call's number and arguments is known for x86 and arm64"
#endif

struct task_struct {
    struct thread_info thread_info;
    void *stack;
    unsigned int flags;
    struct mm_struct *mm;
    struct fs_struct *fs;
    int exit_code;
    int pid;
    int tgid;
    struct task_struct *real_parent;
    struct task_struct *group_leader;
    struct pid *thread_pid;
    u64 start_boottime;
    const struct cred *real_cred;
    const struct cred *cred;
    char comm[16];
    struct files_struct *files;
    struct nsproxy *nsproxy;
    struct css_set *cgroups;
    struct signal_struct *signal;
    struct sched_entity se;
};

struct ctl_table {
    int maxlen;
};

struct bpf_sysctl_kern {
    struct ctl_table_header *head;
    const struct ctl_table *table;
    void *cur_val;
    unsigned long cur_len;
    void *new_val;
    unsigned long new_len;
    long long *ppos;
};

struct linux_binprm;

struct seq_file;

struct bpf_map;

struct bpf_iter_meta {
    struct seq_file *seq;
    u64 session_id;
    u64 seq_num;
};

struct bpf_iter__task {
    struct bpf_iter_meta *meta;
    struct task_struct *task;
};

struct bpf_iter__task_file {
    struct bpf_iter_meta *meta;
    struct task_struct *task;
    u32 fd;
    struct file *file;
};

struct bpf_iter__bpf_map_elem {
    struct bpf_iter_meta *meta;
    struct bpf_map *map;
    void *key;
    void *value;
};

#ifndef BPF_NO_PRESERVE_ACCESS_INDEX
#pragma clang attribute pop
#endif

#endif
