#pragma once

#include <span>
#include <string>

#include "base/result.hpp"
#include "policy/policy.hpp"

namespace nsscope {

struct PolicyFile {
    std::string name; ///< for errors
    std::string text;
};

/// Rules that one policy may have, all files together.
inline constexpr std::size_t most_rules = 65536;

/// Reads the files as one policy: the rules in the order of the files. What is about the whole policy (mode, default,
/// on_error, runtime_setup) may stand in each, but must be the same wherever it does. An error says file, line,
/// column, what was found there and what was expected. docs/guard.md describes the language.
[[nodiscard]] Result<Policy> parse_policy(std::span<const PolicyFile> files);

} // namespace nsscope
