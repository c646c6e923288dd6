/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
 *
 * From a setting's name to the lists of rules that speak of it: steps 1 to 3 of guard.h.
 */
#include "guard/state.bpf.h"

static __always_inline void end_component(struct run* run) {
    u32 part = run->part;
    u32* number = NULL;

    if (part < NSSCOPE_GUARD_COMPONENTS) {
        if (run->part_len < NSSCOPE_GUARD_WORD_LEN) number = bpf_map_lookup_elem(&words, &run->word);
        run->numbers[part] = number ? *number : 0;
    }
    run->part = part + 1;
    run->part_len = 0;
    __builtin_memset(&run->word, 0, sizeof(run->word));
}

/* The numbers of the name's components. Returns how many there are. */
SUBPROGRAM guard_split_name(void) {
    struct run* run = this_run();
    u32 len;

    if (!run) return 0;
    for (u32 i = 0; i < NSSCOPE_GUARD_NAME_LEN; i++) {
        char c = run->name.text[i];
        if (c == '/' || c == 0) {
            end_component(run);
            if (c == 0) break;
            continue;
        }
        len = run->part_len;
        if (len < NSSCOPE_GUARD_WORD_LEN - 1) run->word.text[len] = c;
        run->part_len = len + 1;
    }
    return (int)run->part;
}

static __always_inline void add_list(struct run* run, const struct nsscope_guard_list* list) {
    u32 nr = run->nr_lists;
    if (nr >= MOST_LISTS) return; /* one for each shape is the most */
    run->lists[nr & 63] = *list;
    run->nr_lists = nr + 1;
}

/* Does what this shape compares, in this name, have rules? */
static __always_inline void try_shape(struct run* run, u32 index) {
    const struct nsscope_guard_shape* shape = bpf_map_lookup_elem(&shapes, &index);
    const struct nsscope_guard_list* list;
    u32 missing = 0, wanted, number;

    if (!shape) return;
    run->glob.shape = index;
    for (u32 i = 0; i < NSSCOPE_GUARD_COMPONENTS; i++) {
        wanted = -((shape->literals >> i) & 1);
        number = run->numbers[i] & wanted;
        run->glob.words[i] = number;
        missing |= wanted & -(number == 0);
    }
    if (missing) return;
    list = bpf_map_lookup_elem(&globs, &run->glob);
    if (list) add_list(run, list);
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
        try_shape(run, first + i);
    }
    return 0;
}
