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

/* What a number means to programs of the kernel's own width, and to 32-bit ones: enum nsscope_syscall, both in one word. */
#define MOST_SYSCALLS 512
#define NATIVE_MASK 0xff
#define COMPAT_SHIFT 8
#define NATIVE(call) (NSSCOPE_SYS_##call)
#define COMPAT(call) (NSSCOPE_SYS_##call << COMPAT_SHIFT)

/* Where fields are read by probe, these are still behind a typed pointer: see pt_regs_of(). */
#ifdef NSSCOPE_READ_BY_PROBE
#define REGISTER(regs, name) BPF_CORE_READ(regs, name)
#else
#define REGISTER(regs, name) GET(regs, name)
#endif

#if defined(__TARGET_ARCH_x86)

#define SYSCALL_PREFIX "__x64_sys_"
#define RETURN_VALUE(r) ((r)->ax)
#define FIRST_ARGUMENT(r) ((r)->di)

#define X32_SYSCALL_BIT 0x40000000
#define SYSCALL_NUMBER(regs) ((u32)REGISTER(regs, orig_ax) & ~X32_SYSCALL_BIT)

/* arch/x86/entry/syscalls/syscall_{64,32}.tbl */
static const u16 followed[MOST_SYSCALLS] = {
    [56] = NATIVE(CLONE),    [57] = NATIVE(FORK),   [58] = NATIVE(VFORK),                    /* 64 bits */
    [272] = NATIVE(UNSHARE), [308] = NATIVE(SETNS),                                          /* */
    [2] = COMPAT(FORK),      [120] = COMPAT(CLONE), [190] = COMPAT(VFORK),                   /* 32 bits */
    [310] = COMPAT(UNSHARE), [346] = COMPAT(SETNS), [435] = NATIVE(CLONE3) | COMPAT(CLONE3), /* both */
};

static __always_inline void fill_arguments(struct syscall* call, struct pt_regs* regs, bool compat) {
    call->arg0 = compat ? (u32)REGISTER(regs, bx) : REGISTER(regs, di);
    call->arg1 = compat ? (u32)REGISTER(regs, cx) : REGISTER(regs, si);
}

#elif defined(__TARGET_ARCH_arm64)

#define SYSCALL_PREFIX "__arm64_sys_"
#define RETURN_VALUE(r) ((r)->regs[0])
#define FIRST_ARGUMENT(r) ((r)->regs[0])

#define SYSCALL_NUMBER(regs) ((u32)REGISTER(regs, syscallno))

/* include/uapi/asm-generic/unistd.h, arch/arm64/tools/syscall_32.tbl */
static const u16 followed[MOST_SYSCALLS] = {
    [97] = NATIVE(UNSHARE),  [220] = NATIVE(CLONE), [268] = NATIVE(SETNS),                   /* 64 bits */
    [2] = COMPAT(FORK),      [120] = COMPAT(CLONE), [190] = COMPAT(VFORK),                   /* 32 bits */
    [337] = COMPAT(UNSHARE), [375] = COMPAT(SETNS), [435] = NATIVE(CLONE3) | COMPAT(CLONE3), /* both */
};

static __always_inline void fill_arguments(struct syscall* call, struct pt_regs* regs, bool compat) {
    call->arg0 = REGISTER(regs, orig_x0);
    call->arg1 = REGISTER(regs, regs[1]);
}

#endif

/* What `followed` says of the call with these registers: 0, it is neither a 64-bit nor a 32-bit program's that we follow. */
static __always_inline u32 follows(struct pt_regs* regs) {
    u64 number = SYSCALL_NUMBER(regs);
    barrier_var(number); /* what is compared is what is used */
    return number < MOST_SYSCALLS ? followed[number] : 0;
}

static __always_inline struct syscall syscall_of(struct pt_regs* regs) {
    struct syscall call = {.which = NSSCOPE_SYS_NONE};
    const u32 found = follows(regs);
    bool compat;

    if (!found) return call;
    compat = is_compat(plain(current_task()));
    call.which = compat ? found >> COMPAT_SHIFT : found & NATIVE_MASK;
    fill_arguments(&call, regs, compat);
    return call;
}

/* The call that `task`, which runs now, is in the middle of. */
static __always_inline struct syscall current_syscall(struct task_struct* task) {
    struct syscall none = {.which = NSSCOPE_SYS_NONE};
    if (GET(task, flags) & PF_KTHREAD) return none;
    return syscall_of(pt_regs_of(task));
}

#endif
