/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
 *
 * What user space runs by reading an iterator: `census` fills the maps from the tasks that exist, and later says
 * which namespaces have a task in them; `sweep` finds the namespaces that died since (lib/watch.bpf.h).
 */
#include "lib/watch.bpf.h"

#define NS_MAX_DEPTH 33 /* 32 levels under the initial one, for user and pid namespaces alike */

SUBPROGRAM note(u64 ns, u64 id, u32 inum, u32 slot) {
    struct watched w = {.ns = ns, .id = id, .inum = inum, .slot = type_of_slot(slot)};
    struct named named = {.ns = ns, .id = id, .slot = w.slot};
    u32 number = control.census;

    if (!ns || is_initial(inum)) return 0;
    /* While events are reported, the births come from the tracing programs alone: what a task was in a moment ago
     * may be gone by now, and its death told. */
    if (!config.deaths_told) {
        bpf_map_update_elem(&watch, &w, &number, control.enabled ? BPF_EXIST : BPF_ANY);
    } else if (!control.enabled && !bpf_map_update_elem(&by_inum, &w.inum, &named, BPF_NOEXIST) &&
               watch_is_dead(ns, id, inum, slot)) {
        /* freed before it was in the map: nobody would tell, and the number will be another's */
        bpf_map_delete_elem(&by_inum, &w.inum);
    }
    return 0;
}

/* A user namespace and its parents: owners may have no task themselves. */
SUBPROGRAM note_owners(u64 user_ns) {
    struct user_namespace* owner = (struct user_namespace*)user_ns;

    for (int i = 0; i < NS_MAX_DEPTH && owner; i++) {
        u32 inum = BPF_CORE_READ(owner, ns.inum);
        if (is_initial(inum)) break;
        note((u64)owner + bpf_core_field_offset(struct user_namespace, ns), read_id(&owner->ns), inum,
             NSSCOPE_SLOT_USER);
        owner = BPF_CORE_READ(owner, parent);
    }
    return 0;
}

SUBPROGRAM note_pid_parents(u64 pid_ns) {
    struct pid_namespace* ns = (struct pid_namespace*)pid_ns;

    for (int i = 0; i < NS_MAX_DEPTH && ns; i++) {
        u32 inum = BPF_CORE_READ(ns, ns.inum);
        if (is_initial(inum)) break;
        note((u64)ns + bpf_core_field_offset(struct pid_namespace, ns), read_id(&ns->ns), inum,
             NSSCOPE_SLOT_PID);
        note_owners((u64)BPF_CORE_READ(ns, user_ns));
        ns = BPF_CORE_READ(ns, parent);
    }
    return 0;
}

/* The task with that address: all it is in, and all that owns or contains this. */
SUBPROGRAM note_owners_of(u64 address) {
    struct task_struct* task = (struct task_struct*)address;
    struct nsproxy* proxy = BPF_CORE_READ(task, nsproxy);

    note_owners((u64)BPF_CORE_READ(task, real_cred, user_ns));
    if (!proxy) return 0;
    note_pid_parents((u64)BPF_CORE_READ(proxy, pid_ns_for_children));
    note_owners((u64)BPF_CORE_READ(proxy, uts_ns, user_ns));
    note_owners((u64)BPF_CORE_READ(proxy, ipc_ns, user_ns));
    note_owners((u64)BPF_CORE_READ(proxy, mnt_ns, user_ns));
    note_owners((u64)BPF_CORE_READ(proxy, net_ns, user_ns));
    note_owners((u64)BPF_CORE_READ(proxy, cgroup_ns, user_ns));
    note_owners((u64)BPF_CORE_READ(proxy, time_ns_for_children, user_ns));
    return 0;
}

/* Where `census`, of which one runs at a time, puts a task together. */
struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(
        value, struct {
            struct thread thread;
            u64 task;
        });
} scratch SEC(".maps");

#define MOST_ANCESTORS 64

/* Whether the task with that address descends from the filter's process, as far as its parents of now tell; what its birth
 * told stays. */
SUBPROGRAM note_family(u64 address) {
    struct task_struct *task = (struct task_struct*)address, *each = task;
    u32 tid = BPF_CORE_READ(task, pid);
    struct thread* thread = bpf_map_lookup_elem(&states, &tid);

    if (!thread) return 0;
    for (int i = 0; i < MOST_ANCESTORS; i++) {
        int pid = BPF_CORE_READ(each, tgid);
        if (pid == (int)filter()->pid) {
            thread->family = 1;
            return 0;
        }
        if (pid <= 1) return 0;
        each = BPF_CORE_READ(each, real_parent);
    }
    return 0;
}

SEC("iter/task")
int census(struct bpf_iter__task* ctx) {
    struct task_struct* task;
    volatile struct task_state* state;
    u32 zero = 0, tid;
    struct {
        struct thread thread;
        u64 task;
    }* one = bpf_map_lookup_elem(&scratch, &zero);

    task = ctx->task;
    if (!one || !task) return 0;
    *(volatile u64*)&one->task = (u64)task;
#ifdef NSSCOPE_READ_BY_PROBE
    task = (struct task_struct*)*(volatile u64*)&one->task; /* only as a number may it be passed on */
#else
    task = plain(task);
#endif
    if (GET(task, flags) & PF_EXITING) return 0;
    state = &one->thread.now;
    read_slots(state, task, ALL_SLOTS);
    tid = GET(task, pid);
    /* what the tracing programs saw meanwhile is newer than this look */
    if (!control.enabled) bpf_map_update_elem(&states, &tid, &one->thread, BPF_NOEXIST);
    if (filter()->family) note_family(*(volatile u64*)&one->task);
    FOR_EACH_SLOT_OF(ALL_SLOTS, slot) note(state->ns[slot], state->id[slot], state->inum[slot], slot);
    note_owners_of(*(volatile u64*)&one->task);
    return 0;
}

SEC("iter/bpf_map_elem")
int sweep(struct bpf_iter__bpf_map_elem* ctx) {
    struct watched* key = ctx->key;
    u32* seen = ctx->value;
    struct watched w;

    if (!key || !seen) return 0;
    w = *key;
    if (!watch_is_dead(w.ns, w.id, w.inum, w.slot)) {
        if (*seen != control.census) control.without_task++;
        return 0;
    }
    if (bpf_map_delete_elem(&watch, &w) == 0) watch_tell(w.id, w.inum, w.slot, NSSCOPE_REC_OBSERVED);
    return 0;
}
