#pragma once

#include "base/result.hpp"

namespace nsscope {

/// Whether the environment variables that nsscope reads say something that it understands (NSSCOPE_DISABLE).
[[nodiscard]] Result<void> check_environment();

} // namespace nsscope
