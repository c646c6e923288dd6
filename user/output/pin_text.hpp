#pragma once

#include <string>
#include <string_view>

#include "model/snapshot.hpp"

namespace nsscope {

/// The word of the interface for a reason to live: "fd", "mount", ...
[[nodiscard]] std::string_view name(Pin::How how);

/// Appends a reason in a few words, fit for a terminal: "fd 7 of pid 1", "mount /run/netns/a",
/// "child pid:[4026532300]".
void append_pin_text(std::string& out, const Pin& pin);

} // namespace nsscope
