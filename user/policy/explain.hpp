#pragma once

#include <string>

#include "policy/evaluate.hpp"
#include "policy/scene.hpp"

namespace nsscope {

/// What the policy says of an access and why, in a few lines of text: the verdict and what decided, then every rule that
/// names the setting, up to that one, and why it does or does not match. Fit for a terminal.
[[nodiscard]] std::string explain(const Policy& policy, const Scene& scene, const Access& access);

} // namespace nsscope
