/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
#include "lib/watch.bpf.h"

SUBPROGRAM watch_is_dead(u64 ns, u64 id, u32 inum, u32 slot) {
    const u64 counter = ns_counter(ns, type_of_slot(slot));
    u32 inum_now = 0, refs = 1;
    u64 id_now = 0;

    bpf_probe_read_kernel(&inum_now, sizeof(inum_now),
                          (void*)ns + bpf_core_field_offset(struct ns_common, inum));
    if (inum_now != inum) return 1;
    if (bpf_core_field_exists(struct ns_common, ns_id)) {
        bpf_probe_read_kernel(&id_now, sizeof(id_now),
                              (void*)ns + bpf_core_field_offset(struct ns_common, ns_id));
        if (id_now != id) return 1;
    }
    if (counter) bpf_probe_read_kernel(&refs, sizeof(refs), (void*)counter);
    return refs == 0;
}

SUBPROGRAM watch_tell(u64 id, u32 inum, u32 slot, u32 how) {
    struct nsscope_record* rec;

    slot = type_of_slot(slot);
    if (!is_reported(NSSCOPE_EV_NS_DESTROY, 1u << slot, NULL, NULL)) return 0;
    rec = reserve_record(NSSCOPE_EV_NS_DESTROY, 1);
    if (!rec) return 0;
    rec->syscall = NSSCOPE_SYS_NONE;
    rec->rec_flags = how | NSSCOPE_REC_NO_FLAGS | NSSCOPE_REC_NO_TASK;
    rec->exit_code = 0;
    rec->result = 0;
    rec->flags = 0;
    rec->changes[0].from_id = id;
    rec->changes[0].from_inum = inum;
    rec->changes[0].to_id = 0;
    rec->changes[0].to_inum = 0;
    rec->changes[0].slot = slot;
    rec->changes[0].flags = NSSCOPE_CHANGE_NO_TO;
    rec->changes[0].reserved = 0;
    submit(rec);
    return 0;
}

SUBPROGRAM watch_enter(u64 ns, u64 id, u32 inum, u32 slot, bool created) {
    struct watched w = {.ns = ns, .id = id, .inum = inum, .slot = type_of_slot(slot)};
    const u32 how = config.deaths_told ? 0 : NSSCOPE_REC_OBSERVED;
    u32 census = 0;
    int err; /* not long: before 6.4 the upper half of what the helper returns is not there */

    if (!ns || is_initial(inum)) return 0;
    err = bpf_map_update_elem(&watch, &w, &census, BPF_NOEXIST);
    if (config.deaths_told) bpf_map_update_elem(&by_inum, &inum, &w, BPF_ANY);
    if (err == -EEXIST) {
        if (!created || id) return 0;
        bpf_map_update_elem(&watch, &w, &census, BPF_EXIST);
        watch_tell(id, inum, slot, how); /* its predecessor in the same place */
    } else if (err && is_wanted(NSSCOPE_EV_NS_DESTROY)) {
        count_produced(NSSCOPE_EV_NS_DESTROY);
        count_lost(NSSCOPE_EV_NS_DESTROY, NSSCOPE_LOSS_WATCH_FULL);
    }
    return 0;
}

SUBPROGRAM watch_leave(u64 ns, u64 id, u32 inum, u32 slot) {
    struct watched w = {.ns = ns, .id = id, .inum = inum, .slot = type_of_slot(slot)};

    u32* state;

    if (!ns || is_initial(inum)) return 0;
    if (config.deaths_told) {
        state = bpf_map_lookup_elem(&watch, &w);
        if (state && *state == WATCH_FREED && bpf_map_delete_elem(&watch, &w) == 0)
            watch_tell(id, inum, slot, 0);
    } else if (!watch_is_dead(ns, id, inum, slot)) {
        control.dirty = 1;
        wake_reader();
    } else if (bpf_map_delete_elem(&watch, &w) == 0) {
        watch_tell(id, inum, slot, NSSCOPE_REC_OBSERVED);
    }
    return 0;
}

SUBPROGRAM watch_freed(u32 inum) {
    u32 tid = bpf_get_current_pid_tgid(), freed = WATCH_FREED, holds = 0;
    struct watched *known, w;
    struct thread* thread;

    if (is_initial(inum)) return 0;
    known = bpf_map_lookup_elem(&by_inum, &inum);
    if (!known) return 0;
    w = *known;
    bpf_map_delete_elem(&by_inum, &inum);
    thread = bpf_map_lookup_elem(&states, &tid);
    if (thread) FOR_EACH_SLOT(slot) holds |= thread->now.inum[slot] == inum;
    if (holds) /* in the middle of a call that leaves it: see watch_leave() */
        bpf_map_update_elem(&watch, &w, &freed, BPF_EXIST);
    else if (bpf_map_delete_elem(&watch, &w) == 0)
        watch_tell(w.id, w.inum, w.slot, 0);
    return 0;
}
