/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
 *
 * The only interface between the kernel programs and user space: what travels through the ring buffer and
 * the task iterator, and what the two sides set for each other. Included by bpf/, user/events/ and
 * user/kernel/ alone. All fields have fixed width, all padding is named, all sizes are asserted.
 */
#ifndef NSSCOPE_EVENT_H
#define NSSCOPE_EVENT_H

#include <linux/types.h>

#ifdef __cplusplus
#define NSSCOPE_ASSERT_SIZE(type, bytes) static_assert(sizeof(type) == (bytes), #type)
#else
#define NSSCOPE_ASSERT_SIZE(type, bytes) _Static_assert(sizeof(type) == (bytes), #type)
#endif

#define NSSCOPE_ABI_VERSION 1

/* Every place in which a task refers to a namespace: its eight kinds in alphabetical order, then the two in
 * which its next children will be born (pid_namespaces(7), time_namespaces(7)). */
enum nsscope_slot {
    NSSCOPE_SLOT_CGROUP,
    NSSCOPE_SLOT_IPC,
    NSSCOPE_SLOT_MNT,
    NSSCOPE_SLOT_NET,
    NSSCOPE_SLOT_PID,
    NSSCOPE_SLOT_TIME,
    NSSCOPE_SLOT_USER,
    NSSCOPE_SLOT_UTS,
    NSSCOPE_SLOT_PID_FOR_CHILDREN,
    NSSCOPE_SLOT_TIME_FOR_CHILDREN,
    NSSCOPE_SLOTS
};

enum nsscope_event_type {
    NSSCOPE_EV_NS_CLONE,
    NSSCOPE_EV_NS_UNSHARE,
    NSSCOPE_EV_NS_SETNS,
    NSSCOPE_EV_NS_DESTROY,
    NSSCOPE_EV_PROCESS_FORK,
    NSSCOPE_EV_PROCESS_EXEC,
    NSSCOPE_EV_PROCESS_EXIT,
    NSSCOPE_EV_SYSCTL_READ,
    NSSCOPE_EV_SYSCTL_WRITE,
    NSSCOPE_EV_CGROUP_MKDIR,
    NSSCOPE_EV_CGROUP_RMDIR,
    NSSCOPE_EV_CGROUP_ATTACH,
    NSSCOPE_EVENT_TYPES, /* what follows is bookkeeping between the two sides, never shown, never counted */
    NSSCOPE_EV_EXE = NSSCOPE_EVENT_TYPES,
};

/* Why a record that was wanted did not reach the ring. */
enum nsscope_loss_cause {
    NSSCOPE_LOSS_RING_FULL,   /* no room: the reader was too slow for the ring's size */
    NSSCOPE_LOSS_STATES_FULL, /* the thread could not be remembered, so its namespaces are not known */
    NSSCOPE_LOSS_WATCH_FULL,  /* a namespace could not be watched, so its death will not be told */
    NSSCOPE_LOSS_RATE_LIMIT,  /* the guard: this process has had this rule's records of this second already */
    NSSCOPE_LOSS_NOT_RUN,     /* the kernel did not run the program; never counted by one */
    NSSCOPE_LOSS_CAUSES
};

/* Which call an event comes from, named without regard to the architecture's number for it. */
enum nsscope_syscall {
    NSSCOPE_SYS_NONE, /* no system call, e.g. a kernel thread's birth */
    NSSCOPE_SYS_CLONE,
    NSSCOPE_SYS_CLONE3,
    NSSCOPE_SYS_FORK,
    NSSCOPE_SYS_VFORK,
    NSSCOPE_SYS_UNSHARE,
    NSSCOPE_SYS_SETNS,
    NSSCOPE_SYS_EXECVE,
};

#define NSSCOPE_COMM_LEN 16 /* TASK_COMM_LEN; not always terminated, any bytes */

/* Who. All pids are the initial pid namespace's, but for ns_pid. */
struct nsscope_task {
    __u64 start_ns;  /* of the process (thread-group leader), CLOCK_BOOTTIME, ns */
    __u64 exe_key;   /* names an executable, see nsscope_exe_record; 0: none (a kernel thread) */
    __u64 cgroup_id; /* in the unified (v2) hierarchy: kernfs node id */
    __u32 pid;       /* thread-group id */
    __u32 tid;
    __u32 ppid;   /* thread-group id of the real parent */
    __u32 ns_pid; /* pid as the process's own pid namespace sees it */
    __u32 uid;    /* real uid, as the initial user namespace sees it */
    __u32 family; /* 1: it is the process of nsscope_filter.family, or descends from it */
    char comm[NSSCOPE_COMM_LEN];
};
NSSCOPE_ASSERT_SIZE(struct nsscope_task, 64);

enum nsscope_change_flags {
    NSSCOPE_CHANGE_CREATED = 1, /* this call made the namespace */
    NSSCOPE_CHANGE_NO_FROM = 2, /* from_* is not known (never the case for inum 0 alone) */
    NSSCOPE_CHANGE_NO_TO = 4,   /* there is no "to": the namespace is gone */
};

/* One slot of a task that refers to another namespace than before. An id is 0 where the kernel has none. */
struct nsscope_change {
    __u64 from_id;
    __u64 to_id;
    __u32 from_inum;
    __u32 to_inum;
    __u16 slot;
    __u16 flags;
    __u32 reserved;
};
NSSCOPE_ASSERT_SIZE(struct nsscope_change, 32);

enum nsscope_record_flags {
    NSSCOPE_REC_NO_FLAGS = 1,  /* flags is not known, or the call has none */
    NSSCOPE_REC_OBSERVED = 2,  /* nsscope looked and found it so; the kernel did not tell when it happened */
    NSSCOPE_REC_NO_TASK = 4,   /* task says nothing: whoever ran then had no part in it */
    NSSCOPE_REC_HAS_CHILD = 8, /* child is filled in */
};

struct nsscope_header {
    __u16 type; /* enum nsscope_event_type */
    __u16 size; /* of the whole record, this header included */
    __u32 cpu;
    __u64 mono_ns; /* CLOCK_MONOTONIC */
};
NSSCOPE_ASSERT_SIZE(struct nsscope_header, 16);

/* An event. `changes` holds `nr_changes` entries; the ring may hold room for more. */
struct nsscope_record {
    struct nsscope_header hdr;
    __u8 syscall; /* enum nsscope_syscall */
    __u8 nr_changes;
    __u16 rec_flags; /* enum nsscope_record_flags */
    union {
        __u32 exit_code; /* process.exit: as wait(2) encodes it */
        __u32 mnt_inum;  /* process.exec: of the mount namespace that the task is in; 0: not known */
    };
    __s64 result; /* what the caller of the system call gets */
    __u64 flags;  /* the call's own; for clone(2) with the exit signal in the low byte */
    struct nsscope_task task;
    struct nsscope_task child; /* ns.clone and process.fork */
    struct nsscope_change changes[];
};
NSSCOPE_ASSERT_SIZE(struct nsscope_record, 168);

#define NSSCOPE_FEW_CHANGES 2

#define NSSCOPE_SYSCTL_NAME_LEN 128
#define NSSCOPE_SYSCTL_VALUE_LEN 256

enum nsscope_sysctl_flags {
    NSSCOPE_SYSCTL_HAS_OLD = 1,
    NSSCOPE_SYSCTL_HAS_NEW = 2,
    NSSCOPE_SYSCTL_OLD_CUT = 4, /* it was longer than `old` */
    NSSCOPE_SYSCTL_NEW_CUT = 8,
    NSSCOPE_SYSCTL_OTHER_NET = 16, /* net_inum is that of the setting, and not the process's own */
};

/* Who decided, where no rule did; and for what else there is no room in an override. */
enum nsscope_sysctl_reason {
    NSSCOPE_SYSCTL_BY_RULE,
    NSSCOPE_SYSCTL_BY_DEFAULT,
    NSSCOPE_SYSCTL_BY_SETUP,  /* a runtime that sets the container up */
    NSSCOPE_SYSCTL_BY_ERROR,  /* something failed: on_error */
    NSSCOPE_SYSCTL_NO_ROOM,   /* the rule's override does not fit in what was written */
    NSSCOPE_SYSCTL_BY_OPENER, /* the rule denies it to who opened the file */
};

/* A process touched a sysctl, and what became of that. */
struct nsscope_sysctl_record {
    struct nsscope_header hdr;
    struct nsscope_task task;
    __u64 policy; /* which one was in force */
    __u64 pos;    /* where in the file */
    __u32 rule;   /* its place in that policy; where reason is about a rule */
    __u32 net_inum;
    __u16 flags;  /* enum nsscope_sysctl_flags */
    __u8 verdict; /* enum nsscope_guard_action, guard.h */
    __u8 reason;  /* enum nsscope_sysctl_reason */
    __u16 old_len;
    __u16 new_len;
    char name[NSSCOPE_SYSCTL_NAME_LEN]; /* with slashes; ends with the first NUL */
    char old[NSSCOPE_SYSCTL_VALUE_LEN];
    char new_value[NSSCOPE_SYSCTL_VALUE_LEN];
};
NSSCOPE_ASSERT_SIZE(struct nsscope_sysctl_record, 80 + 32 + 640);

enum nsscope_cgroup_flags {
    NSSCOPE_CGROUP_COMPLETE = 1, /* path is the whole of it */
    NSSCOPE_CGROUP_MOVED = 2,    /* `other` was moved there */
    NSSCOPE_CGROUP_BORN = 4,     /* `other` was born there, not in its parent's cgroup */
};

/* An event of a cgroup. `path` holds `len` bytes: the names from the cgroup up to its hierarchy's root, each
 * terminated by NUL; no name for the root. */
struct nsscope_cgroup_record {
    struct nsscope_header hdr;
    __u64 id;        /* kernfs node id: unique within the hierarchy */
    __u32 hierarchy; /* its number; 0: the unified one */
    __u16 len;
    __u16 flags; /* enum nsscope_cgroup_flags */
    struct nsscope_task task;
    struct nsscope_task other;
    char path[];
};
NSSCOPE_ASSERT_SIZE(struct nsscope_cgroup_record, 160);

#define NSSCOPE_EXE_PATH_LEN 4096 /* PATH_MAX */

/* What an exe_key stands for; sent before the first record that uses it, and again from time to time.
 * `path` holds `len` bytes: the names of the path from the leaf up, each terminated by NUL. */
struct nsscope_exe_record {
    struct nsscope_header hdr;
    __u64 key;
    __u16 len;
    __u8 deleted;  /* the file has no name any more */
    __u8 complete; /* 0: too deep or too long, path is not the whole of it */
    __u32 reserved;
    char path[];
};
NSSCOPE_ASSERT_SIZE(struct nsscope_exe_record, 32);

/* What the iterators print: a stream of these, each begun by its kind and its size in bytes. */
enum nsscope_scan_kind {
    NSSCOPE_SCAN_TASK = 1,
    NSSCOPE_SCAN_NAMESPACE = 2,
    NSSCOPE_SCAN_FILE = 3,
};

/* A namespace, and what is known of it. Inode numbers, 0: none, as above the initial ones. */
struct nsscope_scan_ref {
    __u64 id; /* 0: the kernel has none */
    __u32 inum;
    __u32 owner_user_ns;
    __u32 parent;  /* pid and user namespaces */
    __u32 creator; /* user namespaces: the uid that made it */
};
NSSCOPE_ASSERT_SIZE(struct nsscope_scan_ref, 24);

enum nsscope_scan_flags {
    NSSCOPE_SCAN_KERNEL_THREAD = 1,
    NSSCOPE_SCAN_FILES_SEEN = 2, /* its descriptors follow, or are those of its first thread */
};

#define NSSCOPE_CMDLINE_LEN 256

/* A thread. Pids are the reader's pid namespace's. Behind it, in the order of the slots, a nsscope_scan_ref for each bit
 * of `changed`: its other slots refer to what those of the thread before do. Behind these the command line. */
struct nsscope_scan_task {
    __u32 kind;
    __u32 size; /* with all that is behind it */
    __u64 start_ns;
    __u64 cgroup_id; /* in the unified (v2) hierarchy: kernfs node id */
    __u64 cgroups;   /* names the set of cgroups in all hierarchies (css_set) during one scan */
    __u32 pid;
    __u32 tid;
    __u32 ppid;
    __u32 uid;         /* effective, as /proc/PID's owner */
    __u32 flags;       /* enum nsscope_scan_flags */
    __u32 cmdline_len; /* bytes of command line; ~0u: not read, or not whole */
    __u32 has; /* bit 1 << slot: the thread refers to a namespace there; one that has exited does not */
    __u32 changed;
    char comm[NSSCOPE_COMM_LEN];
};
NSSCOPE_ASSERT_SIZE(struct nsscope_scan_task, 80);

/* A namespace that was found in another way. */
struct nsscope_scan_namespace {
    __u32 kind;
    __u32 size;
    __u32 slot; /* of the eight kinds */
    __u32 reserved;
    struct nsscope_scan_ref ref;
};
NSSCOPE_ASSERT_SIZE(struct nsscope_scan_namespace, 40);

/* Who reads the quick iterator. Of two threads, one is shown every other block of so many tids: tasks that they come by
 * at one time have them pass cache lines to each other. */
#define NSSCOPE_SCAN_SHARE_SHIFT 6
struct nsscope_scan_readers {
    __u32 second; /* gettid(2) of the second of two */
    __u32 mask;   /* 1; 0: there is only one, which is shown all */
};
NSSCOPE_ASSERT_SIZE(struct nsscope_scan_readers, 8);

/* More descriptors of one thread are not printed, so that what one element of the iterator prints fits its buffer. */
#define NSSCOPE_SCAN_MAX_FILES 256

/* A descriptor that holds a namespace: a file of nsfs, or a socket in a network namespace that its thread is not in.
 * It belongs to the thread that was printed last. */
struct nsscope_scan_file {
    __u32 kind;
    __u32 size;
    __u32 pid;
    __u32 tid;
    __s32 fd; /* -1: there are more, NSSCOPE_SCAN_MAX_FILES were printed; nothing else counts then */
    __u32 slot;
    __u32 is_socket;
    __u32 reserved;
    struct nsscope_scan_ref ref;
};
NSSCOPE_ASSERT_SIZE(struct nsscope_scan_file, 56);

/* What bpf/task_numbers.bpf.c prints of one task. */
struct nsscope_task_numbers {
    __u32 pid_ns; /* inum of the pid namespace that it is in */
    __u32 last_pid;
    __u32 pid_max;              /* 0: this kernel has one limit for all pid namespaces */
    __u32 time_ns_for_children; /* inum */
    __u32 time_offsets_frozen;  /* of that one */
    __u32 fs_users; /* tasks that share its root and working directory, itself included; 0: it has ended */
    __u32 mm_users; /* tasks, and the kernel's short-lived users, that share its memory; 0: it has none */
    __u32 reserved;
};
NSSCOPE_ASSERT_SIZE(struct nsscope_task_numbers, 32);

/* What bpf/task_usage.bpf.c prints of each thread. */
struct nsscope_task_usage {
    __u32 pid; /* thread-group id, as the reader's pid namespace has it */
    __u32 reserved;
    __u64 start_ns; /* of the process, CLOCK_BOOTTIME */
    __u64 cpu_ns;   /* used by the thread; a first one's with that of all threads that have ended */
};
NSSCOPE_ASSERT_SIZE(struct nsscope_task_usage, 24);

/* What to report. */
struct nsscope_filter {
    __u32 events; /* bit 1 << enum nsscope_event_type */
    __u32 types;  /* bit 1 << enum nsscope_slot of the eight kinds; 0: all */
    __u32 pid;    /* only events that this process takes part in; 0: all */
    __u32 family; /* 1: or that a descendant of it does; never changes while the programs run */
    __u32 has_uid;
    __u32 uid; /* real, of the caller */
    __u32 has_comm;
    __u32
        unfiltered; /* bit 1 << enum nsscope_event_type: all of these are reported; the reader filters them */
    char comm[NSSCOPE_COMM_LEN];
    __u32 ruled_out;  /* bit 1 << enum nsscope_event_type: none of these passes */
    __u32 by_cgroup;  /* 1: nothing that only processes in cgroups of nsscope_kept_out take part in */
    __u32 no_process; /* 1: nothing that is of no process */
    __u32 reserved;
};
NSSCOPE_ASSERT_SIZE(struct nsscope_filter, 64);

/* Cgroups (v2, kernfs node ids, which are not used twice) whose processes nobody wants to hear of, as the reader found out: a
 * cgroup is in one of the places of its bucket, or it is not there. 0: nobody. Written by the reader alone. */
#define NSSCOPE_KEPT_OUT_BITS 10
#define NSSCOPE_KEPT_OUT_PLACES 4
#define NSSCOPE_KEPT_OUT (NSSCOPE_KEPT_OUT_PLACES << NSSCOPE_KEPT_OUT_BITS)
struct nsscope_kept_out {
    __u64 places[NSSCOPE_KEPT_OUT];
};
NSSCOPE_ASSERT_SIZE(struct nsscope_kept_out, 32768);

static inline __u32 nsscope_bucket_of(__u64 cgroup) {
    return (__u32)((cgroup * 0x9e3779b97f4a7c15ULL) >> (64 - NSSCOPE_KEPT_OUT_BITS)) *
           NSSCOPE_KEPT_OUT_PLACES;
}

/* Set before loading, so that what is not wanted is not even compiled in. */
struct nsscope_config {
    struct nsscope_filter filter;
    __u32 is_live;     /* `filter` is for nothing: the one that counts may change while the programs run */
    __u32 deaths_told; /* a function that frees namespaces is hooked; 0: they are looked for */
    __u32 task_type;   /* the id of struct task_struct in the kernel's BTF, and so on; 0: not known */
    __u32 cgroup_type;
    __u32 mount_type;
    __u32 reserved;
};
NSSCOPE_ASSERT_SIZE(struct nsscope_config, 88);

/* What the two sides tell each other while it runs. */
struct nsscope_control {
    __u32 enabled; /* reader: report from now on (1), no more (0) */
    __u32 asleep;  /* reader: about to wait, wake me; cleared by whoever does */
    __u32 dirty;   /* programs: a namespace may be about to die, look after it; cleared by the reader */
    __u32 census;  /* reader: the number of this census, set before each */
    __u32
        without_task; /* `sweep`: counts the namespaces that are alive with no task in them at the last census */
    __u32 reserved;
};
NSSCOPE_ASSERT_SIZE(struct nsscope_control, 24);

/* A power of two, which the verifier can follow through a mask; at least NSSCOPE_EVENT_TYPES. */
#define NSSCOPE_COUNTERS 16

/* The counters of the ring buffer, one set a CPU. produced = reached the ring + filtered + every lost[]. */
struct nsscope_counters {
    __u64 produced[NSSCOPE_COUNTERS];
    __u64 filtered[NSSCOPE_COUNTERS];
    __u64 lost[NSSCOPE_LOSS_CAUSES][NSSCOPE_COUNTERS];
};
NSSCOPE_ASSERT_SIZE(struct nsscope_counters, 8 * NSSCOPE_COUNTERS * (2 + NSSCOPE_LOSS_CAUSES));

#endif
