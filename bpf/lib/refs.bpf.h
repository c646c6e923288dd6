/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Which namespaces a task refers to. Tasks are BTF pointers: their members are read directly. */
#ifndef NSSCOPE_REFS_BPF_H
#define NSSCOPE_REFS_BPF_H

#include "lib/flavours.bpf.h"

struct ns_ident {
    u64 ns; /* address of the ns_common, 0: none */
    u64 id;
    u32 inum;
    u32 reserved;
};

#define identify(holder)                                                                                     \
    ({                                                                                                       \
        struct ns_ident ident_ = {};                                                                         \
        typeof(holder) holder_ = (holder);                                                                   \
        if (holder_) {                                                                                       \
            ident_.ns = (u64)&holder_->ns;                                                                   \
            ident_.inum = GET(holder_, ns.inum);                                                             \
            ident_.id = ns_id(&holder_->ns);                                                                 \
        }                                                                                                    \
        ident_;                                                                                              \
    })

/* task_active_pid_ns(), kernel/pid.c: the namespace that gave the task its innermost pid. Most often it is the one
 * that its children will be born in, too. */
static __always_inline struct ns_ident active_pid_ns(struct task_struct* task) {
    struct ns_ident none = {}, ident = {};
    struct pid* pid = GET(task, thread_pid);
    struct nsproxy* proxy = GET(task, nsproxy);
    struct pid_namespace *active, *next;
    u64 next_address;

    if (!pid) return none;
    active = pid_number(pid, GET(pid, level)).ns;
    if (proxy) {
        next = GET(proxy, pid_ns_for_children);
        next_address = (u64)next;
        barrier_var(next_address); /* else the compiler goes on with `active`, which is but a number */
        if (next_address == (u64)active) return identify(next);
    }
    ident.ns = (u64)active + bpf_core_field_offset(struct pid_namespace, ns);
    bpf_core_read(&ident.inum, sizeof(ident.inum), &active->ns.inum);
    ident.id = read_id(&active->ns);
    return ident;
}

/* The namespace in a slot; `slot` must be constant where this is compiled. */
static __always_inline struct ns_ident slot_ident(struct task_struct* task, u32 slot) {
    struct nsproxy* proxy = GET(task, nsproxy);
    const struct cred* cred;
    struct ns_ident none = {};

    if (slot == NSSCOPE_SLOT_PID) return active_pid_ns(task);
    if (slot == NSSCOPE_SLOT_USER) {
        cred = GET(task, real_cred);
        return cred ? identify(GET(task, real_cred, user_ns)) : none;
    }
    if (!proxy) return none;
    switch (slot) {
    case NSSCOPE_SLOT_CGROUP: return identify(GET(proxy, cgroup_ns));
    case NSSCOPE_SLOT_IPC: return identify(GET(proxy, ipc_ns));
    case NSSCOPE_SLOT_MNT: return identify(GET(proxy, mnt_ns));
    case NSSCOPE_SLOT_NET: return identify(GET(proxy, net_ns));
    case NSSCOPE_SLOT_TIME: return identify(GET(proxy, time_ns));
    case NSSCOPE_SLOT_UTS: return identify(GET(proxy, uts_ns));
    case NSSCOPE_SLOT_PID_FOR_CHILDREN: return identify(GET(proxy, pid_ns_for_children));
    case NSSCOPE_SLOT_TIME_FOR_CHILDREN: return identify(GET(proxy, time_ns_for_children));
    default: return none;
    }
}

/* The address of the ns_common in a slot, but for NSSCOPE_SLOT_PID. Where there is none, it is one of nothing. */
static __always_inline u64 slot_address(struct task_struct* task, struct nsproxy* proxy, u32 slot) {
    switch (slot) {
    case NSSCOPE_SLOT_CGROUP: return (u64)&GET(proxy, cgroup_ns)->ns;
    case NSSCOPE_SLOT_IPC: return (u64)&GET(proxy, ipc_ns)->ns;
    case NSSCOPE_SLOT_MNT: return (u64)&GET(proxy, mnt_ns)->ns;
    case NSSCOPE_SLOT_NET: return (u64)&GET(proxy, net_ns)->ns;
    case NSSCOPE_SLOT_TIME: return (u64)&GET(proxy, time_ns)->ns;
    case NSSCOPE_SLOT_USER: return (u64)&GET(task, real_cred, user_ns)->ns;
    case NSSCOPE_SLOT_UTS: return (u64)&GET(proxy, uts_ns)->ns;
    case NSSCOPE_SLOT_PID_FOR_CHILDREN: return (u64)&GET(proxy, pid_ns_for_children)->ns;
    case NSSCOPE_SLOT_TIME_FOR_CHILDREN: return (u64)&GET(proxy, time_ns_for_children)->ns;
    default: return 0;
    }
}

/* nr in the innermost namespace of the task that `pid` belongs to. */
static __always_inline u32 innermost_nr(const struct pid* pid, u32 outermost) {
    if (!pid) return 0;
    if (GET(pid, level) == 0) return outermost;
    return pid_number(pid, GET(pid, level)).nr;
}

#endif
