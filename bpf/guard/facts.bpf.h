/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
 *
 * What the guard asks of a task and its cgroup. Everything is read by address (BPF_CORE_READ), so that one code
 * serves raw tracepoints and cgroup/sysctl programs from 5.10 on, which are given no typed pointers.
 */
#ifndef NSSCOPE_GUARD_FACTS_BPF_H
#define NSSCOPE_GUARD_FACTS_BPF_H

#include "lib/flavours.bpf.h"

/* A cgroup is one of a hierarchy: ids are unique in theirs alone. Hierarchy 0 is the unified one. */
struct cgroup_key {
    u64 id;
    u64 hierarchy;
};

/* So deep a cgroup is followed upwards. The kernel has no limit; runtimes nest four or five deep. */
#define MOST_CGROUP_LEVELS 32

/* The five namespaces that a container has of its own, or some of them; as addresses. */
#define CONTAINER_NAMESPACES 5
struct own_namespaces {
    u64 ns[CONTAINER_NAMESPACES];
};

static __always_inline void read_namespaces(struct own_namespaces* out, struct task_struct* task) {
    struct nsproxy* proxy = BPF_CORE_READ(task, nsproxy);
    struct pid* pid = BPF_CORE_READ(task, thread_pid);

    out->ns[0] = (u64)BPF_CORE_READ(proxy, mnt_ns);
    out->ns[1] = (u64)BPF_CORE_READ(proxy, net_ns);
    out->ns[2] = (u64)BPF_CORE_READ(proxy, uts_ns);
    out->ns[3] = (u64)BPF_CORE_READ(proxy, ipc_ns);
    out->ns[4] = (u64)pid_number(pid, BPF_CORE_READ(pid, level)).ns;
}

static __always_inline bool are_same(const struct own_namespaces* a, const struct own_namespaces* b) {
    return a->ns[0] == b->ns[0] && a->ns[1] == b->ns[1] && a->ns[2] == b->ns[2] && a->ns[3] == b->ns[3] &&
           a->ns[4] == b->ns[4];
}

/* Is the task in the initial pid namespace? */
static __always_inline bool is_in_initial_pid_ns(struct task_struct* task) {
    return BPF_CORE_READ(task, thread_pid, level) == 0;
}

#endif
