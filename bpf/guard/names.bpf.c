/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
 *
 * From a setting's name to the lists of rules that speak of it: steps 1 to 3 of guard.h.
 */
#include "guard/state.bpf.h"

SUBPROGRAM guard_end_component(void) {
    struct run* run = this_run();
    u32* number = NULL;
    u32 part;

    if (!run) return 0;
    part = run->part;
    if (part < NSSCOPE_GUARD_COMPONENTS) {
        if (run->part_len < NSSCOPE_GUARD_WORD_LEN) number = bpf_map_lookup_elem(&words, &run->word);
        run->numbers[part] = number ? *number : 0;
    }
    run->part = part + 1;
    run->part_len = 0;
    __builtin_memset(&run->word, 0, sizeof(run->word));
    return 0;
}

/* A loop over all characters at once would be ten times this to the verifier. */
#define CHARACTERS_AT_ONCE 16

/* Goes on with so many characters from this one on. Returns 1 at the name's end. */
SUBPROGRAM guard_split_some(u32 first) {
    struct run* run = this_run();
    u32 len;

    if (!run) return 1;
    for (u32 i = 0; i < CHARACTERS_AT_ONCE; i++) {
        char c = run->name.text[masked(first + i, NSSCOPE_GUARD_NAME_LEN - 1)];
        if (c == '/' || c == 0) {
            guard_end_component();
            if (c == 0) return 1;
            continue;
        }
        len = run->part_len;
        if (len < NSSCOPE_GUARD_WORD_LEN - 1) run->word.text[len] = c;
        run->part_len = len + 1;
    }
    return 0;
}

/* The numbers of the name's components. Returns how many there are. */
SUBPROGRAM guard_split_name(void) {
    struct run* run = this_run();

    for (u32 i = 0; i < NSSCOPE_GUARD_NAME_LEN; i += CHARACTERS_AT_ONCE)
        if (guard_split_some(i)) break;
    return run ? (int)run->part : 0;
}

static __always_inline void add_list(struct run* run, const struct nsscope_guard_list* list) {
    u32 nr = run->nr_lists;
    if (nr >= MOST_LISTS) return; /* one for each shape is the most */
    run->lists[nr & 63] = *list;
    run->nr_lists = nr + 1;
}

/* Does what this shape compares, in this name, have rules? */
SUBPROGRAM guard_try_shape(u32 index) {
    const struct nsscope_guard_shape* shape = bpf_map_lookup_elem(&shapes, &index);
    const struct nsscope_guard_list* list;
    struct run* run = this_run();
    u32 number;

    if (!shape || !run) return 0;
    run->glob.shape = index;
    for (u32 i = 0; i < NSSCOPE_GUARD_COMPONENTS; i++) {
        number = 0;
        if (shape->literals & (1u << i)) {
            number = run->numbers[i];
            if (!number) return 0;
        }
        run->glob.words[i] = number;
    }
    list = bpf_map_lookup_elem(&globs, &run->glob);
    if (list) add_list(run, list);
    return 0;
}

/* Returns 0, or -1 for a name that nobody can judge. */
SUBPROGRAM guard_find_lists(void) {
    struct run* run = this_run();
    const struct nsscope_guard_list* exact;
    u32 first, count;
    u64 parts;

    if (!run) return -1;
    exact = bpf_map_lookup_elem(&names, &run->name);
    if (exact) {
        add_list(run, exact);
        return 0;
    }
    parts = (u32)guard_split_name();
    barrier_var(parts); /* else what is checked is another register than what is used */
    if (parts == 0 || parts > NSSCOPE_GUARD_COMPONENTS) return -1;
    first = config.shapes[parts].first;
    count = config.shapes[parts].count;
    for (u32 i = 0; i < NSSCOPE_GUARD_SHAPES; i++) {
        if (i >= count) break;
        guard_try_shape(first + i);
    }
    return 0;
}
