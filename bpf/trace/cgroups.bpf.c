/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
 *
 * cgroup.mkdir, cgroup.rmdir and cgroup.attach: tracepoints of every hierarchy (include/trace/events/cgroup.h). The path
 * that they hand over ends after 1,024 bytes, so it is put together here from the names.
 */
#include "lib/path.bpf.h"
#include "lib/task.bpf.h"

/* One step up the path; 1: it was the last. By itself, as exe_step(). */
SUBPROGRAM cgroup_step(u64 owner, u32 round) {
    struct path_walk* walk = walk_of(CGROUP_PATH, owner);
    const struct kernfs_node *node, *parent;

    barrier_var(round); /* or the compiler leaves it away, which the verifier does not */
    if (!walk) return 1;
    node = (const struct kernfs_node*)walk->at;
    parent = kernfs_parent(node);
    if (!parent) path_of(walk)->complete = 1;
    if (!parent || !add_name(walk, BPF_CORE_READ(node, name))) return 1;
    walk->at = (u64)parent;
    return 0;
}
STEP_IN_LOOP(cgroup_step)

static __always_inline void fill_cgroup_path(struct nsscope_cgroup_record* rec, u64 node) {
    u64 owner = (u32)bpf_get_current_pid_tgid(), size;
    struct path_walk* walk = NULL;
    bool is_complete;

    rec->len = 0;
    for (u32 tries = 0; tries < 2 && !walk; tries++) { /* another thread may begin its own meanwhile */
        if (!begin_walk(CGROUP_PATH, owner, node, 0)) return;
        go_up(owner, cgroup_step);
        walk = walk_of(CGROUP_PATH, owner);
    }
    if (!walk) return;
    size = path_of(walk)->len;
    barrier_var(size);
    if (size > NSSCOPE_EXE_PATH_LEN || bpf_probe_read_kernel(rec->path, size, path_of(walk)->path)) return;
    is_complete = path_of(walk)->complete;
    if (!walk_of(CGROUP_PATH, owner)) return;
    rec->len = size;
    if (is_complete) rec->flags |= NSSCOPE_CGROUP_COMPLETE;
}

/* `other`: who was moved, or born there; may be NULL. */
static __always_inline int emit_cgroup(u32 type, struct cgroup* cgroup, struct task_struct* other, u32 how) {
    const u32 size = sizeof(struct nsscope_cgroup_record) + NSSCOPE_EXE_PATH_LEN;
    struct task_struct* task = plain(current_task());
    struct nsscope_cgroup_record* rec;
    u64 exe;

    if (!is_reported(type, 0, task, other)) return 0;
    exe = exe_key(task, 0);
    count_produced(type);
    rec = bpf_ringbuf_reserve(&ring, size, 0);
    if (!rec) {
        count_lost(type, NSSCOPE_LOSS_RING_FULL);
        return 0;
    }
    fill_header(&rec->hdr, type, size);
    rec->flags = how;
    rec->id = GET(cgroup, kn, id);
    rec->hierarchy = GET(cgroup, root, hierarchy_id);
    fill_task(&rec->task, task, exe);
    if (other) fill_task(&rec->other, other, how == NSSCOPE_CGROUP_BORN || other == task ? exe : 0);
    fill_cgroup_path(rec, (u64)GET(cgroup, kn));
    submit(rec);
    return 0;
}

/* Two tracepoints of the same class have one program, which the kernel verifies once; the second one goes on in it. */
#define GOES_ON_IN(tracepoint, then)                                                                         \
    WAY_TO(then);                                                                                            \
    SEC(TRACEPOINT #tracepoint)                                                                              \
    int tracepoint(void* ctx) {                                                                              \
        bpf_tail_call(ctx, &to_##then, 0);                                                                   \
        return 0;                                                                                            \
    }

#define CSS_ONLINE 2 /* include/linux/cgroup-defs.h */

/* One that is removed is offline by then: cgroup_is_dead(), include/linux/cgroup.h. */
SEC(TRACEPOINT "cgroup_mkdir")
int BPF_PROG(cgroup_mkdir, struct cgroup* made, const char* path) {
    struct cgroup* cgroup = plain_cgroup(made);
    const bool is_dead = !(GET(cgroup, self.flags) & CSS_ONLINE);
    return emit_cgroup(is_dead ? NSSCOPE_EV_CGROUP_RMDIR : NSSCOPE_EV_CGROUP_MKDIR, cgroup, NULL, 0);
}
GOES_ON_IN(cgroup_rmdir, cgroup_mkdir)

SEC(TRACEPOINT "cgroup_attach_task")
int BPF_PROG(cgroup_attach_task, struct cgroup* cgroup, const char* path, struct task_struct* task) {
    return emit_cgroup(NSSCOPE_EV_CGROUP_ATTACH, plain_cgroup(cgroup), plain(task), NSSCOPE_CGROUP_MOVED);
}
/* all tasks of a v1 cpuset that lost its last processor */
GOES_ON_IN(cgroup_transfer_tasks, cgroup_attach_task)

SEC(TRACEPOINT "task_newtask")
int BPF_PROG(cgroup_born, struct task_struct* newborn, u64 clone_flags) {
    struct task_struct* child;
    struct cgroup* cgroup;

    if (!(clone_flags & CLONE_INTO_CGROUP)) return 0;
    child = plain(newborn);
    cgroup = GET(child, cgroups, dfl_cgrp);
    if (GET(cgroup, kn, id) == GET(plain(current_task()), cgroups, dfl_cgrp, kn, id)) return 0;
    return emit_cgroup(NSSCOPE_EV_CGROUP_ATTACH, cgroup, child, NSSCOPE_CGROUP_BORN);
}
