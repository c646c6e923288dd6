#include "cli/environment.hpp"

#include "kernel/features.hpp"

namespace nsscope {

Result<void> check_environment() {
    const auto disabled = disabled_features();
    if (!disabled) return Failure(disabled.error());
    return {};
}

} // namespace nsscope
