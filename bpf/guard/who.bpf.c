/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
 *
 * Who writes: what the path of a cgroup says (guard.h, "The subject"), and whether a process is in a container.
 */
#include "guard/state.bpf.h"

static __always_inline bool ends_with(const struct run* run, const char* suffix, u32 len) {
    u32 from = run->name_len - len;
    u8 differing = 0; /* one way for the verifier, and not one for each character */
    if (run->name_len < len) return false;
    for (u32 i = 0; i < len; i++)
        differing |= (u8)(run->component.name[masked(from + i, NSSCOPE_GUARD_CGROUP_LEN - 1)] ^ suffix[i]);
    return !differing;
}

#define SCOPE_LEN 6   /* ".scope" */
#define SERVICE_LEN 8 /* ".service" */

#define ID_AT_ONCE 8 /* characters; all of them would be as many ways more to the verifier */

/* Copies so many characters of run->component, from `at` on, to run->id, from `to` on. Returns 0 when one is of
 * no id. */
SUBPROGRAM guard_copy_id(u32 at, u32 to) {
    struct run* run = this_run();
    char c;

    if (!run) return 0;
    for (u32 i = 0; i < ID_AT_ONCE; i++) {
        c = run->component.name[masked(at + i, NSSCOPE_GUARD_CGROUP_LEN - 1)];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return 0;
        run->id.id[masked(to + i, NSSCOPE_GUARD_ID_LEN - 1)] = c;
    }
    return 1;
}

/* Has run->component an id (guard.h)? Then it is in run->id. */
SUBPROGRAM guard_has_id(void) {
    struct run* run = this_run();
    u32 len, from;
    char before;

    if (!run) return 0;
    len = run->name_len;
    if (ends_with(run, ".scope", SCOPE_LEN)) len -= SCOPE_LEN;
    if (len < NSSCOPE_GUARD_ID_LEN) return 0;
    from = len - NSSCOPE_GUARD_ID_LEN;
    if (from > 0) {
        before = run->component.name[masked(from - 1, NSSCOPE_GUARD_CGROUP_LEN - 1)];
        if (before != '-' && before != ':') return 0;
    }
    for (u32 i = 0; i < NSSCOPE_GUARD_ID_LEN; i += ID_AT_ONCE)
        if (!guard_copy_id(from + i, i)) return 0;
    run->id.bits = 8 * NSSCOPE_GUARD_ID_LEN;
    return 1;
}

/* Is there more of run->component than what a longest prefix says? */
static __always_inline bool is_whole(struct run* run, const struct nsscope_guard_component* found) {
    u32 skip = found->skip;
    if (found->id == NSSCOPE_GUARD_ID_SCOPE)
        return run->name_len > skip + SCOPE_LEN && ends_with(run, ".scope", SCOPE_LEN);
    if (found->id == NSSCOPE_GUARD_ID_SERVICE)
        return run->name_len > skip + SERVICE_LEN && ends_with(run, ".service", SERVICE_LEN);
    return true;
}

static __always_inline void add_who(struct run* run, const struct nsscope_guard_who* who) {
    ROLLED for (u32 i = 0; i < NSSCOPE_GUARD_SCOPES / 64; i++) run->who.scopes[i] |= who->scopes[i];
    run->who.flags |= who->flags;
}

/* The next component of the path, from the root down: the last of run->nodes, which is one less then. Returns 1 when there is
 * none left, -1 when it cannot be read. */
SUBPROGRAM guard_classify_component(void) {
    const struct nsscope_guard_component* found;
    const struct nsscope_guard_cgroup* literal;
    struct run* run = this_run();
    struct kernfs_node* node;
    const struct nsscope_guard_who* who;
    bool is_container;
    u32 id, next;
    long len;

    if (!run) return -1;
    if (!run->depth) return 1;
    run->depth--;
    node = (struct kernfs_node*)run->nodes[masked(run->depth, NSSCOPE_GUARD_DEPTH - 1)];
    __builtin_memset(&run->component, 0, sizeof(run->component));
    len = bpf_probe_read_kernel_str(run->component.name, sizeof(run->component.name),
                                    BPF_CORE_READ(node, name));
    if (len <= 0) return -1;
    run->name_len = (u32)len - 1;

    /* `bits` lies where struct nsscope_guard_cgroup_key has `parent` */
    if (run->parent != NONE) {
        run->component.bits = run->parent;
        literal = bpf_map_lookup_elem(&cgroups, &run->component);
        if (literal) add_who(run, &literal->who);
        run->parent = literal && literal->node ? literal->node : NONE;
    }
    if (run->who.flags & NSSCOPE_GUARD_BY_NAME) return 0;
    run->component.bits = 8 * sizeof(run->component.name);
    found = bpf_map_lookup_elem(&components, &run->component);
    if (found && !is_whole(run, found)) found = NULL;
    id = found ? found->id : NSSCOPE_GUARD_ID_NONE;
    next = run->next;
    run->next = found ? found->next : NSSCOPE_GUARD_NEXT_ANY;
    if (next == NSSCOPE_GUARD_NEXT_IS) {
        is_container = true;
        run->who.flags |= NSSCOPE_GUARD_KNOWN;
    } else if (next == NSSCOPE_GUARD_NEXT_NOT || id == NSSCOPE_GUARD_ID_NOT) {
        is_container = false;
    } else if (id != NSSCOPE_GUARD_ID_NONE) {
        is_container = true;
        run->who.flags |= NSSCOPE_GUARD_KNOWN;
        if (found) add_who(run, &found->who);
    } else {
        is_container = guard_has_id();
        if (is_container) {
            who = bpf_map_lookup_elem(&ids, &run->id);
            if (who) add_who(run, who);
        }
    }
    if (found && id == NSSCOPE_GUARD_ID_NONE) add_who(run, &found->who); /* a pod's */
    if (is_container) run->who.flags |= NSSCOPE_GUARD_BY_NAME;
    return 0;
}

/* include/linux/cgroup_subsys.h */
enum cgroup_subsys_id {
    pids_cgrp_id = 11,
};

/* The cgroup that says who a process is: that of the unified hierarchy. Who is at the root of that one may be in a
 * container that has cgroups of version 1 alone; every runtime puts it into one of `pids`. */
static __always_inline struct cgroup* telling_cgroup(struct task_struct* task) {
    struct css_set* sets = BPF_CORE_READ(task, cgroups);
    struct cgroup* cgroup = BPF_CORE_READ(sets, dfl_cgrp);
    struct cgroup_subsys_state* state = NULL;

    if (kernfs_parent(BPF_CORE_READ(cgroup, kn))) return cgroup;
    if (!bpf_core_enum_value_exists(enum cgroup_subsys_id, pids_cgrp_id)) return cgroup;
    bpf_probe_read_kernel(&state, sizeof(state),
                          (const void*)((u64)sets + bpf_core_field_offset(struct css_set, subsys) +
                                        8 * bpf_core_enum_value(enum cgroup_subsys_id, pids_cgrp_id)));
    return state ? BPF_CORE_READ(state, cgroup) : cgroup;
}

static __always_inline bool is_unified(const struct cgroup* cgroup) {
    return BPF_CORE_READ(cgroup, root, hierarchy_id) == 0;
}

/* Notes run->node, and goes up from it. Returns 1 at the root, which is not noted, -1 when the path is too deep. */
SUBPROGRAM guard_go_up(void) {
    struct run* run = this_run();
    struct kernfs_node* above;

    if (!run) return -1;
    above = kernfs_parent((struct kernfs_node*)run->node);
    if (!above) return 1;
    if (run->depth >= NSSCOPE_GUARD_DEPTH) return -1;
    run->nodes[masked(run->depth, NSSCOPE_GUARD_DEPTH - 1)] = run->node;
    run->depth++;
    run->node = (u64)above;
    return 0;
}

/* What the path of the cgroup at this address says, into run->who; -1 when it could not be followed. */
SUBPROGRAM guard_classify_cgroup(u64 address) {
    struct kernfs_node* node = BPF_CORE_READ((struct cgroup*)address, kn);
    bool unified = is_unified((struct cgroup*)address);
    u64 id = BPF_CORE_READ(node, id);
    struct run* run = this_run();
    int ended = 0;

    if (!run) return -1;
    if (!unified) run->parent = NONE; /* paths of a policy are unified */
    run->node = (u64)node;
    run->depth = 0;
    for (u32 i = 0; i < NSSCOPE_GUARD_DEPTH + 1 && !ended; i++) ended = guard_go_up();
    if (ended < 0) return -1;
    ended = 0;
    for (u32 i = 0; i < NSSCOPE_GUARD_DEPTH + 1 && !ended; i++) ended = guard_classify_component();
    if (ended < 0) return -1;
    if (unified) bpf_map_update_elem(&known_cgroups, &id, &run->who, BPF_ANY); /* others can be renamed */
    return 0;
}

/* run->who and run->is_container of the task that runs; -1: cannot be told. */
static __always_inline int find_who(struct run* run, struct task_struct* task) {
    struct cgroup* cgroup = telling_cgroup(task);
    const struct nsscope_guard_who* known;
    u64 id = BPF_CORE_READ(cgroup, kn, id);

    known = is_unified(cgroup) ? bpf_map_lookup_elem(&known_cgroups, &id) : NULL;
    if (known)
        run->who = *known;
    else if (guard_classify_cgroup((u64)cgroup))
        return -1;
    run->is_container = (run->who.flags & NSSCOPE_GUARD_BY_NAME) || !is_in_initial_pid_ns(task) ||
                        BPF_CORE_READ(task, real_cred, user_ns, level) != 0;
    return 0;
}
