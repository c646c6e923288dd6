#pragma once

#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "policy/name.hpp"

namespace nsscope {

/// The sysctls that a kernel has, as its /proc/sys shows them to this process: those of its own network namespace, and
/// of the modules that are loaded.
class SysctlNames {
  public:
    /// `root`: where /proc/sys is. What cannot be read is not in it; empty where nothing can.
    static SysctlNames of(const std::string& root);
    explicit SysctlNames(const std::vector<std::string>& names);

    [[nodiscard]] bool empty() const { return names_.empty(); }
    /// Is there one that the pattern names? An interface that the pattern names need not be there: it may come.
    [[nodiscard]] bool has(const NamePattern& pattern) const;

  private:
    std::unordered_set<std::string> names_; ///< an interface is "*" in them
};

} // namespace nsscope
