#pragma once

#include <string>
#include <string_view>

#include "inspect/held_namespace.hpp"

namespace nsscope {

/// `text` as one word for a shell, POSIX 2.2: as it is where that is safe, else in quotes. What a terminal must not see
/// (append_printable()) is written in $'...', which bash, dash 0.5.11+ (and POSIX 2024) understand. Raw bytes go in, ASCII
/// or harmless UTF-8 comes out, and a shell makes the same bytes of it again.
[[nodiscard]] std::string shell_word(std::string_view text);

/// The command that enters the namespace, nsenter(1): "nsenter --target 4711 --net", or by the path that leads to it,
/// "nsenter --net=/run/netns/a". Empty where none does.
[[nodiscard]] std::string nsenter_line(const HeldNamespace& ns);

} // namespace nsscope
