#pragma once

#include "cli/command.hpp"

namespace nsscope {

/// The sub-commands of `nsscope guard`; `parent` is the parser of `guard`.
Command make_guard_check(CLI::App& parent);

} // namespace nsscope
