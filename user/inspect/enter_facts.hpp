#pragma once

#include "inspect/enter_rules.hpp"
#include "inspect/look.hpp"

namespace nsscope {

/// Gathers what decides whether the process could join the namespace: of its main thread, from PROC_ROOT/PID, by the
/// ioctls of ioctl_nsfs(2), and by kcmp(2) with every other thread of the machine. What could not be learned is left
/// out of the facts and goes to `gaps`. Fails where there is no such process, or it may not be looked at.
[[nodiscard]] Result<EnterFacts> gather_enter_facts(const InspectSources& sources, pid_t pid,
                                                    const HeldNamespace& target, Gaps& gaps);

} // namespace nsscope
