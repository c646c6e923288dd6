/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
 *
 * Where kernels differ in what they call a thing or where they keep it. One getter for each difference, with
 * the change that brought it; no other file knows of it. Fields that only moved (ns_common.ns_id into an
 * anonymous struct, mm_struct's and dentry's into anonymous unions) need nothing here: CO-RE finds them.
 */
#ifndef NSSCOPE_FLAVOURS_BPF_H
#define NSSCOPE_FLAVOURS_BPF_H

#include "lib/access.bpf.h"

/* 5.11 to 6.17: ns_common.count; "ns: rename to __ns_ref", 6.18. */
struct ns_common___count {
    refcount_t count;
} __attribute__((preserve_access_index));

/* Before 5.11 each kind had a counter of its own, under one of these names: a refcount_t, an atomic_t or a
 * struct kref, which are all a struct of one int. */
#define NS_COUNTER_BEFORE_5_11(type, member)                                                                 \
    struct type##___old {                                                                                    \
        refcount_t member;                                                                                   \
    } __attribute__((preserve_access_index))
NS_COUNTER_BEFORE_5_11(cgroup_namespace, count);
NS_COUNTER_BEFORE_5_11(ipc_namespace, count);
NS_COUNTER_BEFORE_5_11(mnt_namespace, count);
NS_COUNTER_BEFORE_5_11(net, count);
NS_COUNTER_BEFORE_5_11(pid_namespace, kref);
NS_COUNTER_BEFORE_5_11(time_namespace, kref);
NS_COUNTER_BEFORE_5_11(user_namespace, count);
NS_COUNTER_BEFORE_5_11(uts_namespace, kref);

/* The 64-bit id, never used twice (6.18: "nstree: make iterator generic"); 0 where the kernel has none. */
static __always_inline u64 ns_id(struct ns_common* ns) {
    if (bpf_core_field_exists(struct ns_common, ns_id)) return GET(ns, ns_id);
    return 0;
}

/* The same for an address that is but a number to the verifier. */
static __always_inline u64 read_id(const struct ns_common* ns) {
    u64 id = 0;
    if (bpf_core_field_exists(struct ns_common, ns_id)) bpf_core_read(&id, sizeof(id), &ns->ns_id);
    return id;
}

#define ns_counter_before_5_11(type, member)                                                                 \
    (bpf_core_field_exists(struct type##___old, member)                                                      \
         ? ns - bpf_core_field_offset(struct type, ns) + bpf_core_field_offset(struct type##___old, member)  \
         : 0)

/* Where the reference counter is of a namespace whose ns_common is at this address; 0: not known. */
static __always_inline u64 ns_counter(u64 ns, u32 slot) {
    if (bpf_core_field_exists(struct ns_common, __ns_ref))
        return ns + bpf_core_field_offset(struct ns_common, __ns_ref);
    if (bpf_core_field_exists(struct ns_common___count, count))
        return ns + bpf_core_field_offset(struct ns_common___count, count);
    switch (slot) {
    case NSSCOPE_SLOT_CGROUP: return ns_counter_before_5_11(cgroup_namespace, count);
    case NSSCOPE_SLOT_IPC: return ns_counter_before_5_11(ipc_namespace, count);
    case NSSCOPE_SLOT_MNT: return ns_counter_before_5_11(mnt_namespace, count);
    case NSSCOPE_SLOT_NET: return ns_counter_before_5_11(net, count);
    case NSSCOPE_SLOT_PID: return ns_counter_before_5_11(pid_namespace, kref);
    case NSSCOPE_SLOT_TIME: return ns_counter_before_5_11(time_namespace, kref);
    case NSSCOPE_SLOT_USER: return ns_counter_before_5_11(user_namespace, count);
    case NSSCOPE_SLOT_UTS: return ns_counter_before_5_11(uts_namespace, kref);
    }
    return 0;
}

/* Before 5.11 an ipc namespace has its counter at its beginning, and its ns_common at its end, 800 bytes on: what is given the
 * memory after it may write over the one and leave the other. In between there are three hash tables (rhashtable_init()) with
 * the same function. */
struct rhashtable_params___old {
    void* hashfn;
} __attribute__((preserve_access_index));
struct rhashtable___old {
    struct rhashtable_params___old p;
} __attribute__((preserve_access_index));
struct ipc_ids___old {
    struct rhashtable___old key_ht;
} __attribute__((preserve_access_index));
struct ipc_namespace___tables {
    struct ipc_ids___old ids[3];
} __attribute__((preserve_access_index));

/* Is it to be seen that the memory is something else's by now, where an ipc namespace's ns_common was at this address? */
static __always_inline bool is_no_ipc_ns(u64 ns) {
    u64 first = 0, last = 0;

    if (!bpf_core_field_exists(struct ipc_namespace___old, count)) return false;
    ns -= bpf_core_field_offset(struct ipc_namespace, ns);
    bpf_probe_read_kernel(
        &first, sizeof(first),
        (void*)(ns + bpf_core_field_offset(struct ipc_namespace___tables, ids[0].key_ht.p.hashfn)));
    bpf_probe_read_kernel(
        &last, sizeof(last),
        (void*)(ns + bpf_core_field_offset(struct ipc_namespace___tables, ids[2].key_ht.p.hashfn)));
    return !first || first != last;
}

/* 6.2 and later, with the function below: kinds of trust in a pointer, kernel/bpf/verifier.c, BTF_TYPE_SAFE_RCU */
struct task_struct__safe_rcu {
    int unused;
};
#ifdef NSSCOPE_LOADS /* nothing else would do: a light skeleton gives up at once, before the kernel relocates anything */
extern void* bpf_rdonly_cast(const void* obj, __u32 btf_id) __ksym;
#else
extern void* bpf_rdonly_cast(const void* obj, __u32 btf_id) __ksym __weak;
#endif

/* A member of a struct at an address that is but a number to the verifier; 0 where nothing can be read. Where
 * NSSCOPE_LOADS is defined it is a load, for which the kernel must let an address pass for a pointer (6.2 and later); else
 * a call of bpf_probe_read_kernel(), which takes ten times as long. Not both, to choose between by CO-RE: each relocation
 * may cost a light skeleton a search of the whole of the kernel's BTF. */
#ifdef NSSCOPE_LOADS
#define get(type, address, member)                                                                           \
    (((struct type*)bpf_rdonly_cast((const void*)(u64)(address), bpf_core_type_id_kernel(struct type)))      \
         ->member)
#else
#define get(type, address, member)                                                                           \
    ({                                                                                                       \
        typeof(((struct type*)0)->member) value_ = 0;                                                        \
        u64 address_ = (u64)(address);                                                                       \
        bpf_core_read(&value_, sizeof(value_), &((struct type*)address_)->member);                           \
        value_;                                                                                              \
    })
#endif
#define get_address(type, address, member) ((u64)get(type, address, member))

/* The same, for a struct that is the member `part` of an `outer`: whether or not this one is, its members lie as they would
 * there. So a type can be spoken of by another name, see describe.bpf.h. */
#define get_as_part(outer, part, address, member)                                                            \
    get(outer, (u64)(address)-bpf_core_field_offset(struct outer, part), part.member)
#define get_address_as_part(outer, part, address, member) ((u64)get_as_part(outer, part, address, member))
/* Of a struct ns_common. */
#define get_common(address, member) get_as_part(user_namespace, ns, address, member)

/* What lies at an address, by way of a member of that size: a load must be of a member. */
#define load_u64(address) get_address(fdtable, (address)-bpf_core_field_offset(struct fdtable, fd), fd)
#define load_u32(address)                                                                                    \
    get(user_namespace, (address)-bpf_core_field_offset(struct user_namespace, ns.inum), ns.inum)

/* Entry `level` of pid.numbers, an array of one before 6.1 and of unknown length after
 * ("pid: Replace struct pid 1-element array with flex-array"): so its place is worked out. */
static __always_inline struct upid pid_number(const struct pid* pid, u32 level) {
    struct upid upid = {};
    const char* numbers = (const char*)pid + bpf_core_field_offset(struct pid, numbers);
    bpf_probe_read_kernel(&upid, sizeof(upid), numbers + level * bpf_core_type_size(struct upid));
    return upid;
}

/* 6.8 and later ("add unique mount ID") */
struct mount___unique {
    u64 mnt_id_unique;
} __attribute__((preserve_access_index));

/* Of the mount that a file was opened by; unlike mnt_id it is never used twice. 0: the kernel has none, or `mount_type`, the id
 * of its struct mount, is not known. */
static __always_inline u64 unique_mount_id(struct file* file, u32 mount_type) {
#ifndef NSSCOPE_READ_BY_PROBE
    if (mount_type && bpf_core_field_exists(struct mount___unique, mnt_id_unique)) {
        const char* part = (const char*)file->f_path.mnt;
        const struct mount___unique* whole =
            bpf_rdonly_cast(part - bpf_core_field_offset(struct mount, mnt), mount_type);
        return whole->mnt_id_unique;
    }
#endif
    return 0;
}

/* nsproxy.count: atomic_t, refcount_t since 6.7 ("nsproxy: Convert nsproxy.count to refcount_t"). Both are an int. */
static __always_inline int users_of(struct nsproxy* proxy) {
    int users = 0;
    bpf_core_read(&users, sizeof(users), &proxy->count);
    return users;
}

/* The registers with which the task entered the kernel: task_pt_regs(). Before 5.15 there is no helper for it: they
 * are at the end of the kernel stack (arch/{x86,arm64}/include/asm/processor.h), which is 16 KiB with 4 KiB pages. */
static __always_inline struct pt_regs* pt_regs_of(struct task_struct* task) {
#ifdef NSSCOPE_READ_BY_PROBE
    const u64 stack_bytes = 16384;
    if (!bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_task_pt_regs))
        return (struct pt_regs*)((u64)GET(task, stack) + stack_bytes - bpf_core_type_size(struct pt_regs));
    return (struct pt_regs*)bpf_task_pt_regs(bpf_get_current_task_btf());
#else
    return (struct pt_regs*)bpf_task_pt_regs(task);
#endif
}

/* 6.14 and before; "kernfs: Use RCU to access kernfs_node::parent", 6.15 */
struct kernfs_node___parent {
    struct kernfs_node* parent;
} __attribute__((preserve_access_index));

/* The directory above; NULL: it is the root. */
static __always_inline struct kernfs_node* kernfs_parent(const struct kernfs_node* node) {
    if (bpf_core_field_exists(struct kernfs_node, __parent)) return BPF_CORE_READ(node, __parent);
    return BPF_CORE_READ((const struct kernfs_node___parent*)node, parent);
}

/* How many sets of cgroups with a task in them are in this cgroup: nr_populated_csets, in its cgroup_subsys_state since
 * 7.x. */
struct cgroup_subsys_state___populated {
    int nr_populated_csets;
} __attribute__((preserve_access_index));
struct cgroup___populated {
    struct cgroup_subsys_state___populated self;
} __attribute__((preserve_access_index));

static __always_inline int populated_csets(const struct cgroup* cgroup) {
    const struct cgroup___populated* newer = (const struct cgroup___populated*)cgroup;
    if (bpf_core_field_exists(newer->self.nr_populated_csets))
        return BPF_CORE_READ(newer, self.nr_populated_csets);
    return BPF_CORE_READ(cgroup, nr_populated_csets);
}

/* Is the caller of this system call a 32-bit program? */
static __always_inline bool is_compat(struct task_struct* task) {
#if defined(__TARGET_ARCH_x86)
    return GET(task, thread_info.status) & 0x0002; /* TS_COMPAT, arch/x86/include/asm/thread_info.h */
#elif defined(__TARGET_ARCH_arm64)
    return GET(task, thread_info.flags) & (1UL << 22); /* TIF_32BIT, arch/arm64/include/asm/thread_info.h */
#endif
}

#endif
