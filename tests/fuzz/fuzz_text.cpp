#include <initializer_list>
#include <string>

#include "base/text.hpp"
#include "check.hpp"

namespace {

using nsscope::fuzz::check;

/// Well-formed UTF-8 by decoding, computing and encoding anew: another way than the one under test.
bool is_utf8(std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
        const auto at = [&](std::size_t k) { return static_cast<unsigned char>(text[i + k]); };
        const unsigned lead = at(0);
        const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
        if ((lead >= 0x80 && lead < 0xC0) || lead >= 0xF8 || i + length > text.size()) return false;
        std::uint32_t code = length == 1 ? lead : lead & (0x7FU >> length);
        for (std::size_t k = 1; k < length; ++k) {
            if ((at(k) >> 6U) != 2) return false;
            code = code << 6U | (at(k) & 0x3FU);
        }
        const std::size_t shortest = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
        if (shortest != length || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) return false;
        i += length;
    }
    return true;
}

bool has_control(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (byte < 0x20 || byte == 0x7F) return true;
        if (byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0)
            return true; // C1
    }
    return false;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes = nsscope::fuzz::text_of(data, size);

    const std::string utf8 = nsscope::to_utf8(bytes);
    check(is_utf8(utf8), "the output of append_utf8 is UTF-8");
    check(!is_utf8(bytes) || utf8 == bytes, "append_utf8 leaves UTF-8 as it is");
    check(is_utf8(bytes) || utf8 != bytes, "append_utf8 changes what is not UTF-8");
    check(nsscope::to_utf8(utf8) == utf8, "append_utf8 is idempotent");

    const std::string printable = nsscope::to_printable(bytes);
    check(is_utf8(printable), "the output of append_printable is UTF-8");
    check(!has_control(printable), "the output of append_printable has no control characters");
    for (const std::string_view hidden : {"\u202E", "\u2066", "\u200B", "\u2028", "\uFEFF", "\U000E0041"})
        check(printable.find(hidden) == std::string::npos, "append_printable hides formatting characters");
    return 0;
}
