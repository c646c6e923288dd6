/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
 *
 * From lists of rules to the one that decides: step 4 of guard.h.
 */
#include "guard/state.bpf.h"

static __always_inline enum tri scope_holds(const struct run* run, const struct nsscope_guard_candidate* c) {
    u32 is_container = run->is_container, inum, *net;
    u32 bit = c->scope;

    switch (c->kind) {
    case NSSCOPE_GUARD_ALL: return YES;
    case NSSCOPE_GUARD_CONTAINERS: return is_container ? YES : NO;
    case NSSCOPE_GUARD_HOST: return is_container ? NO : YES;
    case NSSCOPE_GUARD_NET:
        inum = run->is_target ? run->set_net_inum : run->own_net_inum;
        net = bpf_map_lookup_elem(&nets, &inum);
        return net && *net == bit ? YES : NO;
    case NSSCOPE_GUARD_CGROUP:
    case NSSCOPE_GUARD_NAMED: break;
    default: return UNKNOWN;
    }
    if (run->is_target) return UNKNOWN;
    if (run->who.scopes[masked(bit / 64, NSSCOPE_GUARD_SCOPES / 64 - 1)] & (1ull << (bit & 63))) return YES;
    if (c->kind == NSSCOPE_GUARD_NAMED && is_container && !(run->who.flags & NSSCOPE_GUARD_KNOWN))
        return UNKNOWN;
    return NO;
}

#define CANDIDATES_AT_ONCE 8

/* Looks at so many candidates from `first` on. A loop over all of them at once would be a hundred times this to the
 * verifier. Returns 1 when there is no more to look at. */
SUBPROGRAM guard_judge_some(u32 first, u32 count) {
    const struct nsscope_guard_candidate* c;
    struct run* run = this_run();
    enum tri scope, condition;
    u32 index;

    if (!run) return 1;
    for (u32 i = 0; i < CANDIDATES_AT_ONCE; i++) {
        if (i >= count) return 1;
        index = first + i;
        c = bpf_map_lookup_elem(&candidates, &index);
        if (!c || c->rule >= run->rule) return 1;
        if (!(c->flags & run->operation)) continue;
        scope = scope_holds(run, c);
        if (scope == NO || (scope == UNKNOWN && !(c->flags & NSSCOPE_GUARD_DENIES))) continue;
        if (c->flags & NSSCOPE_GUARD_CONDITIONAL) {
            condition = (enum tri)guard_condition(c->rule);
            if (condition == NO || (condition == UNKNOWN && !(c->flags & NSSCOPE_GUARD_DENIES))) continue;
        }
        run->rule = c->rule;
        return 1;
    }
    return 0;
}

/* The first of candidates[first .. first + count) that holds, if it comes before run->rule, becomes that. */
SUBPROGRAM guard_judge_list(u32 first, u32 count) {
    for (u32 i = 0; i < NSSCOPE_GUARD_CANDIDATES; i += CANDIDATES_AT_ONCE) {
        if (i >= count) break;
        if (guard_judge_some(first + i, count - i)) break;
    }
    return 0;
}

/* The rule that decides for the writer, or for the target; NONE. */
SUBPROGRAM guard_judge(u32 is_target) {
    struct run* run = this_run();

    if (!run) return (int)NONE;
    run->rule = NONE;
    run->is_target = is_target;
    for (u32 i = 0; i < MOST_LISTS; i++) {
        if (i >= run->nr_lists) break;
        guard_judge_list(run->lists[i].first, run->lists[i].count);
    }
    return (int)run->rule;
}
