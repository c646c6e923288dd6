#pragma once

#include "base/result.hpp"
#include "policy/compile.hpp"

namespace nsscope {

/// The candidate of each rule, without regard to names: scope, operations, flags.
using RuleCandidates = std::vector<nsscope_guard_candidate>;

/// Fills names, words, shapes, globs, candidates and hidden, and config.shapes.
[[nodiscard]] Result<void> compile_names(const Policy& policy, const RuleCandidates& rules,
                                         CompiledPolicy& out);

/// Fills cgroups, components, ids and nets, and what `config` says of them; and gives each rule's scope its number.
[[nodiscard]] Result<void> compile_scopes(const Policy& policy, std::span<const KnownContainer> known,
                                          RuleCandidates& rules, CompiledPolicy& out);

/// Fills rules, members, texts and overrides, and what `config` says of them.
void compile_values(const Policy& policy, CompiledPolicy& out);

} // namespace nsscope
