#include "helper/calls.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

namespace nshelper {
namespace {

struct Flag {
    const char* name;
    std::uint64_t bit;
};

constexpr std::array<Flag, 16> flags{{
    {"cgroup", CLONE_NEWCGROUP},
    {"ipc", CLONE_NEWIPC},
    {"mnt", CLONE_NEWNS},
    {"net", CLONE_NEWNET},
    {"pid", CLONE_NEWPID},
    {"time", CLONE_NEWTIME},
    {"user", CLONE_NEWUSER},
    {"uts", CLONE_NEWUTS},
    {"files", CLONE_FILES},
    {"fs", CLONE_FS},
    {"sysvsem", CLONE_SYSVSEM},
    {"thread", CLONE_THREAD},
    {"sighand", CLONE_SIGHAND},
    {"vm", CLONE_VM},
    {"vfork", CLONE_VFORK},
    {"parent", CLONE_PARENT},
}};

} // namespace

std::uint64_t flag_of(const std::string& name) {
    for (const auto& flag : flags)
        if (name == flag.name) return flag.bit;
    char* end = nullptr;
    const auto number = std::strtoull(name.c_str(), &end, 0);
    if (name.empty() || *end != '\0') {
        std::fprintf(stderr, "nshelper: no flag '%s'\n", name.c_str());
        std::exit(2);
    }
    return number;
}

std::uint64_t parse_flags(const std::string& text) {
    std::uint64_t bits = 0;
    for (std::size_t at = 0; at <= text.size();) {
        const auto comma = std::min(text.find(',', at), text.size());
        bits |= flag_of(text.substr(at, comma - at));
        at = comma + 1;
    }
    return bits;
}

long raw_call(long number, long first, long second) {
    const long result = ::syscall(number, first, second, 0, 0, 0);
    return result < 0 ? -errno : result;
}

#if defined(__x86_64__)

long call_with_child(long number, long first, long second, void (*body)(void*), void* argument) {
    long result = number;
    register long r10 asm("r10") = 0;
    register long r8 asm("r8") = 0;
    // The child leaves the caller's red zone alone, and nothing above it changes before the caller goes on.
    asm volatile("syscall\n\t"
                 "test %%rax, %%rax\n\t"
                 "jnz 1f\n\t"
                 "sub $256, %%rsp\n\t"
                 "and $-64, %%rsp\n\t"
                 "mov %[argument], %%rdi\n\t"
                 "call *%[body]\n\t"
                 "1:"
                 : "+&a"(result)
                 : "D"(first), "S"(second), "d"(0L), "r"(r10),
                   "r"(r8), [body] "r"(body), [argument] "r"(argument)
                 : "rcx", "r11", "memory", "cc");
    return result;
}

long int80_call(long number, long first, long second) {
    long result = number;
    asm volatile("int $0x80"
                 : "+a"(result)
                 : "b"(first), "c"(second)
                 : "r8", "r9", "r10", "r11", "memory", "cc");
    return static_cast<int>(result);
}

bool has_int80() {
    // A kernel without 32-bit calls answers with a signal.
    const pid_t child = ::fork();
    if (child == 0) ::_exit(int80_call(20) > 0 ? 0 : 1); // getpid
    int status = 0;
    return child > 0 && ::waitpid(child, &status, 0) == child && status == 0;
}

#elif defined(__aarch64__)

long call_with_child(long number, long first, long second, void (*body)(void*), void* argument) {
    register long x8 asm("x8") = number;
    register long x0 asm("x0") = first;
    register long x1 asm("x1") = second;
    register long x2 asm("x2") = 0;
    register long x3 asm("x3") = 0;
    register long x4 asm("x4") = 0;
    asm volatile("svc #0\n\t"
                 "cbnz x0, 1f\n\t"
                 "mov x0, %[argument]\n\t"
                 "blr %[body]\n\t"
                 "1:"
                 : "+&r"(x0)
                 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), [body] "r"(body), [argument] "r"(argument)
                 : "x30", "memory", "cc");
    return x0;
}

long int80_call(long, long, long) { return -ENOSYS; }
bool has_int80() { return false; }

#endif

} // namespace nshelper
