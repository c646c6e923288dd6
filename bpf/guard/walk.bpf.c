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

enum look {
    GO_ON,
    END, /* there is no more to look at */
    HOLDS,
    HOLDS_IF, /* the condition of its rule does */
};

/* Looks at a candidate, which is run->rule_looked_at then. By itself, as are the loops below, one within the other: in one
 * loop the verifier would look at all of it a thousand times. */
SUBPROGRAM guard_look_at(u32 index) {
    const struct nsscope_guard_candidate* c = bpf_map_lookup_elem(&candidates, &index);
    struct run* run = this_run();
    enum tri scope;

    if (!run || !c || c->rule >= run->rule) return END;
    if (!(c->flags & run->operation)) return GO_ON;
    run->rule_looked_at = c->rule;
    run->unknown_holds = c->flags & NSSCOPE_GUARD_DENIES;
    scope = scope_holds(run, c);
    if (scope == NO || (scope == UNKNOWN && !run->unknown_holds)) return GO_ON;
    return c->flags & NSSCOPE_GUARD_CONDITIONAL ? HOLDS_IF : HOLDS;
}

#define CANDIDATES_AT_ONCE 16

/* Returns 1 when there is no more to look at. */
SUBPROGRAM guard_judge_some(u32 first, u32 count) {
    struct run* run = this_run();
    int seen, condition;

    if (!run) return 1;
    for (u32 i = 0; i < CANDIDATES_AT_ONCE; i++) {
        if (i >= count) return 1;
        seen = guard_look_at(first + i);
        if (seen == GO_ON) continue;
        if (seen == END) return 1;
        if (seen == HOLDS_IF) {
            condition = guard_condition(run->rule_looked_at);
            if (condition == NO || (condition == UNKNOWN && !run->unknown_holds)) continue;
        }
        run->rule = run->rule_looked_at;
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
