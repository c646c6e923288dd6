/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
 *
 * Who has a mark: guard/marks.bpf.h says why.
 */
#include "guard/marks.bpf.h"

/* include/linux/sched.h: forked but didn't exec */
#define PF_FORKNOEXEC 0x00000040

static __always_inline struct cgroup_key key_of(struct cgroup* cgroup) {
    struct cgroup_key key = {.id = BPF_CORE_READ(cgroup, kn, id),
                             .hierarchy = (u64)BPF_CORE_READ(cgroup, root, hierarchy_id)};
    return key;
}

/* Is the cgroup at this address, or one above it, sealed? */
SUBPROGRAM guard_is_sealed(u64 address) {
    struct cgroup* cgroup = (struct cgroup*)address;
    struct kernfs_node* node = BPF_CORE_READ(cgroup, kn);
    struct cgroup_key key = {.hierarchy = (u64)BPF_CORE_READ(cgroup, root, hierarchy_id)};

    for (u32 level = 0; level < MOST_CGROUP_LEVELS; level++) {
        if (!node) return false;
        key.id = BPF_CORE_READ(node, id);
        if (bpf_map_lookup_elem(&sealed, &key)) return true;
        node = kernfs_parent(node);
    }
    return true; /* deeper than anyone nests; who does it has something to hide */
}

static __always_inline bool is_sealed(struct cgroup* cgroup) { return guard_is_sealed((u64)cgroup); }

static __always_inline bool is_root(struct cgroup* cgroup) {
    return !kernfs_parent(BPF_CORE_READ(cgroup, kn));
}

static __always_inline bool is_outside(struct task_struct* task) {
    return is_in_initial_pid_ns(task) && !is_sealed(BPF_CORE_READ(task, cgroups, dfl_cgrp));
}

/* Is nobody in this cgroup and below it but this process? It is there already. */
static __always_inline bool is_alone(struct cgroup* cgroup, struct task_struct* task) {
    return populated_csets(cgroup) == 1 && BPF_CORE_READ(cgroup, nr_populated_domain_children) == 0 &&
           BPF_CORE_READ(cgroup, nr_populated_threaded_children) == 0 &&
           /* threads on their way out have left the cgroup already */
           BPF_CORE_READ(task, cgroups, nr_tasks) <= BPF_CORE_READ(task, signal, nr_threads);
}

static __always_inline u64 exe_bytes(struct task_struct* task) {
    return (u64)BPF_CORE_READ(task, mm, exe_file, f_path.dentry, d_inode, i_size);
}

static __always_inline void set_mark(struct task_struct* task, struct nsscope_guard_mark* mark) {
    u32 tgid = BPF_CORE_READ(task, tgid);
    mark->start_ns = BPF_CORE_READ(task, group_leader, start_boottime);
    bpf_map_update_elem(&marks, &tgid, mark, BPF_ANY); /* no room: it will be judged as any other */
}

/* `by` put `task` into `cgroup`, or was born there from it. */
static __always_inline void on_arrival(struct cgroup* cgroup, struct task_struct* task,
                                       struct task_struct* by) {
    struct task_struct* parent = BPF_CORE_READ(task, real_parent);
    struct own_namespaces own, runtime;
    struct nsscope_guard_mark mark = {};

    if (BPF_CORE_READ(task, flags) & PF_KTHREAD) return;
    if (is_root(cgroup) || !is_alone(cgroup, task) || is_sealed(cgroup) || !is_outside(by)) return;
    read_namespaces(&own, task);
    read_namespaces(&runtime, by);
    if (!are_same(&own, &runtime)) {
        /* systemd puts it there for a runtime: its parent */
        if (!is_outside(parent)) return;
        read_namespaces(&runtime, parent);
        if (!are_same(&own, &runtime) && !(BPF_CORE_READ(task, flags) & PF_FORKNOEXEC)) return;
    }
    __builtin_memcpy(mark.runtime, runtime.ns, sizeof(mark.runtime));
    mark.until_ns = bpf_ktime_get_ns() + MARK_NS;
    mark.exe_bytes = exe_bytes(task);
    set_mark(task, &mark);
}

/* TRACE_EVENT cgroup_attach_task(dst_cgrp, path, task, threadgroup): include/trace/events/cgroup.h */
SEC("raw_tp/cgroup_attach_task")
int guard_attach(struct bpf_raw_tracepoint_args* ctx) {
    struct task_struct* by = (struct task_struct*)bpf_get_current_task();
    on_arrival((struct cgroup*)ctx->args[0], (struct task_struct*)ctx->args[2], by);
    return 0;
}

/* TRACE_EVENT sched_process_fork(parent, child): include/trace/events/sched.h */
SEC("raw_tp/sched_process_fork")
int guard_fork(struct bpf_raw_tracepoint_args* ctx) {
    struct task_struct* parent = (struct task_struct*)ctx->args[0];
    struct task_struct* child = (struct task_struct*)ctx->args[1];
    u32 tgid = BPF_CORE_READ(parent, tgid);
    struct cgroup* cgroup;
    struct nsscope_guard_mark *mark, copy;

    if (BPF_CORE_READ(child, tgid) == (int)tgid) return 0; /* a thread is of its process */
    mark = bpf_map_lookup_elem(&marks, &tgid);
    if (mark && mark->start_ns == BPF_CORE_READ(parent, group_leader, start_boottime)) {
        copy = *mark;
        set_mark(child, &copy);
        return 0;
    }
    cgroup = BPF_CORE_READ(child, cgroups, dfl_cgrp);
    if (cgroup != BPF_CORE_READ(parent, cgroups, dfl_cgrp))
        on_arrival(cgroup, child, parent); /* CLONE_INTO_CGROUP */
    return 0;
}

/* TRACE_EVENT sched_process_exec(task, old_pid, bprm) */
SEC("raw_tp/sched_process_exec")
int guard_exec(struct bpf_raw_tracepoint_args* ctx) {
    struct task_struct* task = (struct task_struct*)ctx->args[0];
    u32 tgid = BPF_CORE_READ(task, tgid), yes = 1;
    struct nsscope_guard_mark* mark = bpf_map_lookup_elem(&marks, &tgid);
    struct own_namespaces own;
    struct cgroup_key key;
    struct cgroup* cgroup;

    if (!mark) return 0;
    read_namespaces(&own, task);
    if (are_same(&own, (const struct own_namespaces*)mark->runtime)) {
        if (exe_bytes(task) == mark->exe_bytes) return 0;
    } else {
        cgroup = BPF_CORE_READ(task, cgroups, dfl_cgrp);
        key = key_of(cgroup);
        if (!is_root(cgroup)) bpf_map_update_elem(&sealed, &key, &yes, BPF_ANY);
    }
    bpf_map_delete_elem(&marks, &tgid);
    return 0;
}

/* TRACE_EVENT sched_process_exit(task) */
SEC("raw_tp/sched_process_exit")
int guard_exit(struct bpf_raw_tracepoint_args* ctx) {
    struct task_struct* task = (struct task_struct*)ctx->args[0];
    u32 tgid = BPF_CORE_READ(task, tgid);

    if (BPF_CORE_READ(task, pid) == (int)tgid) bpf_map_delete_elem(&marks, &tgid);
    return 0;
}
