#pragma once

#include "cli/command.hpp"

namespace nsscope {

/// The sub-commands of `nsscope guard`; `parent` is the parser of `guard`.
Command make_guard_check(CLI::App& parent);
Command make_guard_run(CLI::App& parent);
Command make_guard_apply(CLI::App& parent);
Command make_guard_status(CLI::App& parent);
Command make_guard_remove(CLI::App& parent);

} // namespace nsscope
