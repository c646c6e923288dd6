/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
 *
 * `nsscope guard`: who may write which sysctl. guard.h says what is decided and how; guard/marks.bpf.h how runtimes
 * are told from what they run.
 *
 * The program is one of several on its hook, and every one of them must agree: it says no, or nothing.
 */
#include "guard/state.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#include "guard/marks.bpf.c"

#include "guard/names.bpf.c"

#include "guard/who.bpf.c"

#include "guard/value.bpf.c"

#include "guard/walk.bpf.c"

#include "guard/tell.bpf.c"

enum {
    REFUSE,
    PASS,
};

/* The values. The context is inside what a program sees of it. */
static __always_inline void read_attempt(struct run* run, struct bpf_sysctl* ctx) {
    const struct bpf_sysctl_kern* kern = (const struct bpf_sysctl_kern*)ctx;

    run->operation = ctx->write ? NSSCOPE_GUARD_WRITES : NSSCOPE_GUARD_READS;
    run->old_value = (u64)BPF_CORE_READ(kern, cur_val);
    run->old_len = (u32)BPF_CORE_READ(kern, cur_len);
    if (ctx->write) {
        run->new_value = (u64)BPF_CORE_READ(kern, new_val);
        run->new_len = (u32)BPF_CORE_READ(kern, new_len);
    }
    bpf_probe_read_kernel(&run->pos, sizeof(run->pos), BPF_CORE_READ(kern, ppos));
    run->max_len = BPF_CORE_READ(kern, table, maxlen);
}

/* Whose setting it is. */
static __always_inline void read_nets(struct run* run, struct ctl_table_header* head,
                                      struct task_struct* task) {
    struct net* net = BPF_CORE_READ(task, nsproxy, net_ns);
    struct ctl_table_set* set;

    run->own_net = (u64)net;
    run->own_net_inum = BPF_CORE_READ(net, ns.inum);
    if (run->name.text[0] != 'n' || run->name.text[1] != 'e' || run->name.text[2] != 't' ||
        run->name.text[3] != '/')
        return;
    set = BPF_CORE_READ(head, set);
    if (!set || (u64)set == (u64)BPF_CORE_READ(head, root) +
                                bpf_core_field_offset(struct ctl_table_root, default_set))
        return; /* one for all */
    net = (struct net*)((u64)set - bpf_core_field_offset(struct net, sysctls));
    run->set_net = (u64)net;
    run->set_net_inum = BPF_CORE_READ(net, ns.inum);
}

/* The address of the initial network namespace: found by guard_find_init_net(). */
struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, __u64);
} first_net SEC(".maps");

static __always_inline bool is_initial_net(u64 net) {
    u32 zero = 0;
    const u64* first = bpf_map_lookup_elem(&first_net, &zero);
    return first && *first == net;
}

static __always_inline struct outcome outcome_of(u32 rule, bool by_default) {
    struct outcome outcome = {.rule = rule, .verdict = NSSCOPE_GUARD_ALLOW, .reason = NSSCOPE_SYSCTL_BY_RULE};
    const struct nsscope_guard_rule* found;

    if (rule == NONE) {
        outcome.reason = NSSCOPE_SYSCTL_BY_DEFAULT;
        if (by_default) outcome.verdict = config.default_action;
        return outcome;
    }
    found = bpf_map_lookup_elem(&rules, &rule);
    if (found)
        outcome.verdict = found->action;
    else
        outcome.reason = NSSCOPE_SYSCTL_BY_ERROR;
    return outcome;
}

static __always_inline struct outcome error_outcome(void) {
    struct outcome outcome = {.rule = NONE, .verdict = config.on_error, .reason = NSSCOPE_SYSCTL_BY_ERROR};
    return outcome;
}

/* What the policy says of this attempt, whose name and namespaces are known if `named`. */
static __always_inline struct outcome decide(struct run* run, struct task_struct* task, bool named) {
    bool is_write = run->operation == NSSCOPE_GUARD_WRITES;
    bool unknown = find_who(run, task);
    struct outcome outcome, of_target;

    if (!config.judge_setup && is_marked(task)) {
        outcome = outcome_of(NONE, false);
        outcome.reason = NSSCOPE_SYSCTL_BY_SETUP;
        return outcome;
    }
    if (unknown || !named || guard_find_lists()) return error_outcome();
    outcome = outcome_of((u32)guard_judge(false), is_write && run->is_container);
    if (run->set_net && run->set_net != run->own_net) {
        bool writer = run->is_container;
        run->is_container = !is_initial_net(run->set_net);
        of_target = outcome_of((u32)guard_judge(true), is_write && run->is_container);
        run->is_container |= writer;
        if (of_target.verdict > outcome.verdict) outcome = of_target;
    }
    if (outcome.reason == NSSCOPE_SYSCTL_BY_ERROR) return error_outcome();
    return outcome;
}

static __always_inline struct outcome judge(struct run* run, struct bpf_sysctl* ctx,
                                            struct task_struct* task) {
    const struct bpf_sysctl_kern* kern = (const struct bpf_sysctl_kern*)ctx;
    bool named = bpf_sysctl_get_name(ctx, run->name.text, sizeof(run->name.text), 0) > 0;

    read_attempt(run, ctx);
    read_nets(run, BPF_CORE_READ(kern, head), task);
    return decide(run, task, named);
}

/* The page to put in the place of what is written. The writer is to see success with its own length, so as much of it
 * is taken as was written; NULL when what the policy says does not fit in there. */
static __always_inline struct page* replacement(const struct run* run, u32 rule) {
    const struct nsscope_guard_rule* found = bpf_map_lookup_elem(&rules, &rule);
    const u32* least;
    u32 index;

    if (!found || run->pos || run->new_len == 0 || run->new_len > NSSCOPE_GUARD_NUMBERS_LEN) return NULL;
    index = found->replacement;
    least = bpf_map_lookup_elem(&fill_lens, &index);
    if (!least || run->new_len < *least) return NULL;
    return bpf_map_lookup_elem(&fills, &index);
}

static __always_inline bool replace(struct bpf_sysctl* ctx, const struct page* page, u64 len) {
    u64 but_one = len - 1;

    if (but_one >= NSSCOPE_GUARD_NUMBERS_LEN) return false;
    but_one = masked(but_one, NSSCOPE_GUARD_PAGE - 1); /* so that 5.10 sees, too, that the length is not 0 */
    return bpf_sysctl_set_new_value(ctx, page->bytes, but_one + 1) == 0;
}

static __always_inline int enforce(struct run* run, struct bpf_sysctl* ctx, struct task_struct* task) {
    struct outcome outcome = judge(run, ctx, task);
    struct page* page = NULL;

    if (config.audit_only && outcome.verdict > NSSCOPE_GUARD_AUDIT) outcome.verdict = NSSCOPE_GUARD_AUDIT;
    if (outcome.verdict == NSSCOPE_GUARD_OVERRIDE) {
        page = config.deny_overrides ? NULL : replacement(run, outcome.rule);
        if (!page) {
            outcome.verdict = NSSCOPE_GUARD_DENY;
            outcome.reason = NSSCOPE_SYSCTL_NO_ROOM;
        }
    }
    tell(run, &outcome); /* before what was written is gone */
    if (page && !replace(ctx, page, run->new_len)) {
        count_hit(config.nr_rules + NSSCOPE_GUARD_HITS_ERROR);
        return REFUSE;
    }
    return outcome.verdict == NSSCOPE_GUARD_DENY ? REFUSE : PASS;
}

SEC("cgroup/sysctl")
int guard_sysctl(struct bpf_sysctl* ctx) {
    u64 key = bpf_get_current_task();
    struct run* run;
    int verdict;

    if (!ctx->write && !config.has_reads) return PASS;
    run = begin_run(key);
    if (!run) {
        count_hit(config.nr_rules + NSSCOPE_GUARD_HITS_ERROR);
        return config.on_error == NSSCOPE_GUARD_ALLOW || config.audit_only ? PASS : REFUSE;
    }
    verdict = enforce(run, ctx, (struct task_struct*)key);
    bpf_map_delete_elem(&runs, &key);
    return verdict;
}

#include "guard/files.bpf.c"

/* Run once by user space before anything is attached. The parent of all is the kernel's first task, which never left
 * that namespace. */
SEC("raw_tp/")
int guard_find_init_net(void* ctx) {
    struct task_struct* task = (struct task_struct*)bpf_get_current_task();
    u32 zero = 0;
    u64 net;

    for (int i = 0; i < 64; i++) {
        if (BPF_CORE_READ(task, pid) == 0) break;
        task = BPF_CORE_READ(task, real_parent);
    }
    if (BPF_CORE_READ(task, pid) != 0) return 0;
    net = (u64)BPF_CORE_READ(task, nsproxy, net_ns);
    bpf_map_update_elem(&first_net, &zero, &net, BPF_ANY);
    return 0;
}
