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
    if (slot == NSSCOPE_SLOT_IPC && is_no_ipc_ns(ns)) return 1;
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

static __always_inline void count_unwatched(void) {
    if (!is_wanted(NSSCOPE_EV_NS_DESTROY)) return;
    count_produced(NSSCOPE_EV_NS_DESTROY);
    count_lost(NSSCOPE_EV_NS_DESTROY, NSSCOPE_LOSS_WATCH_FULL);
}

static __always_inline void enter_named(u64 ns, u64 id, u32 inum, u32 slot, bool created) {
    struct named here = {.ns = ns, .id = id, .slot = slot, .is_entered = 1}, *there;
    /* not long: before 6.4 the upper half of what the helper returns is not there */
    int err = bpf_map_update_elem(&by_inum, &inum, &here, BPF_NOEXIST);

    if (err == -EEXIST) {
        if (!created) return;
        there = bpf_map_lookup_elem(&by_inum, &inum);
        if (there && there->ns == ns && there->id == id)
            return; /* who made it comes after another who entered */
        if (there && there->is_entered) watch_tell(there->id, inum, there->slot, NSSCOPE_REC_OBSERVED);
        err = bpf_map_update_elem(&by_inum, &inum, &here, BPF_ANY); /* nobody told that the other has died */
    }
    if (err) count_unwatched();
}

static __always_inline void enter_watched(u64 ns, u64 id, u32 inum, u32 slot, bool created) {
    struct watched w = {.ns = ns, .id = id, .inum = inum, .slot = slot};
    u32 census = 0;
    int err = bpf_map_update_elem(&watch, &w, &census, BPF_NOEXIST);

    if (err == -EEXIST) {
        if (!created || id) return;
        bpf_map_update_elem(&watch, &w, &census, BPF_EXIST);
        watch_tell(id, inum, slot, NSSCOPE_REC_OBSERVED); /* its predecessor in the same place */
    } else if (err) {
        count_unwatched();
    }
}

SUBPROGRAM watch_enter(u64 ns, u64 id, u32 inum, u32 slot, bool created) {
    if (!ns || is_initial(inum)) return 0;
    slot = type_of_slot(slot);
    if (config.deaths_told)
        enter_named(ns, id, inum, slot, created);
    else
        enter_watched(ns, id, inum, slot, created);
    return 0;
}

SUBPROGRAM watch_look_back(u64 ns, u64 id, u32 inum, u32 slot) {
    struct watched w = {.ns = ns, .id = id, .inum = inum, .slot = type_of_slot(slot)};

    if (!ns || is_initial(inum)) return 0;
    if (!watch_is_dead(ns, id, inum, slot)) {
        control.dirty = 1;
        wake_reader();
    } else if (bpf_map_delete_elem(&watch, &w) == 0) {
        watch_tell(id, inum, slot, NSSCOPE_REC_OBSERVED);
    }
    return 0;
}

SUBPROGRAM watch_freed(u32 inum) {
    struct task_struct* task = plain(current_task());
    u32 tid = bpf_get_current_pid_tgid(), holds = 0;
    struct named* known;
    struct thread* thread;
    u64 ns, id;
    u32 slot;

    if (is_initial(inum)) return 0;
    known = bpf_map_lookup_elem(&by_inum, &inum);
    if (!known) return 0;
    ns = known->ns;
    id = known->id;
    slot = known->slot;
    if (bpf_map_delete_elem(&by_inum, &inum)) return 0;
    /* who exits has told of that already, and comes to no return */
    thread = GET(task, flags) & PF_EXITING ? NULL : bpf_map_lookup_elem(&states, &tid);
    if (!thread) return watch_tell(id, inum, slot, 0);
    FOR_EACH_SLOT(each) holds |= (1 ^ differ(thread->now.ns[each], ns)) << each;
    if (holds)
        thread->freed |= holds & -holds; /* in the middle of a call that leaves it: see watch_returned() */
    else
        watch_tell(id, inum, slot, 0);
    return 0;
}
