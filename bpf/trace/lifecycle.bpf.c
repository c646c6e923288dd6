/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
 *
 * exec and exit: what they do to a task's namespaces, and process.exec and process.exit themselves
 * (process.fork comes with the births, in namespaces.bpf.c).
 */
#include "lib/watch.bpf.h"

/* Room for a record with the task filled in and `nr_changes` (a constant) changes to be; NULL when there is none. */
static __always_inline struct nsscope_record* begin_task_record(u32 type, u32 syscall, u32 nr_changes,
                                                                struct task_struct* task, u64 exe) {
    struct nsscope_record* rec = reserve_record(type, nr_changes);
    if (!rec) return NULL;
    rec->syscall = syscall;
    rec->rec_flags = NSSCOPE_REC_NO_FLAGS;
    rec->exit_code = 0;
    rec->result = 0;
    rec->flags = 0;
    fill_task(&rec->task, task, exe);
    return rec;
}

/* exec_task_namespaces() (kernel/nsproxy.c, 6.1; timens_on_exec() at fork before 6.12 as far as CLONE_VM goes):
 * the time namespace for children becomes the task's own. */
static __always_inline void on_time_changed(struct task_struct* task, struct thread* thread, u64 exe) {
    const u32 slot = NSSCOPE_SLOT_TIME;
    volatile struct task_state* state = &thread->now;
    struct ns_ident time = slot_ident(task, slot);
    struct watched left = {.ns = state->ns[slot], .id = state->id[slot], .inum = state->inum[slot]};
    struct nsscope_record* rec;

    if (time.ns == left.ns) return;
    state->ns[slot] = time.ns;
    state->id[slot] = time.id;
    state->inum[slot] = time.inum;

    if (is_reported(NSSCOPE_EV_NS_SETNS, 1u << slot, task, NULL)) {
        rec = begin_task_record(NSSCOPE_EV_NS_SETNS, NSSCOPE_SYS_EXECVE, 1, task, exe);
        if (rec) {
            rec->changes[0].from_id = left.id;
            rec->changes[0].from_inum = left.inum;
            rec->changes[0].to_id = time.id;
            rec->changes[0].to_inum = time.inum;
            rec->changes[0].slot = slot;
            rec->changes[0].flags = 0;
            rec->changes[0].reserved = 0;
            submit(rec);
        }
    }
    watch_enter(state->ns[slot], state->id[slot], state->inum[slot], slot, false);
    watch_leave(left.ns, left.id, left.inum, slot);
    if (thread->freed & (1u << slot)) watch_tell(left.id, left.inum, slot, 0);
    thread->freed &= ~(1u << slot);
}

SEC(TRACEPOINT "sched_process_exec")
int BPF_PROG(sched_process_exec, struct task_struct* current, int old_tid) {
    struct task_struct* task = plain(current);
    u32 tid = GET(task, pid), before_exec = old_tid;
    struct thread* thread;
    struct nsscope_record* rec;
    u64 exe;

    /* a thread that execs takes over the leader's pid: de_thread(), fs/exec.c */
    thread = bpf_map_lookup_elem(&states, &before_exec);
    if (thread && before_exec != tid) {
        bpf_map_update_elem(&states, &tid, thread, BPF_ANY);
        bpf_map_delete_elem(&states, &before_exec);
        thread = bpf_map_lookup_elem(&states, &tid);
    }
    exe = control.enabled ? exe_key(task, 0) : 0;
    if (thread) {
        thread->now.exe_key = exe;
        on_time_changed(task, thread, exe);
    }
    if (!is_reported(NSSCOPE_EV_PROCESS_EXEC, 0, task, NULL)) return 0;
    rec = begin_task_record(NSSCOPE_EV_PROCESS_EXEC, NSSCOPE_SYS_NONE, 0, task, exe);
    if (rec) {
        rec->mnt_inum = slot_ident(task, NSSCOPE_SLOT_MNT).inum;
        submit(rec);
    }
    return 0;
}

/* Could this task be the last in one of its namespaces? Then its parent is not in it, or it is the only user of its
 * nsproxy. */
static __always_inline bool may_end_a_namespace(struct task_struct* task) {
    struct task_struct* parent = GET(task, real_parent);
    struct nsproxy *proxy = GET(task, nsproxy), *parents_proxy = GET(parent, nsproxy);

    if (proxy && users_of(proxy) == 1) return true;
    if (proxy != parents_proxy) return true;
    if ((u64)GET(task, real_cred, user_ns) != (u64)GET(parent, real_cred, user_ns)) return true;
    return active_pid_ns(task).ns != active_pid_ns(parent).ns;
}

SEC(TRACEPOINT "sched_process_exit")
int BPF_PROG(sched_process_exit, struct task_struct* current) {
    struct task_struct* task = plain(current);
    u32 tid = GET(task, pid);
    struct thread* thread = bpf_map_lookup_elem(&states, &tid);
    struct nsscope_record* rec;

    if (is_reported(NSSCOPE_EV_PROCESS_EXIT, 0, task, NULL)) {
        rec = begin_task_record(NSSCOPE_EV_PROCESS_EXIT, NSSCOPE_SYS_NONE, 0, task,
                                exe_key(task, thread ? thread->now.exe_key : 0));
        if (rec) {
            rec->exit_code = GET(task, exit_code);
            submit(rec);
        }
    }
    if (thread) watch_returned(thread, &thread->now); /* of which nobody saw the return */
    bpf_map_delete_elem(&states, &tid);
    if (!config.deaths_told && may_end_a_namespace(task)) {
        control.dirty = 1;
        wake_reader();
    }
    return 0;
}
