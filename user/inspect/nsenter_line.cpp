#include "inspect/nsenter_line.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.hpp"

namespace nsscope {

namespace {

bool is_plain(char c) {
    constexpr std::string_view others = "/._-+:,@%=";
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           others.find(c) != std::string_view::npos;
}

/// Whether a terminal may see it as it is, backslashes aside.
bool is_harmless(std::string_view text) {
    std::string without(text);
    std::replace(without.begin(), without.end(), '\\', '/');
    return to_printable(without) == without;
}

std::string_view long_option(NsType type) {
    return type == NsType::mnt ? "mount" : name(type); // nsenter(1) has its own word for one of them
}

} // namespace

std::string shell_word(std::string_view text) {
    if (!text.empty() && text.front() != '~' && std::all_of(text.begin(), text.end(), is_plain))
        return std::string(text);
    std::string word;
    if (is_harmless(text)) {
        word = "'";
        for (const char c : text) c == '\'' ? word += "'\\''" : word += c;
        return word + "'";
    }
    // Octal: three digits at the most, so that no character after it is taken for one.
    word = "$'";
    for (const char c : text) {
        if (c == ' ' || is_plain(c))
            word += c;
        else
            word += fmt::format("\\{:03o}", static_cast<unsigned char>(c));
    }
    return word + "'";
}

std::string nsenter_line(const HeldNamespace& ns) {
    if (ns.pid != 0) return fmt::format("nsenter --target {} --{}", ns.pid, long_option(ns.type));
    if (ns.path.empty()) return {};
    return fmt::format("nsenter --{}={}", long_option(ns.type), shell_word(ns.path));
}

} // namespace nsscope
