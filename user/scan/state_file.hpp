#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace nsscope {

/// Why a file could not be used. error_number 0: it could be read, and makes no sense.
struct StateFileError {
    int error_number = 0;
    std::string what; ///< without the file's name
    /// Whether the file went away: its container has ended.
    [[nodiscard]] bool gone() const;
};

inline constexpr std::size_t largest_state_file = std::size_t{16} << 20U;

/// The whole of a regular file of at most largest_state_file bytes. Whoever owns the directory may have put anything
/// there: what is a symbolic link, a pipe or a device is refused, and nothing is waited for.
[[nodiscard]] tl::expected<std::string, StateFileError> read_state_file(const std::string& path);

/// Whether brackets are nested deeper than this anywhere outside of strings. Looks at nothing else.
[[nodiscard]] bool nested_deeper_than(std::string_view json, std::size_t depth);

} // namespace nsscope
