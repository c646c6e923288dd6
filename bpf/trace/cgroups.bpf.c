/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
 *
 * cgroup.mkdir, cgroup.rmdir and cgroup.attach: tracepoints of every hierarchy (include/trace/events/cgroup.h). The path
 * that they hand over ends after 1,024 bytes, so it is put together here from the names.
 */
#include "lib/task.bpf.h"

#define CGROUP_NAME_LEN 256 /* NAME_MAX + 1 */
#define CGROUP_MAX_NAMES 64

struct cgroup_walk {
    struct nsscope_cgroup_record* rec;
    struct kernfs_node* node;
};

/* One step up the path; 1: it was the last. As in exe_step() is the length any number to the verifier. */
static long cgroup_step(u32 round, struct cgroup_walk* walk) {
    struct nsscope_cgroup_record* rec = walk->rec;
    struct kernfs_node *node = walk->node, *parent = kernfs_parent(node);
    volatile u16* len = &rec->len;
    u32 at = *len;
    const char* name = NULL;
    long n;

    if (!parent) {
        rec->flags |= NSSCOPE_CGROUP_COMPLETE;
        return 1;
    }
    if (at > NSSCOPE_EXE_PATH_LEN - CGROUP_NAME_LEN) return 1;
    bpf_core_read(&name, sizeof(name), &node->name);
    n = bpf_probe_read_kernel_str(&rec->path[at], CGROUP_NAME_LEN, name);
    if (n <= 0) return 1;
    *len = at + n;
    walk->node = parent;
    return 0;
}

static __always_inline void fill_cgroup_path(struct nsscope_cgroup_record* rec, struct kernfs_node* node) {
    struct cgroup_walk walk = {.rec = rec, .node = node};

    rec->len = 0;
#ifndef NSSCOPE_READ_BY_PROBE
    if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_loop)) { /* see fill_exe_path() */
        bpf_loop(CGROUP_MAX_NAMES, cgroup_step, &walk, 0);
        return;
    }
#endif
    for (u32 i = 0; i < CGROUP_MAX_NAMES; i++)
        if (cgroup_step(i, &walk)) break;
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
    fill_cgroup_path(rec, GET(cgroup, kn));
    submit(rec);
    return 0;
}

SEC(TRACEPOINT "cgroup_mkdir")
int BPF_PROG(cgroup_mkdir, struct cgroup* cgroup, const char* path) {
    return emit_cgroup(NSSCOPE_EV_CGROUP_MKDIR, plain_cgroup(cgroup), NULL, 0);
}

SEC(TRACEPOINT "cgroup_rmdir")
int BPF_PROG(cgroup_rmdir, struct cgroup* cgroup, const char* path) {
    return emit_cgroup(NSSCOPE_EV_CGROUP_RMDIR, plain_cgroup(cgroup), NULL, 0);
}

SEC(TRACEPOINT "cgroup_attach_task")
int BPF_PROG(cgroup_attach_task, struct cgroup* cgroup, const char* path, struct task_struct* task) {
    return emit_cgroup(NSSCOPE_EV_CGROUP_ATTACH, plain_cgroup(cgroup), plain(task), NSSCOPE_CGROUP_MOVED);
}

/* All tasks of a v1 cpuset that lost its last processor. */
SEC(TRACEPOINT "cgroup_transfer_tasks")
int BPF_PROG(cgroup_transfer_tasks, struct cgroup* cgroup, const char* path, struct task_struct* task) {
    return emit_cgroup(NSSCOPE_EV_CGROUP_ATTACH, plain_cgroup(cgroup), plain(task), NSSCOPE_CGROUP_MOVED);
}

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
