/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
 *
 * Runtimes at work. crun and runc write a container's `--sysctl` values from inside its cgroup, before they
 * execute its workload, and nothing about such a process itself tells it from the workload: not its name, not
 * its executable, not its pid. What tells them apart is how it came there:
 *
 *   - The first process that somebody outside of every container puts into an empty cgroup is marked. It must be
 *     a fresh child of such an outsider, or still have the namespaces of one.
 *   - Children inherit the mark.
 *   - Exec takes it away, but from a runtime that executes itself again (from a memory file, for its protection)
 *     before it has entered any namespace: same namespaces, same size of the executable.
 *   - A cgroup in which a marked process executed a workload is sealed: whoever comes there later, or below it
 *     (`exec` into a running container), gets no mark.
 *   - A mark counts where the process has entered a namespace of the container: the values are the container's, and
 *     who was merely moved to another cgroup sets nothing up.
 *   - A mark holds for a limited time: not every runtime executes something (a restored container).
 */
#ifndef NSSCOPE_GUARD_MARKS_BPF_H
#define NSSCOPE_GUARD_MARKS_BPF_H

#include "guard/facts.bpf.h"
#include "guard_state.h"

#define MARK_NS 60000000000ull

/* Preallocated: before 6.1 raw tracepoints may use no other hash map. */
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 4096);
    __type(key, __u32); /* thread-group id */
    __type(value, struct nsscope_guard_mark);
} marks SEC(".maps");

/* Cgroups that have a workload. The least recently used ones are forgotten, when they are too many: then what
 * remains is that they must be empty. */
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 16384);
    __type(key, struct cgroup_key);
    __type(value, __u32);
} sealed SEC(".maps");

/* Does this process set a container up? */
static __always_inline bool is_marked(struct task_struct* task) {
    u32 tgid = BPF_CORE_READ(task, tgid);
    struct nsscope_guard_mark* mark = bpf_map_lookup_elem(&marks, &tgid);
    struct own_namespaces own;

    if (!mark || mark->start_ns != BPF_CORE_READ(task, group_leader, start_boottime)) return false;
    if (bpf_ktime_get_ns() >= mark->until_ns) return false;
    read_namespaces(&own, task);
    return !are_same(&own, (const struct own_namespaces*)mark->runtime);
}

#endif
