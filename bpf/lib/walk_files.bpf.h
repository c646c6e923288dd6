/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* The descriptors of a task, walked in the task iterator itself: an iterator over files (iter/task_file) takes some ten
 * times as long for each that holds nothing. Needs bpf_loop() (5.17). */
#ifndef NSSCOPE_WALK_FILES_BPF_H
#define NSSCOPE_WALK_FILES_BPF_H

#include "lib/show_file.bpf.h"

/* The place of the lowest bit that is set. */
static __always_inline u32 lowest_bit(u64 word) {
    static const u8 places[64] = {
        0,  1,  48, 2,  57, 49, 28, 3,  61, 58, 50, 42, 38, 29, 17, 4,  62, 55, 59, 36, 53, 51,
        43, 22, 45, 39, 33, 30, 24, 18, 12, 5,  63, 47, 56, 27, 60, 41, 37, 16, 54, 35, 52, 21,
        44, 32, 23, 11, 46, 26, 40, 15, 34, 20, 31, 10, 25, 14, 19, 9,  13, 8,  7,  6,
    }; /* by a de Bruijn sequence: each run of six bits comes once in it */
    return places[((word & -word) * 0x03f79d71b4cb0a89ULL) >> 58] &
           (FILES_PER_WORD - 1); /* the mask is for the verifier */
}

struct files_of {
    struct seq_file* seq;
    u32 reader;
};

/* One step: the next word of 64 descriptors, or the next that is open. 1: there are no more. */
static long step_file(u32 i, struct files_of* of) {
    struct scratch* s = get_scratch(of->reader);
    struct walk* w;
    u64 fd;
    u32 place;

    if (!s) return 1;
    w = &s->walk;
    if (!w->word) {
        if (w->next >= w->words) return 1;
        if (bpf_probe_read_kernel(&w->word, sizeof(w->word), (void*)(w->bits + w->next * sizeof(u64))))
            return 1;
        w->next++;
        return 0;
    }
    place = lowest_bit(w->word);
    w->word &= w->word - 1;
    fd = (w->next - 1) * FILES_PER_WORD + place;
    if (!fill_file(s, load_u64(w->table + fd * sizeof(u64)), w->net) || w->silent) return 0;
    s->file.fd = fd;
    if (w->printed == NSSCOPE_SCAN_MAX_FILES) s->file.fd = -1;
    bpf_seq_write(of->seq, &s->file, sizeof(s->file));
    return w->printed++ == NSSCOPE_SCAN_MAX_FILES;
}

static __always_inline void walk_files(struct seq_file* seq, u32 reader, struct scratch* s,
                                       const struct task_struct* task) {
    struct files_of of = {.seq = seq, .reader = reader};
    u64 files = get_address(task_struct, task, files);
    u64 table = get_address(files_struct, files, fdt);
    struct walk* w = &s->walk;

    w->table = get_address(fdtable, table, fd);
    w->bits = get_address(fdtable, table, open_fds);
    w->words = get(fdtable, table, max_fds) / FILES_PER_WORD;
    w->net = get_address(nsproxy, get_address(task_struct, task, nsproxy), net_ns);
    w->word = 0;
    w->next = 0;
    w->printed = 0;
    w->silent = is_reader(task);
    s->file.pid = s->task.pid;
    s->file.tid = s->task.tid;
    /* at the most each bit and each word */
    bpf_loop(w->words * (FILES_PER_WORD + 1) + 1, step_file, &of, 0);
}

#endif
