#include "output/display_width.hpp"

#include <cstdint>
#include <cwchar>

namespace nsscope {
namespace {

struct Character {
    std::size_t bytes;
    std::size_t cells;
};

/// The first character of `text`, which is not empty. A character that the locale does not know is taken to
/// be one cell: a terminal that cannot show it shows some replacement.
Character first_character(std::string_view text) {
    const auto lead = static_cast<unsigned char>(text.front());
    if (lead < 0x80) return {1, 1};
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (text.size() < length) return {text.size(), 1};
    auto code = static_cast<std::uint32_t>(lead & (0xFF >> (length + 1)));
    for (std::size_t i = 1; i < length; ++i)
        code = (code << 6) | (static_cast<unsigned char>(text[i]) & 0x3Fu);
    const int cells = ::wcwidth(static_cast<wchar_t>(code));
    return {length, cells < 0 ? 1 : static_cast<std::size_t>(cells)};
}

} // namespace

std::size_t display_width(std::string_view text) {
    std::size_t cells = 0;
    while (!text.empty()) {
        const auto character = first_character(text);
        cells += character.cells;
        text.remove_prefix(character.bytes);
    }
    return cells;
}

std::string_view cut_to_width(std::string_view text, std::size_t cells) {
    std::size_t bytes = 0;
    while (bytes < text.size()) {
        const auto character = first_character(text.substr(bytes));
        if (character.cells > cells) break;
        cells -= character.cells;
        bytes += character.bytes;
    }
    return text.substr(0, bytes);
}

} // namespace nsscope
