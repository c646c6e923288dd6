/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
 *
 * What the program on the sysctl hook cannot see, where the kernel has BPF programs at its security hooks: who opened the
 * file that is written to, and that a program after it lets pass what it denied.
 *
 * A file is judged when it is opened for writing, by its name and for who opens it: what will be written is not known. When
 * the policy denies it, that is remembered, and nothing more: who opened it may still write there, and is judged then,
 * with the value. Only when somebody writes there of whom the policy does not say the same, what it said of the opener
 * stands. A program that could undo a denial (bpf_set_retval(), 5.18 and later) is one that runs after the last of
 * ours; while there is one, what is denied whatever is written is denied here, before that program is asked.
 *
 * None of this is loaded for a policy that only audits.
 */
#include "guard/state.bpf.h"

#define PROC_SUPER_MAGIC 0x9fa0 /* include/uapi/linux/magic.h */
#define FMODE_WRITE 2           /* include/linux/fs.h */
#define MAY_WRITE 2
#define REFUSED (-1) /* EPERM */

/* The program on the sysctl hook; set by user space. */
__u32 own_program;

/* 5.15 and later, include/linux/bpf-cgroup-defs.h; before, nothing could be undone. */
enum cgroup_bpf_attach_type {
    CGROUP_SYSCTL = 10,
};

/* The table that a file below /proc/sys is of; NULL: it is no such file. These hooks are on the way of everything that is
 * opened or written to, so it takes the fewest steps to tell that it is not. */
static __always_inline struct ctl_table_header* table_of(struct file* file) {
    u64 inode;

    if (file->f_inode->i_sb->s_magic != PROC_SUPER_MAGIC) return NULL;
    inode = (u64)BPF_CORE_READ(file, f_inode) - bpf_core_field_offset(struct proc_inode, vfs_inode);
    return BPF_CORE_READ((struct proc_inode*)inode, sysctl);
}

/* Appends the name of the entry at this address, and a slash. Returns where the next begins. */
SUBPROGRAM guard_append(u64 dentry, u32 at) {
    const unsigned char* name = BPF_CORE_READ((struct dentry*)dentry, d_name.name);
    struct run* run = this_run();
    u64 to = at;
    long len;

    if (!run || to >= NSSCOPE_GUARD_NAME_LEN) return NSSCOPE_GUARD_NAME_LEN;
    to = masked(to, NSSCOPE_GUARD_NAME_LEN - 1);
    len = bpf_probe_read_kernel_str(run->path + to, NSSCOPE_GUARD_NAME_LEN, name);
    if (len <= 0) return NSSCOPE_GUARD_NAME_LEN;
    to += (u64)len - 1;
    if (to >= NSSCOPE_GUARD_NAME_LEN) return NSSCOPE_GUARD_NAME_LEN;
    run->path[masked(to, NSSCOPE_GUARD_NAME_LEN - 1)] = '/';
    return (int)to + 1;
}

/* The name of the setting whose file is this entry of /proc, into run->name: the names of what it is in, from the entry
 * below "sys" on. Returns 0, or -1 when it is too long. */
SUBPROGRAM guard_name_file(u64 address) {
    struct dentry* dentry = (struct dentry*)address;
    struct run* run = this_run();
    struct dentry* above;
    u32 depth = 0, at = 0;

    if (!run) return -1;
    for (u32 i = 0; i <= NSSCOPE_GUARD_COMPONENTS; i++) {
        above = BPF_CORE_READ(dentry, d_parent);
        if (above == dentry || BPF_CORE_READ(above, d_parent) == above)
            break; /* the root of /proc, or "sys" */
        if (i == NSSCOPE_GUARD_COMPONENTS) return -1;
        run->nodes[i] = (u64)dentry;
        depth = i + 1;
        dentry = above;
    }
    if (!depth) return -1;
    for (u32 i = 0; i < NSSCOPE_GUARD_COMPONENTS; i++) {
        if (i >= depth) break;
        at = (u32)guard_append(run->nodes[masked(depth - 1 - i, NSSCOPE_GUARD_DEPTH - 1)], at);
    }
    if (at == 0 || at >= NSSCOPE_GUARD_NAME_LEN) return -1;
    __builtin_memcpy(run->name.text, run->path, sizeof(run->name.text));
    run->name.text[masked(at - 1, NSSCOPE_GUARD_NAME_LEN - 1)] = 0;
    return 0;
}

/* Is the current task where this policy holds? */
SUBPROGRAM guard_is_guarded(void) {
    struct task_struct* task = (struct task_struct*)bpf_get_current_task();
    struct kernfs_node* node = BPF_CORE_READ(task, cgroups, dfl_cgrp, kn);

    for (u32 level = 0; level < MOST_CGROUP_LEVELS; level++) {
        if (!node) return false;
        if (BPF_CORE_READ(node, id) == setup.cgroup_id) return true;
        node = kernfs_parent(node);
    }
    return true; /* deeper than the policy can follow: as find_who() has it */
}

static __always_inline u64 cgroup_of(struct task_struct* task) {
    return BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id);
}

/* Is the program on the sysctl hook asked for the current task, and another one after it? */
SUBPROGRAM guard_is_followed(void) {
    struct task_struct* task = (struct task_struct*)bpf_get_current_task();
    u64 cgroup, items, program = 0;
    bool is_asked = false;
    u32 id;

    if (!bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_set_retval)) return false;
    cgroup = (u64)BPF_CORE_READ(task, cgroups, dfl_cgrp);
    bpf_probe_read_kernel(&items, sizeof(items),
                          (const void*)(cgroup + bpf_core_field_offset(struct cgroup, bpf.effective) +
                                        8 * bpf_core_enum_value(enum cgroup_bpf_attach_type, CGROUP_SYSCTL)));
    if (!items) return false;
    items += bpf_core_field_offset(struct bpf_prog_array, items) +
             bpf_core_field_offset(struct bpf_prog_array_item, prog);
    for (u32 i = 0; i < 64; i++) { /* BPF_CGROUP_MAX_PROGS */
        bpf_probe_read_kernel(&program, sizeof(program), (const void*)items);
        if (!program) break;
        if (is_asked) return true;
        id = BPF_CORE_READ((struct bpf_prog*)program, aux, id);
        is_asked = id == own_program;
        items += bpf_core_type_size(struct bpf_prog_array_item);
    }
    return false;
}

/* What the policy says of this task's writing to this file, whatever it writes. */
static __always_inline struct outcome judge_file(struct run* run, struct file* file,
                                                 struct ctl_table_header* head, struct task_struct* task) {
    bool named = guard_name_file((u64)BPF_CORE_READ(file, f_path.dentry)) == 0;

    run->operation = NSSCOPE_GUARD_WRITES;
    read_nets(run, head, task);
    return decide(run, task, named);
}

/* What to return where something failed. */
static __always_inline int on_failure(void) {
    count_hit(config.nr_rules + NSSCOPE_GUARD_HITS_ERROR);
    return config.on_error == NSSCOPE_GUARD_DENY ? REFUSED : 0;
}

SEC("lsm/file_open")
int BPF_PROG(guard_file_open, struct file* file) {
    u64 task = bpf_get_current_task(), address = (u64)file, kind;
    struct nsscope_guard_opened found = {};
    struct ctl_table_header* head;
    struct outcome outcome;
    struct run* run;
    u32 zero = 0;

    if (!(file->f_mode & FMODE_WRITE)) return 0;
    head = table_of(file);
    if (!head || !guard_is_guarded()) return 0;
    kind = (u64)BPF_CORE_READ(file, f_op);
    bpf_map_update_elem(&file_kind, &zero, &kind, BPF_ANY);
    run = begin_run(task);
    if (!run) return on_failure();
    outcome = judge_file(run, file, head, (struct task_struct*)task);
    found.is_container = (u8)run->is_container;
    bpf_map_delete_elem(&runs, &task);
    if (outcome.verdict <= NSSCOPE_GUARD_AUDIT) return 0;
    found.policy = setup.policy;
    found.cgroup_id = cgroup_of((struct task_struct*)task);
    found.rule = outcome.rule;
    found.verdict = outcome.verdict;
    found.reason = outcome.reason;
    return bpf_map_update_elem(&opened, &address, &found, BPF_ANY) == 0 ? 0 : on_failure();
}

/* Could the writer be who opened the file? */
static __always_inline bool may_be_opener(const struct run* run, struct task_struct* task,
                                          const struct nsscope_guard_opened* was) {
    if (run->is_container != was->is_container) return false;
    return run->is_container || cgroup_of(task) == was->cgroup_id;
}

/* What stands: what the policy says of the writer, when the program on the sysctl hook will come to the same and nobody
 * can undo that; else what is stricter. */
static __always_inline bool must_refuse(const struct run* run, struct task_struct* task,
                                        const struct nsscope_guard_opened* was, bool is_guarded,
                                        bool is_followed, struct outcome* outcome) {
    const struct nsscope_guard_rule* rule;

    if (was && was->policy != setup.policy) {
        /* An earlier policy denied it to who opened it; what this one says of them cannot be told, but of the writer it can. */
        if (!is_guarded || !may_be_opener(run, task, was)) {
            *outcome = error_outcome();
            return outcome->verdict == NSSCOPE_GUARD_DENY;
        }
    } else if (was && (was->rule != outcome->rule || was->verdict != outcome->verdict)) {
        outcome->rule = was->rule;
        outcome->verdict = NSSCOPE_GUARD_DENY;
        outcome->reason = was->reason == NSSCOPE_SYSCTL_BY_RULE ? NSSCOPE_SYSCTL_BY_OPENER : was->reason;
        return true;
    }
    if (!is_followed || outcome->verdict != NSSCOPE_GUARD_DENY) return false;
    rule = bpf_map_lookup_elem(&rules, &outcome->rule);
    return !rule || !rule->conditions;
}

SEC("lsm/file_permission")
int BPF_PROG(guard_file_permission, struct file* file, int mask) {
    u64 key = bpf_get_current_task(), address = (u64)file;
    struct outcome outcome = {
        .rule = NONE, .verdict = NSSCOPE_GUARD_ALLOW, .reason = NSSCOPE_SYSCTL_BY_DEFAULT};
    struct task_struct* task = (struct task_struct*)key;
    const struct nsscope_guard_opened* was;
    struct ctl_table_header* head;
    bool guarded, followed, refuse;
    struct run* run;

    if (!(mask & MAY_WRITE)) return 0;
    head = table_of(file);
    if (!head) return 0;
    was = bpf_map_lookup_elem(&opened, &address);
    followed = guard_is_followed();
    if (!was && !followed) return 0;
    guarded = guard_is_guarded();
    run = begin_run(key);
    if (!run) return on_failure();
    if (guarded)
        outcome = judge_file(run, file, head, task);
    else
        guard_name_file((u64)BPF_CORE_READ(file, f_path.dentry)); /* to tell it */
    refuse = must_refuse(run, task, was, guarded, followed, &outcome);
    if (refuse) tell(run, &outcome);
    bpf_map_delete_elem(&runs, &key);
    return refuse ? REFUSED : 0;
}

/* What was at the file's address is nothing to who comes there next. Its inode may be gone by now. */
SEC("lsm/file_free_security")
int BPF_PROG(guard_file_free, struct file* file) {
    u64 address = (u64)file;
    u32 zero = 0;
    const u64* kind;

    if (!(file->f_mode & FMODE_WRITE)) return 0;
    kind = bpf_map_lookup_elem(&file_kind, &zero);
    if (kind && *kind == (u64)file->f_op) bpf_map_delete_elem(&opened, &address);
    return 0;
}
