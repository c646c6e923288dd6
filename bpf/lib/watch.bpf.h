/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
 *
 * The deaths of namespaces.
 *
 * Where the function can be hooked in which the kernel gives an inode number back, that tells (watch_freed()): the
 * number is free for use only after it returns, so until then it names one namespace (`by_inum`). A call that leaves the
 * last reference behind frees it before it returns; the death is told then, after what the call has done
 * (watch_returned()).
 *
 * Where no such function can be hooked (config.deaths_told is 0), deaths are looked for, among all that is known to be
 * alive (`watch`). Whether a namespace is alive can be read from its ns_common at any time, even after its memory was
 * given away: the reference counter is 0 from the moment at which the kernel begins to free it, and memory that belongs
 * to something else by now does not show the same inode number and 64-bit id, which lie beside the counter (where they do
 * not, see is_no_ipc_ns()). (Without ids, before 6.18, a new namespace in the same place with the same number could pass for
 * the old one; the one who enters it notices, see watch_enter().) So whoever leaves a namespace looks back at it, and for
 * those that die later, from a worker or with a file descriptor, user space runs a sweep over the whole map, soon after
 * something happened that may have been the end of one (control.dirty).
 *
 * Whoever takes the entry out of the map tells of the death: it is told once.
 */
#ifndef NSSCOPE_WATCH_BPF_H
#define NSSCOPE_WATCH_BPF_H

#include "lib/task.bpf.h"

static __always_inline u32 type_of_slot(u32 slot) {
    if (slot == NSSCOPE_SLOT_PID_FOR_CHILDREN) slot = NSSCOPE_SLOT_PID;
    if (slot == NSSCOPE_SLOT_TIME_FOR_CHILDREN) slot = NSSCOPE_SLOT_TIME;
    return slot;
}

/* Is the namespace gone that this entry of `watch` stands for? */
SUBPROGRAM watch_is_dead(u64 ns, u64 id, u32 inum, u32 slot);

/* Tells of a death. Of nobody, even where the current task was the last to leave: it may have died of something else.
 * `how`: NSSCOPE_REC_OBSERVED or 0. */
SUBPROGRAM watch_tell(u64 id, u32 inum, u32 slot, u32 how);

/* A task is in this namespace now, or holds it for its children. `created`: this very moment made it. */
SUBPROGRAM watch_enter(u64 ns, u64 id, u32 inum, u32 slot, bool created);

/* The current task has left this namespace: has it died of that? Where the kernel tells, it has told. */
SUBPROGRAM watch_look_back(u64 ns, u64 id, u32 inum, u32 slot);
static __always_inline void watch_leave(u64 ns, u64 id, u32 inum, u32 slot) {
    if (!config.deaths_told) watch_look_back(ns, id, inum, slot);
}

/* A call of this thread has returned, before which it was where `before` says: tells what was freed in it. */
static __always_inline void watch_returned(struct thread* thread, const volatile struct task_state* before) {
    u32 freed = thread->freed;

    if (!freed) return;
    thread->freed = 0;
    FOR_EACH_SLOT_OF(freed, slot) watch_tell(before->id[slot], before->inum[slot], slot, 0);
}

/* The kernel gives this inode number back, which may be a namespace's. */
SUBPROGRAM watch_freed(u32 inum);

#endif
