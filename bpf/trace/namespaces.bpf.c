/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
 *
 * ns.clone, ns.unshare and ns.setns by tracepoints alone.
 *
 * task_newtask (kernel/fork.c, in copy_process()) has parent and child at hand and cannot fail any more. unshare
 * and setns are seen at sys_exit, with arguments and result; the namespaces that the thread had before come from
 * `states`, where birth, exec and the last such call left them. A call that failed is seen at sys_exit alone.
 */
#include "lib/syscalls.bpf.h"
#include "lib/watch.bpf.h"

/* The slots that a call with these flags changes for its caller (unshare) or gives the child (clone). By itself: what the
 * verifier would know of the flags on each of its ways would have it follow each to the end of the program. */
SUBPROGRAM slots_of_flags(u64 flags, bool for_child) {
    u32 slots = 0;
    if (flags & CLONE_NEWCGROUP) slots |= 1u << NSSCOPE_SLOT_CGROUP;
    if (flags & CLONE_NEWIPC) slots |= 1u << NSSCOPE_SLOT_IPC;
    if (flags & CLONE_NEWNS) slots |= 1u << NSSCOPE_SLOT_MNT;
    if (flags & CLONE_NEWNET) slots |= 1u << NSSCOPE_SLOT_NET;
    if (flags & CLONE_NEWUSER) slots |= 1u << NSSCOPE_SLOT_USER;
    if (flags & CLONE_NEWUTS) slots |= 1u << NSSCOPE_SLOT_UTS;
    if (flags & CLONE_NEWPID)
        slots |= (1u << NSSCOPE_SLOT_PID_FOR_CHILDREN) | (for_child ? 1u << NSSCOPE_SLOT_PID : 0);
    if (flags & CLONE_NEWTIME)
        slots |= (1u << NSSCOPE_SLOT_TIME_FOR_CHILDREN) | (for_child ? 1u << NSSCOPE_SLOT_TIME : 0);
    return slots;
}

static __always_inline u32 types_of_slots(u32 slots) {
    if (slots & (1u << NSSCOPE_SLOT_PID_FOR_CHILDREN)) slots |= 1u << NSSCOPE_SLOT_PID;
    if (slots & (1u << NSSCOPE_SLOT_TIME_FOR_CHILDREN)) slots |= 1u << NSSCOPE_SLOT_TIME;
    return slots;
}

static __always_inline void fill_change(struct nsscope_change* change, u32 slot,
                                        const volatile struct happening* h,
                                        const volatile struct task_state* before,
                                        const volatile struct task_state* after) {
    const u32 bit = 1u << slot;
    const bool known = !(h->no_from & bit);

    change->from_id = known ? before->id[slot] : 0;
    change->from_inum = known ? before->inum[slot] : 0;
    change->to_id = after->id[slot];
    change->to_inum = after->inum[slot];
    change->slot = slot;
    change->flags = (h->created & bit ? NSSCOPE_CHANGE_CREATED : 0) | (known ? 0 : NSSCOPE_CHANGE_NO_FROM);
    change->reserved = 0;
}

/* The change in the lowest of these slots; none when there is none. */
static __always_inline void fill_lowest_change(struct nsscope_change* change, u32 slots,
                                               const volatile struct happening* h,
                                               const volatile struct task_state* before,
                                               const volatile struct task_state* after) {
    volatile u16* written = &change->slot;
    u32 slot;

    *written = lowest_slot(slots);
    slot =
        *written; /* out of memory it comes as any number, not as one that the verifier asks where it is from */
    barrier_var(slot);
    if (slot < NSSCOPE_SLOTS) fill_change(change, slot, h, before, after);
}

static __always_inline void fill_record(struct nsscope_record* rec, const volatile struct happening* h,
                                        struct task_struct* task, struct task_struct* child, u64 exe) {
    rec->syscall = h->syscall;
    rec->rec_flags = h->rec_flags | (child ? NSSCOPE_REC_HAS_CHILD : 0);
    rec->exit_code = 0;
    rec->result = h->result;
    rec->flags = h->flags;
    fill_task(&rec->task, task, exe);
    if (child) fill_task(&rec->child, child, exe); /* it has not exec'ed yet */
}

static __always_inline bool is_to_be_told(const volatile struct happening* h, struct task_struct* task,
                                          struct task_struct* child) {
    return is_reported(h->type, types_of_slots(h->changed | h->asked), task, child);
}

/* A call that changed nothing, or a birth like any other. */
static __always_inline void emit_plain(const volatile struct happening* h, struct task_struct* task,
                                       struct task_struct* child) {
    struct nsscope_record* rec;
    u64 exe;

    if (!is_to_be_told(h, task, child)) return;
    exe = exe_key(task, 0);
    rec = reserve_record(h->type, 0);
    if (!rec) return;
    fill_record(rec, h, task, child, exe);
    submit(rec);
}

/* Most records have one or two changes, and get room for no more. */
static __always_inline void emit_changes(const volatile struct happening* h, struct task_struct* task,
                                         struct task_struct* child, const volatile struct task_state* before,
                                         const volatile struct task_state* after) {
    const u32 others = h->changed & (h->changed - 1); /* but for the first */
    struct nsscope_record* rec;
    u64 exe;

    if (!is_to_be_told(h, task, child)) return;
    exe = exe_key(task, 0);
    if (!others || !(others & (others - 1))) {
        rec = reserve_record(h->type, NSSCOPE_FEW_CHANGES);
        if (!rec) return;
        fill_lowest_change(&rec->changes[0], h->changed, h, before, after);
        fill_lowest_change(&rec->changes[1], others, h, before, after);
    } else {
        rec = reserve_record(h->type, NSSCOPE_SLOTS);
        if (!rec) return;
        ROLLED for (u32 slot = 0; slot < NSSCOPE_SLOTS; slot++) {
            if (h->changed & (1u << slot))
                fill_change(&rec->changes[slot], slot, h, before, after);
            else
                rec->changes[slot].slot = NSSCOPE_SLOTS;
        }
    }
    fill_record(rec, h, task, child, exe);
    submit(rec);
}

static __always_inline bool is_restart(s64 result) {
    return result == -ERESTARTSYS || result == -ERESTARTNOINTR || result == -ERESTARTNOHAND ||
           result == -ERESTART_RESTARTBLOCK;
}

/* A call of the current task that failed, or changed nothing. A clone that asks for 0: it is not known what for. By itself,
 * as are those below: their callers come here in a dozen ways, in each of which the verifier would look at all of it. */
SUBPROGRAM emit_call(u32 type, u32 syscall, u32 asked, u64 flags, s64 result) {
    const struct happening h = {
        .type = type,
        .syscall = syscall,
        .asked = asked,
        .rec_flags = type == NSSCOPE_EV_NS_CLONE && !asked ? NSSCOPE_REC_NO_FLAGS : 0,
        .result = result,
        .flags = flags,
    };
    emit_plain(&h, plain(current_task()), NULL);
    return 0;
}

/* Where a slot that was asked for lies where it did before, something was missed, and another has come to lie there: then
 * the numbers of none are believed. (setns(2) changes none where it is already; nobody leaves its pid namespace.) */
static __always_inline bool is_doubtful(u32 differing, u32 asked) {
    return asked & ~differing & ~(1u << NSSCOPE_SLOT_PID);
}

/* unshare(2) or setns(2) returns. */
SUBPROGRAM on_switch(u32 syscall, u64 flags, s64 result) {
    struct task_struct* task = plain(current_task());
    /* reckoned and not asked for, so that there is one way, and not one for each of the two */
    const u32 is_setns = syscall - NSSCOPE_SYS_UNSHARE, type = NSSCOPE_EV_NS_UNSHARE + is_setns;
    const u32 asked = slots_of_flags(flags, is_setns), if_unshare = is_setns - 1;
    volatile struct task_state *now, *before;
    volatile struct happening* h;
    struct thread* thread;
    bool is_known;

    _Static_assert(NSSCOPE_SYS_SETNS == NSSCOPE_SYS_UNSHARE + 1, "see is_setns");
    _Static_assert(NSSCOPE_EV_NS_SETNS == NSSCOPE_EV_NS_UNSHARE + 1, "see type");
    if (result < 0) return emit_call(type, syscall, asked, flags, result);
    thread = thread_of(GET(task, pid));
    if (!thread) {
        count_unknown(type);
        return 0;
    }
    now = &thread->now;
    before = &thread->before;
    h = &thread->happening;
    h->type = type;
    h->syscall = syscall;
    h->asked = asked;
    h->created = asked & if_unshare;
    h->rec_flags = 0;
    h->result = result;
    h->flags = flags;
    is_known = now->ns[NSSCOPE_SLOT_USER];
    h->changed = 0;
    /* what was freed in a slot is told of by what `before` says */
    h->read = is_known ? slots_to_read(thread, task) | thread->freed : ALL_SLOTS;
    if (is_doubtful(h->read, asked) || !h->read) h->read = ALL_SLOTS;
    FOR_EACH_SLOT(slot) {
        if (!(h->read & (1u << slot))) continue;
        before->ns[slot] = now->ns[slot];
        before->id[slot] = now->id[slot];
        before->inum[slot] = now->inum[slot];
        h->changed |= read_slot(now, task, slot) << slot;
    }
    if (is_known) {
        /* a successful unshare changes what it asks for: where nothing differs, the state was taken too late */
        h->no_from = asked & if_unshare & ~h->changed;
        h->changed |= h->no_from;
    } else {
        h->changed = h->no_from = asked;
    }
    if (!h->changed)
        emit_call(type, syscall, asked, flags, result);
    else
        emit_changes(h, task, NULL, before, now);

    FOR_EACH_SLOT_OF(h->changed, slot) {
        watch_enter(now->ns[slot], now->id[slot], now->inum[slot], slot,
                    ((h->created & ~h->no_from) >> slot) & 1);
        if (!(h->no_from & (1u << slot)))
            watch_leave(before->ns[slot], before->id[slot], before->inum[slot], slot);
    }
    watch_returned(thread, before);
    return 0;
}

/* clone, clone3, fork or vfork failed: nobody else tells. */
SUBPROGRAM on_failed_clone(u32 syscall, u64 arg0, s64 result) {
    u64 flags = arg0;
    u32 asked;

    if (syscall == NSSCOPE_SYS_FORK || syscall == NSSCOPE_SYS_VFORK) return 0; /* ask for no namespace */
    if (syscall == NSSCOPE_SYS_CLONE) {
        asked = slots_of_flags(flags & ~CSIGNAL, true); /* CLONE_NEWTIME is in the signal's place */
    } else {
        /* clone_args.flags, its first member: may have changed since the call read it, nothing better is left */
        if (bpf_probe_read_user(&flags, sizeof(flags), (void*)arg0)) {
            if (result == -EFAULT) return 0; /* the call could not read it either, so nothing was asked for */
            return emit_call(NSSCOPE_EV_NS_CLONE, syscall, 0, 0, result);
        }
        asked = slots_of_flags(flags, true);
    }
    return asked ? emit_call(NSSCOPE_EV_NS_CLONE, syscall, asked, flags, result) : 0;
}

static __always_inline u64 switch_flags(const struct syscall* call) {
    return call->which == NSSCOPE_SYS_UNSHARE ? call->arg0 : (u32)call->arg1; /* setns(int fd, int nstype) */
}

static __noinline int followed_returned(struct pt_regs* regs, s64 result) {
    struct syscall call = syscall_of(regs);

    if (call.which == NSSCOPE_SYS_NONE || is_restart(result)) return 0;
    if (call.which == NSSCOPE_SYS_UNSHARE || call.which == NSSCOPE_SYS_SETNS)
        on_switch(call.which, switch_flags(&call), result);
    else if (result < 0)
        on_failed_clone(call.which, call.arg0, result);
    return 0;
}

/* Every system call of every process comes this way, the last rung: so this needs no register that would have to be saved,
 * and the rest is apart. */
SEC(TRACEPOINT "sys_exit")
int BPF_PROG(sys_exit, struct pt_regs* regs, long result) {
    return follows(regs) ? followed_returned(regs, result) : 0;
}

/* The functions that do the calls, each with a program of its own, which the kernel verifies and translates by itself: so
 * these are but doors to a few that go on for them (Attachment::goes_on_in). What a program goes on in by a tail call must be
 * for a function of the same prototype, from 6.1 on. All system calls have the same, but for those that a kernel may be
 * without (kernel/sys_ni.c), of which the types may be those of the stub: clone3. (Where that is so for one of its two
 * functions alone, the kernel refuses, and kprobes are used.) Some results are an int, of which the register's upper half
 * says nothing. */
static __always_inline int call_returned(s32 result) {
    struct task_struct* current = current_task();
    return GET(current, flags) & PF_KTHREAD ? 0 : followed_returned(pt_regs_of(current), result);
}

static __always_inline int clone3_failed(s32 result) {
    struct syscall call = current_syscall(current_task());
    return call.which != NSSCOPE_SYS_CLONE3 || is_restart(result)
               ? 0
               : on_failed_clone(call.which, call.arg0, result);
}

#define PROGRAMS_TO_GO_ON_IN(function, name, then)                                                           \
    SEC("fexit/" function)                                                                                   \
    int BPF_PROG(fexit_##name, u64 argument, u64 result) { return then(result); }                            \
    SEC("kretprobe/" function)                                                                               \
    int kretprobe_##name(struct pt_regs* ctx) { return then(RETURN_VALUE(ctx)); }                            \
    WAY_TO(fexit_##name);                                                                                    \
    WAY_TO(kretprobe_##name);

PROGRAMS_TO_GO_ON_IN(SYSCALL_PREFIX "setns", call, call_returned)
PROGRAMS_TO_GO_ON_IN(SYSCALL_PREFIX "clone3", clone3_failure, clone3_failed)

#define ON_RETURN_OF(function, name, is_of_interest, goes_on_in)                                             \
    SEC("fexit/" function)                                                                                   \
    int BPF_PROG(fexit_##name, u64 argument, u64 result) {                                                   \
        if (is_of_interest(result)) bpf_tail_call(ctx, &to_fexit_##goes_on_in, 0);                           \
        return 0;                                                                                            \
    }                                                                                                        \
    SEC("kretprobe/" function)                                                                               \
    int kretprobe_##name(struct pt_regs* ctx) {                                                              \
        if (is_of_interest(RETURN_VALUE(ctx))) bpf_tail_call(ctx, &to_kretprobe_##goes_on_in, 0);            \
        return 0;                                                                                            \
    }
#define ALWAYS(result) true
#define HAS_FAILED(result) ((s32)(result) < 0) /* task_newtask tells of those that succeed */

ON_RETURN_OF(SYSCALL_PREFIX "unshare", unshare, ALWAYS, call)
ON_RETURN_OF(SYSCALL_PREFIX "setns", setns, ALWAYS, call)
ON_RETURN_OF(SYSCALL_PREFIX "clone", clone, HAS_FAILED, call)
ON_RETURN_OF(SYSCALL_PREFIX "clone3", clone3, HAS_FAILED, clone3_failure)
#ifdef __TARGET_ARCH_x86 /* for 32-bit programs, where the kernel runs them */
ON_RETURN_OF("__ia32_sys_unshare", unshare32, ALWAYS, call)
ON_RETURN_OF("__ia32_sys_setns", setns32, ALWAYS, call)
ON_RETURN_OF("__ia32_compat_sys_ia32_clone", clone32, HAS_FAILED, call)
ON_RETURN_OF("__ia32_sys_clone3", clone332, HAS_FAILED, clone3_failure)
#endif

/* The pid that the caller of clone gets: pid_vnr(), kernel/pid.c. */
static __always_inline u32 nr_seen_by(struct task_struct* parent, struct task_struct* child) {
    struct pid *pid = GET(child, thread_pid), *parent_pid = GET(parent, thread_pid);
    if (!pid || !parent_pid) return 0;
    if (GET(parent_pid, level) == 0) return GET(child, pid);
    return pid_number(pid, GET(parent_pid, level)).nr;
}

/* Which call it is that gives birth, and with what flags. */
static __always_inline void fill_call(volatile struct happening* h, struct task_struct* parent,
                                      u64 clone_flags) {
    const struct syscall call = current_syscall(parent);
    const bool has_flags = call.which == NSSCOPE_SYS_CLONE || call.which == NSSCOPE_SYS_CLONE3;

    h->syscall = call.which;
    h->flags = call.which == NSSCOPE_SYS_CLONE ? call.arg0 : clone_flags;
    h->rec_flags = has_flags ? 0 : NSSCOPE_REC_NO_FLAGS;
}

/* Apart, so that it is clear to the verifier what is asked for: where no forks are, nothing is left of this. */
static __always_inline void emit_fork(const volatile struct happening* birth, struct task_struct* parent,
                                      struct task_struct* child) {
    const struct happening h = {
        .type = NSSCOPE_EV_PROCESS_FORK,
        .syscall = birth->syscall,
        .rec_flags = birth->rec_flags,
        .result = birth->result,
        .flags = birth->flags,
    };
    emit_plain(&h, parent, child);
}

SEC(TRACEPOINT "task_newtask")
int BPF_PROG(task_newtask, struct task_struct* newborn, u64 clone_flags) {
    struct task_struct* current = current_task();
    struct task_struct *parent = plain(current), *child = plain(newborn);
    const u32 asked = slots_of_flags(clone_flags, true), tid = GET(child, pid);
    volatile struct task_state *before, *now;
    volatile struct happening* h;
    struct thread *parents, *childs;
    int err = 0;

    parents = thread_of(GET(parent, pid));
    if (parents) {
        if (!parents->now.ns[NSSCOPE_SLOT_USER]) read_slots(&parents->now, parent, ALL_SLOTS);
        err = bpf_map_update_elem(&states, &tid, parents, BPF_ANY);
    }
    childs = err ? NULL : bpf_map_lookup_elem(&states, &tid);
    if (!parents || !childs) {
        if (asked) count_unknown(NSSCOPE_EV_NS_CLONE);
        count_unknown(NSSCOPE_EV_PROCESS_FORK);
        return 0;
    }
    before = &parents->now;
    now = &childs->now;
    h = &parents->happening;
    childs->freed = 0;
    if (filter()->family) childs->family = is_family(parent) == YES;
    h->type = NSSCOPE_EV_NS_CLONE;
    h->asked = asked;
    h->read = slots_to_read(childs, child) | born_elsewhere(childs, child);
    if (is_doubtful(h->read, asked)) h->read = ALL_SLOTS;
    h->changed = h->read ? read_slots(now, child, h->read) : 0;
    /* as above; what shares memory with its parent stays in its time namespace, whatever it asks for */
    h->no_from = asked & ~h->changed & ~(1u << NSSCOPE_SLOT_TIME);
    h->changed |= h->no_from;
    FOR_EACH_SLOT_OF(h->changed, slot) {
        /* a new one is entered by its own slot; "for children", the child's is the same */
        watch_enter(now->ns[slot], now->id[slot], now->inum[slot], slot,
                    slot < NSSCOPE_SLOT_PID_FOR_CHILDREN && (asked & ~h->no_from & (1u << slot)));
    }
    /* that its own children will be born where it is itself goes without saying */
    if (now->ns[NSSCOPE_SLOT_PID] == now->ns[NSSCOPE_SLOT_PID_FOR_CHILDREN])
        h->changed &= ~(1u << NSSCOPE_SLOT_PID_FOR_CHILDREN);
    if (now->ns[NSSCOPE_SLOT_TIME] == now->ns[NSSCOPE_SLOT_TIME_FOR_CHILDREN])
        h->changed &= ~(1u << NSSCOPE_SLOT_TIME_FOR_CHILDREN);
    if (!h->changed && !is_wanted(NSSCOPE_EV_PROCESS_FORK)) return 0;
    h->created = h->changed & asked;
    h->result = nr_seen_by(parent, child);
    fill_call(h, current, clone_flags);
    if (h->changed) emit_changes(h, parent, child, before, now);
    emit_fork(h, parent, child);
    return 0;
}
