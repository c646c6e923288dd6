#pragma once

#include <string>
#include <vector>

#include "presenter/key.hpp"
#include "presenter/world.hpp"

namespace nsscope::tui {

/// The command that enters a namespace, all of those of a process, or those of a container's first process, nsenter(1),
/// as its arguments; a path in it is raw bytes. Empty where none does.
[[nodiscard]] std::vector<std::string> nsenter_words(const World& world, const Key& key);

/// The same as a line for a shell, printable: each word that is not plain is quoted ($'...' where it has to be).
[[nodiscard]] std::string shell_line(const std::vector<std::string>& words);

/// Appends one character of Unicode as UTF-8; nothing where there is no such character.
void append_character(std::string& out, std::uint32_t code);

} // namespace nsscope::tui
