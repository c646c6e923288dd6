#pragma once

#include <cstdint>
#include <string>

/// The system calls, past the C library: which of them runs, and with which flags, is the point.
namespace nshelper {

/// "uts,ipc", "0x80" or "0": the CLONE_ flags by name. Ends the program when a name is unknown.
std::uint64_t parse_flags(const std::string& text);
/// "uts" for CLONE_NEWUTS and so on.
std::uint64_t flag_of(const std::string& name);

/// A system call's result as the kernel gives it: the negative errno when it failed.
long raw_call(long number, long first = 0, long second = 0);

/// A system call that makes a child. The child runs `body(argument)`, which does not return, and may share memory
/// and stack with the caller, who is then asleep until it ends (CLONE_VM | CLONE_VFORK).
long call_with_child(long number, long first, long second, void (*body)(void*), void* argument);

/// The system call of a 32-bit program, by `int $0x80`. Only where has_int80().
long int80_call(long number, long first = 0, long second = 0);
bool has_int80();

} // namespace nshelper
