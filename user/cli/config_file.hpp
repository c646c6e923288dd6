#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace CLI {
class App;
}

namespace nsscope {

/// Gives a command the options that a YAML file has for it: a mapping of long names without "--" to a scalar, or to a list
/// where an option may be given more than once. What the command line has said already is left as it is. Fails with file, line and
/// column where the file makes no sense, names no option, or has a value that the option does not take; `app` may then have some
/// of the options.
[[nodiscard]] Result<void> take_config(CLI::App& app, const std::string& file);
/// The same of what was read already, from a file of this name.
[[nodiscard]] Result<void> take_config_text(CLI::App& app, std::string_view text, const std::string& file);

} // namespace nsscope
