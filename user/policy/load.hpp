#pragma once

#include <string>
#include <vector>

#include "policy/parse.hpp"

namespace nsscope {

/// Reads a policy from a file, or from the files of a directory whose names end in .yaml or .yml, in the order of their
/// names (byte by byte; hidden ones are passed over). Error::error_number is set where a file could not be read, and 0
/// where what it says is no policy.
[[nodiscard]] Result<Policy> load_policy(const std::string& path);

/// The files behind load_policy(), unparsed.
[[nodiscard]] Result<std::vector<PolicyFile>> read_policy_files(const std::string& path);

} // namespace nsscope
