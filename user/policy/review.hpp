#pragma once

#include <string>
#include <vector>

#include "policy/compile.hpp"
#include "policy/sysctl_names.hpp"

namespace nsscope {

/// Something about a policy that its author should know.
struct Remark {
    enum class Kind {
        warning, ///< most likely a mistake
        note,    ///< what the policy cannot do
    };
    Kind kind = Kind::warning;
    PolicyPlace place{};
    std::string text{};
};

/// What can be said of a policy without putting it in force: names that no kernel has, rules that never decide, scopes that
/// depend on what user space knows, settings with other doors than /proc/sys. In the order of the
/// policy; other doors last.
/// `names`: of a running kernel; nothing is said of names when it is empty.
[[nodiscard]] std::vector<Remark> review(const Policy& policy, const CompiledPolicy& compiled,
                                         const SysctlNames& names);

/// What no policy protects from, one sentence each.
[[nodiscard]] std::vector<std::string> unprotected();
/// What a policy protects from only where BPF programs are asked at the kernel's security hooks.
[[nodiscard]] std::vector<std::string> protected_by_lsm();

} // namespace nsscope
