/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Which of the calls that we follow is this, and with what argument: by architecture. Who makes it is asked last: at the
 * last rung every call of every process comes here, and most are none of our business. */
#ifndef NSSCOPE_SYSCALLS_BPF_H
#define NSSCOPE_SYSCALLS_BPF_H

#include "lib/flavours.bpf.h"

struct syscall {
    u32 which; /* enum nsscope_syscall, NSSCOPE_SYS_NONE for every other call */
    u64 arg0;
    u64 arg1;
};

/* Where fields are read by probe, these are still behind a typed pointer: see pt_regs_of(). */
#ifdef NSSCOPE_READ_BY_PROBE
#define REGISTER(regs, name) BPF_CORE_READ(regs, name)
#else
#define REGISTER(regs, name) GET(regs, name)
#endif

#if defined(__TARGET_ARCH_x86)

#define SYSCALL_PREFIX "__x64_sys_"
#define RETURN_VALUE(regs) ((regs)->ax)
#define FIRST_ARGUMENT(regs) ((regs)->di)

#define X32_SYSCALL_BIT 0x40000000

static __always_inline struct syscall syscall_of(struct pt_regs* regs) {
    struct syscall call = {.which = NSSCOPE_SYS_NONE};
    u32 native = NSSCOPE_SYS_NONE, compat = NSSCOPE_SYS_NONE;

    switch ((u32)REGISTER(regs, orig_ax) & ~X32_SYSCALL_BIT) {
    /* arch/x86/entry/syscalls/syscall_64.tbl */
    case 56: native = NSSCOPE_SYS_CLONE; break;
    case 57: native = NSSCOPE_SYS_FORK; break;
    case 58: native = NSSCOPE_SYS_VFORK; break;
    case 272: native = NSSCOPE_SYS_UNSHARE; break;
    case 308: native = NSSCOPE_SYS_SETNS; break;
    /* arch/x86/entry/syscalls/syscall_32.tbl */
    case 2: compat = NSSCOPE_SYS_FORK; break;
    case 120: compat = NSSCOPE_SYS_CLONE; break;
    case 190: compat = NSSCOPE_SYS_VFORK; break;
    case 310: compat = NSSCOPE_SYS_UNSHARE; break;
    case 346: compat = NSSCOPE_SYS_SETNS; break;
    /* both */
    case 435: native = compat = NSSCOPE_SYS_CLONE3; break;
    default: return call;
    }
    if (is_compat(plain(current_task()))) {
        call.which = compat;
        call.arg0 = (u32)REGISTER(regs, bx);
        call.arg1 = (u32)REGISTER(regs, cx);
    } else {
        call.which = native;
        call.arg0 = REGISTER(regs, di);
        call.arg1 = REGISTER(regs, si);
    }
    return call;
}

#elif defined(__TARGET_ARCH_arm64)

#define SYSCALL_PREFIX "__arm64_sys_"
#define RETURN_VALUE(regs) ((regs)->regs[0])
#define FIRST_ARGUMENT(regs) ((regs)->regs[0])

static __always_inline struct syscall syscall_of(struct pt_regs* regs) {
    struct syscall call = {.which = NSSCOPE_SYS_NONE};
    u32 native = NSSCOPE_SYS_NONE, compat = NSSCOPE_SYS_NONE;

    switch ((u32)REGISTER(regs, syscallno)) {
    /* include/uapi/asm-generic/unistd.h */
    case 97: native = NSSCOPE_SYS_UNSHARE; break;
    case 220: native = NSSCOPE_SYS_CLONE; break;
    case 268: native = NSSCOPE_SYS_SETNS; break;
    /* arch/arm64/tools/syscall_32.tbl */
    case 2: compat = NSSCOPE_SYS_FORK; break;
    case 120: compat = NSSCOPE_SYS_CLONE; break;
    case 190: compat = NSSCOPE_SYS_VFORK; break;
    case 337: compat = NSSCOPE_SYS_UNSHARE; break;
    case 375: compat = NSSCOPE_SYS_SETNS; break;
    /* both */
    case 435: native = compat = NSSCOPE_SYS_CLONE3; break;
    default: return call;
    }
    call.which = is_compat(plain(current_task())) ? compat : native;
    call.arg0 = REGISTER(regs, orig_x0);
    call.arg1 = REGISTER(regs, regs[1]);
    return call;
}

#endif

/* The call that `task`, which runs now, is in the middle of. */
static __always_inline struct syscall current_syscall(struct task_struct* task) {
    struct syscall none = {.which = NSSCOPE_SYS_NONE};
    if (GET(task, flags) & PF_KTHREAD) return none;
    return syscall_of(pt_regs_of(task));
}

#endif
