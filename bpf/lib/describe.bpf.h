/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
 *
 * What is known of a namespace, given its address as a number.
 *
 * Where the kinds keep what they have in common is looked up once and then kept in a table: a light skeleton has the
 * kernel relocate, which remembers where it found 31 types, each in the place that its name hashes to
 * (bpf_core_find_cands(), kernel/bpf/btf.c). Types that share a place, used in turn, push each other out, and each time
 * the whole of the kernel's BTF is searched again: a third of a millisecond. So each type is spoken of in as few places as
 * can be, and some as a part of another that is in nobody's way (get_as_part()).
 */
#ifndef NSSCOPE_DESCRIBE_BPF_H
#define NSSCOPE_DESCRIBE_BPF_H

#include "lib/flavours.bpf.h"
#include "lib/scratch.bpf.h"

#define NO_MEMBER (~0u)

/* The address of the ns_common in a namespace. */
#define common_of(type, holder) ((holder) + bpf_core_field_offset(struct type, ns))

/* `holder` is any namespace of the kind: all of one kind have the same operations. */
#define learn_kind(s, slot, type, holder, owner)                                                             \
    do {                                                                                                     \
        (s)->kinds[slot].ns_at = bpf_core_field_offset(struct type, ns);                                     \
        (s)->kinds[slot].owner_at = bpf_core_field_offset(struct type, owner);                               \
        (s)->kinds[slot].parent_at = (s)->kinds[slot].creator_at = NO_MEMBER;                                \
        (s)->kinds[slot].ops = (u64)get_common(common_of(type, holder), ops);                                \
    } while (0)

/* Fills in the table, from the namespaces that the reader is in. The owner of a user namespace is its parent:
 * userns_owner(), kernel/user_namespace.c. */
static __always_inline void learn_kinds(struct scratch* s) {
    const struct task_struct* reader = (const struct task_struct*)bpf_get_current_task();
    u64 user_ns = get_address(cred, get_address(task_struct, reader, real_cred), user_ns);
    u64 proxy = get_address(task_struct, reader, nsproxy);

    if (s->kinds[NSSCOPE_SLOT_UTS].ops) return;
    learn_kind(s, NSSCOPE_SLOT_PID, pid_namespace, get_address(nsproxy, proxy, pid_ns_for_children), user_ns);
    s->kinds[NSSCOPE_SLOT_PID].parent_at = bpf_core_field_offset(struct pid_namespace, parent);
    learn_kind(s, NSSCOPE_SLOT_USER, user_namespace, user_ns, parent);
    s->kinds[NSSCOPE_SLOT_USER].parent_at = bpf_core_field_offset(struct user_namespace, parent);
    s->kinds[NSSCOPE_SLOT_USER].creator_at = bpf_core_field_offset(struct user_namespace, owner.val);
    learn_kind(s, NSSCOPE_SLOT_CGROUP, cgroup_namespace, get_address(nsproxy, proxy, cgroup_ns), user_ns);
    learn_kind(s, NSSCOPE_SLOT_IPC, ipc_namespace, get_address(nsproxy, proxy, ipc_ns), user_ns);
    learn_kind(s, NSSCOPE_SLOT_MNT, mnt_namespace, get_address(nsproxy, proxy, mnt_ns), user_ns);
    learn_kind(s, NSSCOPE_SLOT_NET, net, get_address(nsproxy, proxy, net_ns), user_ns);
    learn_kind(s, NSSCOPE_SLOT_TIME, time_namespace, get_address(nsproxy, proxy, time_ns), user_ns);
    learn_kind(s, NSSCOPE_SLOT_UTS, uts_namespace, get_address(nsproxy, proxy, uts_ns), user_ns);
    s->kinds[NSSCOPE_SLOT_PID_FOR_CHILDREN] = s->kinds[NSSCOPE_SLOT_PID];
    s->kinds[NSSCOPE_SLOT_TIME_FOR_CHILDREN] = s->kinds[NSSCOPE_SLOT_TIME];
}

/* The address of the ns_common in a namespace of the kind of this slot. */
static __always_inline u64 common_in(const struct scratch* s, u32 slot, u64 holder) {
    return holder + s->kinds[slot].ns_at;
}

/* The inode number and the id, which say whether it is the one that was there before. */
static __always_inline void fill_identity(struct nsscope_scan_ref* ref, u64 common) {
    ref->inum = get_common(common, inum);
    ref->id = 0;
    if (bpf_core_field_exists(struct user_namespace, ns.ns_id)) ref->id = get_common(common, ns_id);
}

/* The rest. */
static __always_inline void fill_relatives(const struct scratch* s, struct nsscope_scan_ref* ref, u64 common,
                                           u32 slot) {
    const struct kind* kind = &s->kinds[slot];
    u64 holder = common - kind->ns_at;
    u64 owner = load_u64(holder + kind->owner_at);
    u64 parent = 0;

    ref->owner_user_ns = ref->parent = ref->creator = 0;
    if (owner) ref->owner_user_ns = get_common(common_in(s, NSSCOPE_SLOT_USER, owner), inum);
    if (kind->parent_at != NO_MEMBER) parent = load_u64(holder + kind->parent_at);
    if (parent) ref->parent = get_common(parent + kind->ns_at, inum);
    if (kind->creator_at != NO_MEMBER) ref->creator = load_u32(holder + kind->creator_at);
}

/* All of it, for a namespace of any kind. Returns its slot, NSSCOPE_SLOTS: it is none. */
static __always_inline u32 fill_any(struct scratch* s, struct nsscope_scan_ref* ref, u64 common) {
    u64 ops = (u64)get_common(common, ops);
    u32 slot = 0;

    while (slot < NSSCOPE_SLOT_PID_FOR_CHILDREN && s->kinds[slot].ops != ops) slot++;
    if (slot == NSSCOPE_SLOT_PID_FOR_CHILDREN) return NSSCOPE_SLOTS;
    slot = as_number(s, slot) &
           SLOT_MASK; /* any of them, to the verifier: else it goes on with each by itself */
    fill_identity(ref, common);
    fill_relatives(s, ref, common, slot);
    return slot;
}

#endif
