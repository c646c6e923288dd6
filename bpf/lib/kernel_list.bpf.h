/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
 *
 * The kernel's own lists of namespaces: of each kind since 6.18 (ns_common.ns_list_node, "nstree: make iterator
 * generic"), before only of network namespaces (net.list). They tell of namespaces that nothing else explains.
 */
#ifndef NSSCOPE_KERNEL_LIST_BPF_H
#define NSSCOPE_KERNEL_LIST_BPF_H

#include "lib/describe.bpf.h"

/* What was found, for user space to map, which also says for how many there is room. More are counted, and not kept. */
struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(map_flags, BPF_F_MMAPABLE);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct nsscope_scan_namespace);
} listed SEC(".maps");

/* How far from a ns_common its place in the list is; 0: there is no list of this kind. */
static __always_inline u64 list_offset(u32 slot) {
    if (bpf_core_field_exists(struct user_namespace, ns.ns_list_node))
        return bpf_core_field_offset(struct user_namespace, ns.ns_list_node) -
               bpf_core_field_offset(struct user_namespace, ns);
    if (slot == NSSCOPE_SLOT_NET)
        return bpf_core_field_offset(struct net, list) - bpf_core_field_offset(struct net, ns);
    return 0;
}

/* One step: the next one in the list. 1: that was all. The list is a ring with a head, which is no namespace: it has not
 * the operations that all of the kind have. */
static long step_list(u32 i, void* unused) {
    struct scratch* s = get_scratch(0);
    struct nsscope_scan_namespace* out;
    struct list* l;
    u32 slot, count;

    if (!s) return 1;
    l = &s->list;
    slot = l->slot & SLOT_MASK;
    l->at = load_u64(l->at + l->offset) - l->offset;
    if (l->at == l->first) return 1;
    if ((u64)get_common(l->at, ops) != l->ops) return l->heads++ != 0;
    count = l->count++;
    out = bpf_map_lookup_elem(&listed, &count);
    if (!out) return 0;
    out->kind = NSSCOPE_SCAN_NAMESPACE;
    out->size = sizeof(*out);
    out->slot = slot;
    fill_identity(&out->ref, l->at);
    fill_relatives(s, &out->ref, l->at, slot);
    return 0;
}

/* Lists those of one kind, beginning at the initial one, as far as either reader saw a task in that. */
SUBPROGRAM list_kind(u32 slot) {
    struct scratch* s = get_scratch(0);
    const struct scratch* other = get_scratch(1);
    struct list* l;
    u64 first;

    if (!s || !other) return 0;
    slot &= SLOT_MASK;
    l = &s->list;
    first = s->initial[slot];
    if (!first) first = other->initial[slot];
    l->offset = list_offset(slot);
    l->first = l->at = first;
    l->slot = slot;
    l->heads = 0;
    if (!l->first || !l->offset) return 0;
    l->ops = s->kinds[slot].ops;
    bpf_loop(1 << 20, step_list, NULL, 0);
    return 0;
}

#endif
