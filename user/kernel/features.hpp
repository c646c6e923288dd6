#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace nsscope {

/// What the kernel offers and nsscope uses, each by the name that NSSCOPE_DISABLE knows it by.
struct Feature {
    std::string_view name;
    std::string_view help;
};

inline constexpr std::array<Feature, 3> features{{
    {"iter_task", "BPF iterators: `list --source bpf`, and what `events` begins with"},
    {"iter_task_light", "a task iterator that the kernel relocates, with command lines: starts much quicker"},
    {"tp_btf", "BTF-typed tracepoints: `events`"},
}};

/// The features that NSSCOPE_DISABLE says to do without, so that every fallback can be tried. Fails on a name that
/// is no feature's.
[[nodiscard]] Result<std::vector<std::string>> disabled_features();
[[nodiscard]] bool is_disabled(const std::vector<std::string>& disabled, std::string_view feature);

} // namespace nsscope
