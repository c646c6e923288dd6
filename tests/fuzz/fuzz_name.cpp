#include <algorithm>

#include "check.hpp"
#include "policy/glob.hpp"
#include "policy/name.hpp"
#include "policy/number.hpp"

/// The first line is a pattern, the rest a name (and a glob, and a text, and what is written to a number). A pattern
/// matches a name just when one of those that it is spread to does.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace nsscope;
    using fuzz::check;
    const auto text = fuzz::text_of(data, size);
    const auto line = std::min(text.find('\n'), text.size());
    const auto first = text.substr(0, line);
    const auto rest = text.substr(std::min(line + 1, text.size()));

    for (unsigned i = 0; i < 3; ++i) static_cast<void>(read_element(text, i));
    if (const auto number = parse_number(first)) {
        const auto read = read_element(first, 0);
        check(read.what == ElementRead::What::number && read.number == *number, "a number is read as itself");
        check(parse_number(to_string(*number)) == number || to_string(*number).size() > 20,
              "a number is written as itself");
    }
    if (rest.size() < 4096) {
        check(glob_matches("*", rest), "a star matches anything");
        static_cast<void>(glob_matches(first, rest));
    }
    check(glob_bits(first) <= first.size() + 1, "a glob is not longer than its text");

    const auto pattern = parse_name_pattern(first);
    if (!pattern) {
        check(!pattern.error().what.empty() && !pattern.error().hint.empty(),
              "an error says what was expected");
        return 0;
    }
    const auto parts = split_name(rest);
    if (parts.size() > most_sysctl_components) return 0;
    const auto all = spread(*pattern);
    const bool spread_matches = std::any_of(all.begin(), all.end(), [&](const auto& one) {
        return matches(NamePattern{one, {}}, rest);
    });
    check(matches(*pattern, rest) == spread_matches, "spreading a pattern changes nothing");
    if (pattern->is_literal() && first.find('\\') == std::string_view::npos)
        check(matches(*pattern, canonical_name(first)), "a name matches itself");
    return 0;
}
