#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace nsscope {

/// A number as the kernel reads one from a write to /proc/sys: a 64-bit magnitude and a sign. Minus zero is zero.
struct Number {
    std::uint64_t magnitude = 0;
    bool negative = false;

    bool operator==(const Number&) const = default;
    [[nodiscard]] std::strong_ordering operator<=>(const Number& other) const;
};

[[nodiscard]] std::string to_string(const Number& number);

/// What the kernel finds at one element of a vector in what was written.
struct ElementRead {
    enum class What {
        number,
        absent,     ///< the write ends before it: the kernel leaves the element as it is
        unreadable, ///< the kernel gives up here, or before: EINVAL
    };
    What what = What::absent;
    Number number{}; ///< only for What::number
};

/// Bytes of a write that the kernel reads numbers from (__do_proc_dointvec(), kernel/sysctl.c: PAGE_SIZE - 1).
inline constexpr std::size_t numbers_length = 4095;

/// Element `index` (from 0) of what is written, as the proc_dointvec() family of kernel/sysctl.c reads it, from 5.10 to
/// this day. That is __do_proc_dointvec(), proc_get_long() and strtoul_lenient():
///
/// - before each number, everything that the kernel's isspace() takes: 9 to 13, 32, and 160 (lib/ctype.c);
/// - a '-', at most, then digits: hexadecimal after "0x" where one such follows, octal after "0", else decimal;
/// - behind a number, the end, a space, a tab or a newline; anything else is EINVAL, and so are a number of 21 bytes
///   or more (sign and leading zeros counted) and one beyond 64 bits;
/// - nothing beyond the first 4095 bytes is seen: a number that crosses this line is cut there.
///
/// What the setting's own handler then thinks of the number (too large for an int, say) is not looked at: it would
/// refuse, and nothing be stored.
[[nodiscard]] ElementRead read_element(std::string_view written, unsigned index);

/// The number that `text` is, when it is one from end to end, in the same notation and with nothing around it.
[[nodiscard]] std::optional<Number> parse_number(std::string_view text);

/// What a setting that holds text keeps of what is written at position 0 (_proc_do_string(), kernel/sysctl.c): all before
/// the first NUL or newline.
[[nodiscard]] std::string_view stored_text(std::string_view written);

} // namespace nsscope
