#include "inspect/capabilities.hpp"

#include <bit>
#include <vector>

#include <fmt/format.h>

namespace nsscope {

namespace {

constexpr std::uint64_t named = (std::uint64_t{1} << capability_names.size()) - 1;

std::string names_of(std::uint64_t set) {
    std::string text;
    for (unsigned i = 0; i < 64; ++i) {
        if (!has_capability(set, i)) continue;
        if (!text.empty()) text += ' ';
        text += i < capability_names.size() ? std::string(capability_names[i]) : fmt::format("CAP_{}", i);
    }
    return text;
}

} // namespace

std::string capabilities_text(std::uint64_t set) {
    if (set == 0) return "none";
    if ((set & named) == named) return (set & ~named) == 0 ? "all" : "all and " + names_of(set & ~named);
    constexpr int few = static_cast<int>(capability_names.size()) / 2;
    if (std::popcount(set) <= few || (set & ~named) != 0) return names_of(set);
    return "all but " + names_of(named & ~set);
}

} // namespace nsscope
