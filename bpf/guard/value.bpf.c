/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
 *
 * Values as the kernel will read them: proc_get_long() and its callers in kernel/sysctl.c for numbers,
 * proc_dostring() for text. Both work on the kernel's own copy of what is written.
 */
#include "guard/state.bpf.h"

/* lib/ctype.c: isspace() */
static __always_inline bool is_space(u8 c) { return c == ' ' || (c >= 9 && c <= 13) || c == 0xa0; }

static __always_inline u32 digit_of(u8 c) {
    if (c >= '0' && c <= '9') return c - '0';
    c |= 0x20;
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return 16;
}

/* How many of the eight bytes at this address are spaces, before the first that is none. */
static __always_inline u32 spaces_at(u64 address) {
    u8 bytes[8] = {};

    if (bpf_probe_read_kernel(bytes, sizeof(bytes), (const void*)address)) return 0;
    for (int i = 0; i < 8; i++)
        if (!is_space(bytes[i])) return i;
    return 8;
}

#define SPACES_AT_ONCE 64

/* Where the next byte is that is no space, from `at` on, as far as that many bytes tell; `len` when there is none. */
SUBPROGRAM guard_skip_some(u64 address, u32 at, u32 len) {
    u32 spaces;

    for (u32 i = 0; i < SPACES_AT_ONCE / 8; i++) {
        if (at >= len) return (int)len;
        spaces = spaces_at(address + at);
        at += spaces;
        if (spaces < 8) break;
    }
    return (int)(at < len ? at : len);
}

/* The same, however far that is. */
SUBPROGRAM guard_skip_spaces(u64 address, u32 at, u32 len) {
    u32 from;

    for (u32 i = 0; i <= NSSCOPE_GUARD_PAGE / SPACES_AT_ONCE; i++) {
        from = at;
        at = (u32)guard_skip_some(address, from, len);
        if (at - from < SPACES_AT_ONCE) break;
    }
    return (int)at;
}

#define NUMBER_LEN 21 /* TMPBUFLEN - 1 */

/* Reads the digits in run->digits from run->at on, of which run->number_end bytes are there. */
static __always_inline bool read_digits(struct run* run) {
    u32 at = run->at, digit, base = 10;
    u64 value = 0, next;

    if (digit_of((u8)run->digits[masked(at, 31)]) > 9) return false;
    if (run->digits[masked(at, 31)] == '0') {
        base = 8;
        if ((run->digits[masked(at + 1, 31)] | 0x20) == 'x' &&
            digit_of((u8)run->digits[masked(at + 2, 31)]) < 16) {
            base = 16;
            at += 2;
        }
    }
    run->at = at;
    for (u32 i = 0; i < NUMBER_LEN; i++) {
        digit = digit_of((u8)run->digits[masked(run->at, 31)]);
        if (digit >= base) break;
        if (value > (base == 10 ? ~0ull / 10 : base == 16 ? ~0ull / 16 : ~0ull / 8)) return false;
        next = value * base + digit;
        if (next < value) return false;
        value = next;
        run->at++;
    }
    run->number.magnitude = value;
    return true;
}

/* proc_get_long(): the number at `at` into run->number, and where it ends into run->number_end. 1: it is one. */
SUBPROGRAM guard_read_number(u64 address, u32 at, u32 len) {
    struct run* run = this_run();
    u64 left = len - at;
    u8 after;

    if (!run || at >= len) return 0;
    __builtin_memset(run->digits, 0, sizeof(run->digits));
    if (left > NUMBER_LEN) left = NUMBER_LEN;
    barrier_var(left); /* what is checked is to be what is used */
    if (left > NUMBER_LEN) return 0;
    if (bpf_probe_read_kernel(run->digits, left, (const void*)(address + at))) return 0;
    run->at = 0;
    run->number.negative = 0;
    if (run->digits[0] == '-' && len - at > 1) {
        run->number.negative = 1;
        run->at = 1;
    }
    if (!read_digits(run)) return 0;
    if (run->at >= NUMBER_LEN) return 0;
    after = (u8)run->digits[masked(run->at, 31)];
    if (run->at < len - at && after != ' ' && after != '\t' && after != '\n') return 0;
    if (run->number.magnitude == 0) run->number.negative = 0;
    run->number_end = at + run->at;
    return 1;
}

/* Element `element` of the vector at this address, into run->number. */
SUBPROGRAM guard_read_element(u64 address, u32 len, u32 element) {
    struct run* run = this_run();
    u32 at = 0;

    if (!run) return UNKNOWN;
    if (len > NSSCOPE_GUARD_NUMBERS_LEN) len = NSSCOPE_GUARD_NUMBERS_LEN;
    ROLLED for (u32 i = 0; i < NSSCOPE_GUARD_ELEMENTS; i++) {
        at = (u32)guard_skip_spaces(address, at, len);
        if (at >= len) return NO;
        if (!guard_read_number(address, at, len)) return UNKNOWN;
        if (i == element) return YES;
        at = run->number_end;
    }
    return UNKNOWN;
}

/* a < b */
static __always_inline bool is_less(const struct nsscope_guard_number* a,
                                    const struct nsscope_guard_number* b) {
    if (a->negative != b->negative) return a->negative;
    return a->negative ? a->magnitude > b->magnitude : a->magnitude < b->magnitude;
}

static __always_inline bool holds_for_number(struct run* run, const struct nsscope_guard_rule* rule) {
    struct nsscope_guard_member member = {run->number.magnitude, run->number.negative, rule->set};

    if ((rule->conditions & NSSCOPE_GUARD_MIN) && is_less(&run->number, &rule->min)) return false;
    if ((rule->conditions & NSSCOPE_GUARD_MAX) && is_less(&rule->max, &run->number)) return false;
    if ((rule->conditions & NSSCOPE_GUARD_IN) && !bpf_map_lookup_elem(&members, &member)) return false;
    if ((rule->conditions & NSSCOPE_GUARD_NOT_IN) && bpf_map_lookup_elem(&members, &member)) return false;
    return true;
}

/* The answers of an automaton. */
enum text_answer {
    TEXT_ACCEPTED = 1,
    TEXT_ACCEPTED_CUT = 2, /* its first max_len - 1 bytes alone */
    TEXT_REACHES_MAX = 4,  /* it has as many bytes as the setting can hold */
    TEXT_TOO_LONG = 8,
};

#define BYTES_AT_ONCE 32

/* Goes on with texts[index] over so many bytes from `at` on. Returns 1 at the text's end. */
SUBPROGRAM guard_run_some(u32 index, u32 at) {
    const struct nsscope_guard_text* text = bpf_map_lookup_elem(&texts, &index);
    struct run* run = this_run();
    u8 bytes[BYTES_AT_ONCE] = {};
    u64 state, accept;
    u32 left;
    u8 c;

    if (!text || !run) return 1;
    if (bpf_probe_read_kernel(bytes, sizeof(bytes), (const void*)(run->new_value + at))) return 1;
    state = run->state;
    accept = text->finals;
    left = run->new_len - at;
    for (u32 i = 0; i < BYTES_AT_ONCE; i++) {
        c = bytes[i];
        if (i >= left || c == 0 || c == '\n') {
            run->text_answer &= ~TEXT_TOO_LONG;
            if (state & accept) run->text_answer |= TEXT_ACCEPTED;
            return 1;
        }
        if (at + i >= NSSCOPE_GUARD_TEXT_LEN) return 1;
        if (at + i + 1 == run->max_len) {
            run->text_answer |= TEXT_REACHES_MAX;
            if (state & accept) run->text_answer |= TEXT_ACCEPTED_CUT;
        }
        state = ((state & text->accepts[c]) << 1) | (state & text->loops);
    }
    run->state = state;
    return 0;
}

/* Runs texts[index] over what is written. */
SUBPROGRAM guard_run_text(u32 index) {
    const struct nsscope_guard_text* text = bpf_map_lookup_elem(&texts, &index);
    struct run* run = this_run();

    if (!text || !run) return TEXT_TOO_LONG;
    run->state = text->starts;
    run->text_answer = TEXT_TOO_LONG;
    for (u32 at = 0; at <= NSSCOPE_GUARD_TEXT_LEN; at += BYTES_AT_ONCE)
        if (guard_run_some(index, at)) break;
    return (int)run->text_answer;
}

static __always_inline enum tri holds_for_text(struct run* run, const struct nsscope_guard_rule* rule) {
    int answer;
    bool whole, cut;

    if (run->pos || !run->new_value) return UNKNOWN;
    answer = guard_run_text(rule->text);
    whole = answer & TEXT_ACCEPTED;
    cut = answer & TEXT_ACCEPTED_CUT;
    if (answer & TEXT_TOO_LONG) return UNKNOWN;
    if ((answer & TEXT_REACHES_MAX) && whole != cut) return UNKNOWN;
    return whole ? YES : NO;
}

#define ON_NUMBER (NSSCOPE_GUARD_MIN | NSSCOPE_GUARD_MAX | NSSCOPE_GUARD_IN | NSSCOPE_GUARD_NOT_IN)

#define ON_TEXT (NSSCOPE_GUARD_MATCHES | NSSCOPE_GUARD_MATCHES_NOT)

/* Does the rule's condition hold for what is written? An enum tri. */
SUBPROGRAM guard_condition(u32 index) {
    const struct nsscope_guard_rule* rule = bpf_map_lookup_elem(&rules, &index);
    struct run* run = this_run();
    enum tri text = YES;
    int element;

    if (!rule || !run || !run->new_value || !run->new_len) return UNKNOWN;
    if (config.has_texts && (rule->conditions & ON_TEXT)) {
        text = holds_for_text(run, rule);
        if ((rule->conditions & NSSCOPE_GUARD_MATCHES_NOT) && text != UNKNOWN) text = text == YES ? NO : YES;
        if (text == NO) return NO;
    }
    if (config.has_conditions && (rule->conditions & ON_NUMBER)) {
        element = guard_read_element(run->new_value, run->new_len, rule->element);
        if (element == NO) element = guard_read_element(run->old_value, run->old_len, rule->element);
        if (element != YES) return UNKNOWN;
        if (!holds_for_number(run, rule)) return NO;
    }
    return text;
}
