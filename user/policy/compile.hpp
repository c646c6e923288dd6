#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "guard.h"
#include "policy/identity.hpp"
#include "policy/policy.hpp"

namespace nsscope {

template <typename Key, typename Value>
using MapContents = std::vector<std::pair<Key, Value>>;

/// A policy as bpf/guard.h has it: what each map holds, by the map's name there. No key is there twice. Arrays are in the
/// order of their indices; any map may be empty.
struct CompiledPolicy {
    nsscope_guard_config config{};
    MapContents<nsscope_guard_name, nsscope_guard_list> names;
    MapContents<nsscope_guard_word, std::uint32_t> words;
    std::vector<nsscope_guard_shape> shapes;
    MapContents<nsscope_guard_glob, nsscope_guard_list> globs;
    std::vector<nsscope_guard_candidate> candidates;
    std::vector<nsscope_guard_rule> rules; ///< as many as Policy::rules, in their order
    MapContents<nsscope_guard_member, std::uint8_t> members;
    std::vector<nsscope_guard_text> texts;
    std::vector<nsscope_guard_override> overrides;
    MapContents<nsscope_guard_cgroup_key, nsscope_guard_cgroup> cgroups;
    MapContents<nsscope_guard_component_key, nsscope_guard_component> components;
    MapContents<nsscope_guard_id_key, nsscope_guard_who> ids;
    MapContents<std::uint32_t, std::uint32_t> nets;

    /// A rule that decides nothing, and one before it that is the reason, if one alone is.
    struct Hidden {
        std::size_t rule;
        std::size_t by;
    };
    std::vector<Hidden> hidden; ///< ascending
};

/// Compiles a policy. `known`: the containers that there are, for scopes that speak of names (needs_names()); those scopes
/// hold for them, and can be told for no others.
/// Fails where a policy is too much for the kernel program: too many rules for one name, too many ways to mix wildcards,
/// too many scopes. Time and memory grow with the rules, and with how many of them speak of the same names.
[[nodiscard]] Result<CompiledPolicy> compile(const Policy& policy, std::span<const KnownContainer> known);

} // namespace nsscope
