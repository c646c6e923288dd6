#pragma once

#include <vector>

#include "base/result.hpp"
#include "presenter/look.hpp"
#include "scan/cgroup.hpp"

namespace nsscope {

/// The guards in force, as the guard view shows them: each with its rules and how often they decided, and who was last
/// denied, audited or overridden. Empty: none is in force. Fails where they may not be read.
[[nodiscard]] Result<std::vector<tui::GuardLine>> guard_lines(const CgroupTree& cgroups);

} // namespace nsscope
