#pragma once

#include <string_view>

#include "base/result.hpp"

namespace nsscope {

/// Bits that the globs of one condition may take together in the kernel's automaton (bpf/guard.h): each takes one, and
/// one for each byte or `?`.
inline constexpr unsigned most_glob_bits = 64;

/// What a glob is made of, read from left to right: `*` any bytes, `?` one byte, `\` the next one as it is.
struct GlobToken {
    enum class Kind {
        byte,
        one,
        star,
        end
    };
    Kind kind = Kind::end;
    char byte = 0;
};

/// The first token of `glob`, which is taken off it. A `\` at the very end is a byte.
[[nodiscard]] GlobToken take_token(std::string_view& glob);

/// The bits that `glob` takes.
[[nodiscard]] unsigned glob_bits(std::string_view glob);

/// Does `glob` match the whole of `text`? In time that grows with the one times the other at worst.
[[nodiscard]] bool glob_matches(std::string_view glob, std::string_view text);

} // namespace nsscope
