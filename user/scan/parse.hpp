#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>

#include "model/ns_type.hpp"

namespace nsscope {

/// The texts of procfs, read without a system call. Each takes any bytes and answers nullopt for what the
/// kernel would not write.

/// What nsscope needs of /proc/PID/stat, proc_pid_stat(5).
struct StatFields {
    std::string comm; ///< raw bytes; any but NUL, `)` and newline included
    char state = 0;   ///< 'Z': a zombie
    pid_t ppid = 0;
    std::uint32_t flags = 0; ///< PF_*, include/linux/sched.h
    std::uint64_t num_threads = 0;
    std::uint64_t start_ticks = 0; ///< clock ticks since boot
};
[[nodiscard]] std::optional<StatFields> parse_stat(std::string_view text);

/// The text of a link under /proc/PID/ns: "net:[4026531833]", namespaces(7).
struct NsLink {
    NsType type{};
    std::uint32_t inum = 0; ///< never 0
    bool operator==(const NsLink&) const = default;
};
[[nodiscard]] std::optional<NsLink> parse_ns_link(std::string_view text);

/// A directory name that is a pid: digits, no sign, no leading zero.
[[nodiscard]] std::optional<pid_t> parse_pid(std::string_view name);

} // namespace nsscope
