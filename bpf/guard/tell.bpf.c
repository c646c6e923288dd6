/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
 *
 * What became of an attempt, for people: counted always, remembered by process and rule, and sent to a reader when
 * there is one. Nothing here has a say in the verdict, and nothing that fails here is lost without a count.
 */
#include "guard/state.bpf.h"

struct outcome {
    u32 rule;
    u8 verdict;
    u8 reason;
    u16 reserved;
};

static const struct nsscope_guard_attempt new_attempt;

static __always_inline void count_hit(u32 index) {
    u64* hit = bpf_map_lookup_elem(&hits, &index);
    if (hit) __sync_fetch_and_add(hit, 1);
}

static __always_inline u32 hit_index(const struct outcome* outcome) {
    switch (outcome->reason) {
    case NSSCOPE_SYSCTL_BY_DEFAULT: return config.nr_rules + NSSCOPE_GUARD_HITS_DEFAULT;
    case NSSCOPE_SYSCTL_BY_SETUP: return config.nr_rules + NSSCOPE_GUARD_HITS_SETUP;
    case NSSCOPE_SYSCTL_BY_ERROR: return config.nr_rules + NSSCOPE_GUARD_HITS_ERROR;
    default: return outcome->rule;
    }
}

static __always_inline struct nsscope_counters* guard_counts(void) {
    u32 zero = 0;
    return bpf_map_lookup_elem(&guard_counters, &zero);
}

static __always_inline void count_guard_loss(u32 type, u32 cause) {
    struct nsscope_counters* counts = guard_counts();
    if (counts) __sync_fetch_and_add(&counts->lost[cause][type % NSSCOPE_COUNTERS], 1);
}

/* See wake_reader() in lib/emit.bpf.h. */
static __always_inline void wake_guard_reader(struct nsscope_guard_control* control) {
    void* nothing;
    if (!control->asleep) return;
    control->asleep = 0;
    nothing = bpf_ringbuf_reserve(&guard_ring, 8, 0);
    if (nothing) bpf_ringbuf_discard(nothing, BPF_RB_FORCE_WAKEUP);
}

static __always_inline void fill_guarded_task(struct nsscope_task* out, struct task_struct* task) {
    struct task_struct* leader = BPF_CORE_READ(task, group_leader);
    struct pid* pid = BPF_CORE_READ(leader, thread_pid);

    out->start_ns = BPF_CORE_READ(leader, start_boottime);
    out->exe_key = 0;
    out->cgroup_id = BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id);
    out->pid = BPF_CORE_READ(task, tgid);
    out->tid = BPF_CORE_READ(task, pid);
    out->ppid = BPF_CORE_READ(task, real_parent, tgid);
    out->ns_pid = pid_number(pid, BPF_CORE_READ(pid, level)).nr;
    out->uid = BPF_CORE_READ(task, real_cred, uid.val);
    out->family = 0;
    BPF_CORE_READ_INTO(&out->comm, task, comm);
}

/* Remembers the attempt; false when a reader has had enough of this process and rule for this second. */
static __always_inline bool remember(struct run* run, struct task_struct* task,
                                     const struct outcome* outcome) {
    struct nsscope_guard_attempt_key key = {.start_ns = BPF_CORE_READ(task, group_leader, start_boottime),
                                            .pid = BPF_CORE_READ(task, tgid),
                                            .rule = hit_index(outcome)};
    struct nsscope_guard_attempt* attempt = bpf_map_lookup_elem(&attempts, &key);
    u64 now = bpf_ktime_get_ns();
    u64 len = run->new_len;

    if (!attempt) {
        bpf_map_update_elem(&attempts, &key, &new_attempt, BPF_NOEXIST);
        attempt = bpf_map_lookup_elem(&attempts, &key);
        if (!attempt) return true;
    }
    attempt->last_ns = now;
    __sync_fetch_and_add(&attempt->count, 1);
    attempt->verdict = outcome->verdict;
    attempt->reason = outcome->reason;
    if (now - attempt->second_ns >= 1000000000ull) {
        attempt->second_ns = now;
        attempt->told = 0;
    }
    if (attempt->told++ >= NSSCOPE_GUARD_TOLD_PER_SECOND) return false;
    attempt->cgroup_id = BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id);
    attempt->uid = BPF_CORE_READ(task, real_cred, uid.val);
    attempt->is_write = run->operation == NSSCOPE_GUARD_WRITES;
    BPF_CORE_READ_INTO(&attempt->comm, task, comm);
    __builtin_memcpy(attempt->name, run->name.text, sizeof(attempt->name));
    attempt->value_len = (u32)len;
    attempt->has_value = run->new_value != 0;
    if (len > sizeof(attempt->value)) len = sizeof(attempt->value);
    barrier_var(len);
    if (len <= sizeof(attempt->value))
        bpf_probe_read_kernel(attempt->value, len, (const void*)run->new_value);
    return true;
}

/* Copies a value; returns its flags. */
static __always_inline u32 copy_value(char* to, u16* to_len, u64 from, u64 len, u32 has, u32 cut) {
    u32 flags = has;

    *to_len = 0;
    if (!from) return 0;
    if (len > NSSCOPE_SYSCTL_VALUE_LEN) {
        len = NSSCOPE_SYSCTL_VALUE_LEN;
        flags |= cut;
    }
    barrier_var(len);
    if (len > NSSCOPE_SYSCTL_VALUE_LEN) return 0;
    if (bpf_probe_read_kernel(to, len, (const void*)from)) return 0;
    *to_len = (u16)len;
    return flags;
}

static __always_inline void send(struct run* run, struct task_struct* task, const struct outcome* outcome,
                                 bool held_back) {
    u32 type = run->operation == NSSCOPE_GUARD_WRITES ? NSSCOPE_EV_SYSCTL_WRITE : NSSCOPE_EV_SYSCTL_READ;
    struct nsscope_guard_control* control;
    struct nsscope_counters* counts = guard_counts();
    struct nsscope_sysctl_record* rec;
    u32 zero = 0, flags;

    control = bpf_map_lookup_elem(&guard_control, &zero);
    if (!control || !control->enabled) return;
    if (counts) __sync_fetch_and_add(&counts->produced[type % NSSCOPE_COUNTERS], 1);
    if (held_back) {
        count_guard_loss(type, NSSCOPE_LOSS_RATE_LIMIT);
        wake_guard_reader(control);
        return;
    }
    rec = bpf_ringbuf_reserve(&guard_ring, sizeof(*rec), 0);
    if (!rec) {
        count_guard_loss(type, NSSCOPE_LOSS_RING_FULL);
        wake_guard_reader(control);
        return;
    }
    rec->hdr.type = type;
    rec->hdr.size = sizeof(*rec);
    rec->hdr.cpu = bpf_get_smp_processor_id();
    rec->hdr.mono_ns = bpf_ktime_get_ns();
    fill_guarded_task(&rec->task, task);
    rec->policy = setup.policy;
    rec->pos = run->pos;
    rec->rule = outcome->rule;
    rec->verdict = outcome->verdict;
    rec->reason = outcome->reason;
    rec->net_inum = run->own_net_inum;
    flags = 0;
    if (run->set_net && run->set_net != run->own_net) {
        flags |= NSSCOPE_SYSCTL_OTHER_NET;
        rec->net_inum = run->set_net_inum;
    }
    __builtin_memcpy(rec->name, run->name.text, sizeof(rec->name));
    flags |= copy_value(rec->old, &rec->old_len, run->old_value, run->old_len, NSSCOPE_SYSCTL_HAS_OLD,
                        NSSCOPE_SYSCTL_OLD_CUT);
    flags |= copy_value(rec->new_value, &rec->new_len, run->new_value, run->new_len, NSSCOPE_SYSCTL_HAS_NEW,
                        NSSCOPE_SYSCTL_NEW_CUT);
    rec->flags = (u16)flags;
    bpf_ringbuf_submit(rec, BPF_RB_NO_WAKEUP);
    wake_guard_reader(control);
}

/* By itself, as whoever comes here knows one of a dozen outcomes, with each of which the verifier would look at all of
 * it. */
SUBPROGRAM guard_tell(u32 rule, u32 verdict, u32 reason) {
    const struct outcome outcome = {.rule = rule, .verdict = (u8)verdict, .reason = (u8)reason};
    struct task_struct* task = (struct task_struct*)bpf_get_current_task();
    struct run* run = this_run();
    bool held_back;

    if (!run) return 0;
    held_back = !remember(run, task, &outcome);
    send(run, task, &outcome, held_back);
    return 0;
}

/* Everything that a container writes is told, and of the rest what a rule did not simply allow. */
static __always_inline void tell(const struct run* run, const struct outcome* outcome) {
    count_hit(hit_index(outcome));
    if (outcome->verdict == NSSCOPE_GUARD_ALLOW && outcome->reason != NSSCOPE_SYSCTL_BY_ERROR) {
        if (!run->is_container) return;
        if (run->operation == NSSCOPE_GUARD_READS && outcome->reason != NSSCOPE_SYSCTL_BY_RULE) return;
    }
    guard_tell(outcome->rule, outcome->verdict, outcome->reason);
}
