#include "policy/candidate_list.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>

namespace nsscope {
namespace {

constexpr std::array<unsigned, 2> operations{NSSCOPE_GUARD_READS, NSSCOPE_GUARD_WRITES};

/// The scopes that an entry without a condition has spoken for, by operation.
class Taken {
  public:
    /// The rule that leaves nothing of this operation to the candidate.
    [[nodiscard]] std::optional<std::size_t> by(const nsscope_guard_candidate& candidate,
                                                unsigned operation) const {
        if (auto rule = find({operation, NSSCOPE_GUARD_ALL, 0, false})) return rule;
        // Where the scope cannot be told, a rule that denies matches and another does not.
        const bool untold = candidate.kind == NSSCOPE_GUARD_CGROUP || candidate.kind == NSSCOPE_GUARD_NAMED;
        const bool denies = untold && (candidate.flags & NSSCOPE_GUARD_DENIES) != 0;
        return find({operation, candidate.kind, candidate.scope, denies});
    }

    void add(const nsscope_guard_candidate& candidate, unsigned operation) {
        const auto& [kind, scope, flags] = std::tie(candidate.kind, candidate.scope, candidate.flags);
        taken_.emplace(Key{operation, kind, scope, false}, candidate.rule);
        if ((flags & NSSCOPE_GUARD_DENIES) != 0)
            taken_.emplace(Key{operation, kind, scope, true}, candidate.rule);
    }

  private:
    using Key = std::tuple<unsigned, unsigned, unsigned, bool>; ///< the last: by a rule that denies

    [[nodiscard]] std::optional<std::size_t> find(const Key& key) const {
        const auto found = taken_.find(key);
        return found == taken_.end() ? std::nullopt : std::optional<std::size_t>(found->second);
    }

    std::map<Key, std::size_t> taken_;
};

/// The rule that leaves the candidate nothing to decide.
std::optional<std::size_t> hider(const Taken& taken, const nsscope_guard_candidate& candidate) {
    std::optional<std::size_t> last;
    for (const auto operation : operations) {
        if ((candidate.flags & operation) == 0) continue;
        const auto by = taken.by(candidate, operation);
        if (!by) return std::nullopt;
        last = by;
    }
    return last;
}

} // namespace

std::vector<ListEntry> settle(std::vector<ListEntry> entries, std::vector<ListFate>* fates) {
    std::stable_sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) {
        return std::tuple(a.candidate.rule, a.derived, !a.own) <
               std::tuple(b.candidate.rule, b.derived, !b.own);
    });
    std::vector<ListEntry> kept;
    Taken taken;
    std::optional<std::size_t> last;
    for (const auto& entry : entries) {
        const auto& candidate = entry.candidate;
        if (last == candidate.rule) continue;
        last = candidate.rule;
        const auto by = hider(taken, candidate);
        if (fates != nullptr && entry.own) fates->push_back({candidate.rule, by});
        if (by) continue;
        kept.push_back(entry);
        if ((candidate.flags & NSSCOPE_GUARD_CONDITIONAL) != 0) continue;
        for (const auto operation : operations)
            if ((candidate.flags & operation) != 0) taken.add(candidate, operation);
    }
    return kept;
}

} // namespace nsscope
