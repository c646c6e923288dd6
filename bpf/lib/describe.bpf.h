/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What is known of a namespace, given its address as a number. */
#ifndef NSSCOPE_DESCRIBE_BPF_H
#define NSSCOPE_DESCRIBE_BPF_H

#include "lib/flavours.bpf.h"

/* The address of the ns_common in a namespace. */
#define common_of(type, holder) ((holder) + bpf_core_field_offset(struct type, ns))

/* The inode number of the user namespace that a namespace's member points to. */
#define owner_in(type, holder, member)                                                                       \
    get(ns_common, common_of(user_namespace, get_address(type, holder, member)), inum)

#define fill_owner(ref, type, common)                                                                        \
    (ref)->owner_user_ns = owner_in(type, (common)-bpf_core_field_offset(struct type, ns), user_ns)

static __always_inline void fill_pid_relatives(struct nsscope_scan_ref* ref, u64 common) {
    u64 holder = common - bpf_core_field_offset(struct pid_namespace, ns);
    u64 parent = get_address(pid_namespace, holder, parent);

    ref->owner_user_ns = owner_in(pid_namespace, holder, user_ns);
    ref->parent = parent ? get(ns_common, common_of(pid_namespace, parent), inum) : 0;
}

/* The owner of a user namespace is its parent: userns_owner(), kernel/user_namespace.c. */
static __always_inline void fill_user_relatives(struct nsscope_scan_ref* ref, u64 common) {
    u64 holder = common - bpf_core_field_offset(struct user_namespace, ns);
    u64 parent = get_address(user_namespace, holder, parent);

    ref->parent = parent ? get(ns_common, common_of(user_namespace, parent), inum) : 0;
    ref->owner_user_ns = ref->parent;
    ref->creator = get(user_namespace, holder, owner.val);
}

/* The inode number and the id, which say whether it is the one that was there before. */
static __always_inline void fill_identity(struct nsscope_scan_ref* ref, u64 common) {
    ref->inum = get(ns_common, common, inum);
    ref->id = 0;
    if (bpf_core_field_exists(struct ns_common, ns_id)) ref->id = get(ns_common, common, ns_id);
}

/* The rest; `slot` must be constant where this is compiled. */
static __always_inline void fill_relatives(struct nsscope_scan_ref* ref, u64 common, u32 slot) {
    ref->owner_user_ns = ref->parent = ref->creator = 0;
    switch (slot) {
    case NSSCOPE_SLOT_CGROUP: fill_owner(ref, cgroup_namespace, common); break;
    case NSSCOPE_SLOT_IPC: fill_owner(ref, ipc_namespace, common); break;
    case NSSCOPE_SLOT_MNT: fill_owner(ref, mnt_namespace, common); break;
    case NSSCOPE_SLOT_NET: fill_owner(ref, net, common); break;
    case NSSCOPE_SLOT_PID:
    case NSSCOPE_SLOT_PID_FOR_CHILDREN: fill_pid_relatives(ref, common); break;
    case NSSCOPE_SLOT_TIME:
    case NSSCOPE_SLOT_TIME_FOR_CHILDREN: fill_owner(ref, time_namespace, common); break;
    case NSSCOPE_SLOT_USER: fill_user_relatives(ref, common); break;
    case NSSCOPE_SLOT_UTS: fill_owner(ref, uts_namespace, common); break;
    default: break;
    }
}

static __always_inline u32 slot_of_flag(u32 clone_flag) {
    switch (clone_flag) {
    case CLONE_NEWCGROUP: return NSSCOPE_SLOT_CGROUP;
    case CLONE_NEWIPC: return NSSCOPE_SLOT_IPC;
    case CLONE_NEWNS: return NSSCOPE_SLOT_MNT;
    case CLONE_NEWNET: return NSSCOPE_SLOT_NET;
    case CLONE_NEWPID: return NSSCOPE_SLOT_PID;
    case CLONE_NEWTIME: return NSSCOPE_SLOT_TIME;
    case CLONE_NEWUSER: return NSSCOPE_SLOT_USER;
    case CLONE_NEWUTS: return NSSCOPE_SLOT_UTS;
    default: return NSSCOPE_SLOTS;
    }
}

/* All of it, for a namespace of any kind. Returns its slot, NSSCOPE_SLOTS: it is none. */
static __always_inline u32 fill_any(struct nsscope_scan_ref* ref, u64 common) {
    u32 slot = slot_of_flag(ns_clone_flag(common));

    fill_identity(ref, common);
    switch (slot) {
    case NSSCOPE_SLOT_CGROUP: fill_relatives(ref, common, NSSCOPE_SLOT_CGROUP); break;
    case NSSCOPE_SLOT_IPC: fill_relatives(ref, common, NSSCOPE_SLOT_IPC); break;
    case NSSCOPE_SLOT_MNT: fill_relatives(ref, common, NSSCOPE_SLOT_MNT); break;
    case NSSCOPE_SLOT_NET: fill_relatives(ref, common, NSSCOPE_SLOT_NET); break;
    case NSSCOPE_SLOT_PID: fill_relatives(ref, common, NSSCOPE_SLOT_PID); break;
    case NSSCOPE_SLOT_TIME: fill_relatives(ref, common, NSSCOPE_SLOT_TIME); break;
    case NSSCOPE_SLOT_USER: fill_relatives(ref, common, NSSCOPE_SLOT_USER); break;
    case NSSCOPE_SLOT_UTS: fill_relatives(ref, common, NSSCOPE_SLOT_UTS); break;
    default: break;
    }
    return slot;
}

#endif
