#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace nsscope {

/// What a filter is made of.
struct Token {
    enum class Kind : std::uint8_t {
        word,   ///< a name, a number, or a text that needs no quotes: letters, digits, and . _ - / : * @ + %
        quoted, ///< "text", with \" and \\ undone
        sign,   ///< an operator, a parenthesis or a comma
        end,
    };
    Kind kind = Kind::end;
    std::string text;
    std::size_t at = 0; ///< where it begins, in bytes from the filter's beginning
};

/// A filter that cannot be read: `what` names the place, and `hint` shows it: the filter on one line, and on the next a
/// '^' under the place.
[[nodiscard]] Failure filter_failure(std::string_view filter, std::size_t at, const std::string& what);

/// Takes a filter apart.
class Tokens {
  public:
    /// `text` outlives this object.
    explicit Tokens(std::string_view text) : text_(text) {}

    /// The next one, `end` for ever after the last.
    [[nodiscard]] Result<Token> next();

  private:
    [[nodiscard]] Result<Token> quoted(std::size_t begin);
    [[nodiscard]] Result<Token> sign(std::size_t begin);

    std::string_view text_;
    std::size_t at_ = 0;
};

} // namespace nsscope
