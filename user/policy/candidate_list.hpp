#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "guard.h"

namespace nsscope {

/// A rule in the list of one name or pattern.
struct ListEntry {
    nsscope_guard_candidate candidate{};
    bool derived = false; ///< it means the setting by another name
    bool own = true;      ///< of the list itself, not of a wider pattern that covers it
};

/// What a rule's entry in a list came to.
struct ListFate {
    std::size_t rule = 0;
    std::optional<std::size_t> hidden_by{}; ///< nullopt: it can decide
};

/// Puts the entries in the order of the policy, keeps one of each rule (one that is not derived, if there is), and leaves
/// out those that are hidden: for each of its operations there is an earlier one, without a condition, whose scope holds
/// whenever its own does. `fates`, where given, gets what became of the entries that are the list's own.
[[nodiscard]] std::vector<ListEntry> settle(std::vector<ListEntry> entries, std::vector<ListFate>* fates);

} // namespace nsscope
