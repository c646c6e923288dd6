#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nsscope {

/// How this machine is set up, where that makes a difference to what nsscope can do.
struct Surrounding {
    std::string_view name;
    std::string state; ///< as it is, in a few words
    bool is_fine = true;
    std::string_view means{};  ///< for the user; empty when it is fine
    std::string_view remedy{}; ///< what to do; empty when it is fine, or nothing can be done
};

/// Reads what `proc` (procfs) and `sys` (sysfs) say: which cgroup hierarchies there are (mountinfo, filesystems), a BPF
/// file system to pin in, lockdown (kernel_lockdown(7)), security modules. Changes nothing. A file that cannot be read
/// makes a state of "unknown".
[[nodiscard]] std::vector<Surrounding> look_around(const std::string& proc, const std::string& sys);

} // namespace nsscope
