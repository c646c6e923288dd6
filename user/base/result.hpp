#pragma once

#include <string>
#include <tl/expected.hpp>

namespace nsscope {

/// Why something could not be done: one line for stderr, and what the user can do about it.
struct Error {
    std::string what;     ///< what failed and at which place, e.g. "cannot open /proc: Permission denied"
    std::string hint{};   ///< what to do; empty where there is nothing to say
    int error_number = 0; ///< errno where a system call failed, else 0
};

template <typename T>
using Result = tl::expected<T, Error>;
using Failure = tl::unexpected<Error>;

/// An Error from errno: "WHAT: strerror". Call it before anything else can change errno.
Failure errno_failure(std::string what, std::string hint = {});
/// The same from an explicit error number (positive), as libbpf and friends return it negated.
Failure errno_failure(int error_number, std::string what, std::string hint = {});

} // namespace nsscope
