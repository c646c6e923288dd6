#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policy/name.hpp"

namespace nsscope {

/// Two names of one setting. A `*` in them is the same component in both.
struct Alias {
    std::string_view one;
    std::string_view other;
    bool same_unit; ///< false: the same number means another thing under each
    std::string_view why;
};

/// All that are known.
[[nodiscard]] std::span<const Alias> aliases();

struct OtherName {
    std::string name;
    const Alias* alias;
};

/// The other names of the setting that is called `name` (with slashes).
[[nodiscard]] std::vector<OtherName> other_names(std::string_view name);

struct OtherPattern {
    std::vector<NameComponent> components;
    const Alias* alias;
};

/// Of all settings that `components` (without `**`) name and that have another name, those other names, as patterns.
[[nodiscard]] std::vector<OtherPattern> other_patterns(const std::vector<NameComponent>& components);

} // namespace nsscope
