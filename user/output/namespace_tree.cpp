#include "output/namespace_tree.hpp"

#include <algorithm>
#include <unordered_map>

#include "output/tree_layout.hpp"

namespace nsscope {
namespace {

/// A kind, and an inode number or a pid within that kind.
std::uint64_t key_of(NsType type, std::uint32_t number) {
    return (static_cast<std::uint64_t>(type) << 32) | number;
}

/// Answers which namespace another one hangs below, as a position in snapshot.namespaces.
class Above {
  public:
    Above(const Snapshot& snapshot, Relation relation) : snapshot_(snapshot), relation_(relation) {
        for (std::size_t i = 0; i < snapshot.namespaces.size(); ++i) {
            const auto& ns = snapshot.namespaces[i];
            if (relation != Relation::process)
                positions_.emplace(key_of(ns.type, ns.ref.inum), i);
            else
                for (const auto pid : ns.members)
                    positions_.emplace(key_of(ns.type, static_cast<std::uint32_t>(pid)), i);
        }
    }

    [[nodiscard]] std::size_t of(std::size_t position) const {
        const auto& ns = snapshot_.namespaces[position];
        std::size_t above = no_parent;
        if (relation_ == Relation::process && ns.leader)
            above = look_up(ns.type, static_cast<std::uint32_t>(ns.leader->ppid));
        else if (relation_ == Relation::owner && ns.owner_user_ns)
            above = look_up(NsType::user, *ns.owner_user_ns);
        else if (relation_ == Relation::parent && ns.parent)
            above = look_up(ns.type, *ns.parent);
        return above == position ? no_parent : above;
    }

  private:
    [[nodiscard]] std::size_t look_up(NsType type, std::uint32_t number) const {
        const auto found = positions_.find(key_of(type, number));
        return found == positions_.end() ? no_parent : found->second;
    }

    const Snapshot& snapshot_;
    Relation relation_;
    std::unordered_map<std::uint64_t, std::size_t> positions_;
};

} // namespace

std::vector<std::size_t> with_ancestors(const Snapshot& snapshot, std::vector<std::size_t> shown,
                                        Relation relation) {
    if (relation == Relation::process) return shown;
    const Above above(snapshot, relation);
    std::vector<bool> is_shown(snapshot.namespaces.size());
    for (const auto position : shown) is_shown[position] = true;
    for (std::size_t i = 0; i < shown.size(); ++i) { // grows as it goes
        const auto ancestor = above.of(shown[i]);
        if (ancestor == no_parent || is_shown[ancestor]) continue;
        is_shown[ancestor] = true;
        shown.push_back(ancestor);
    }
    std::sort(shown.begin(), shown.end());
    return shown;
}

std::vector<std::size_t> tree_parents(const Snapshot& snapshot, const std::vector<std::size_t>& shown,
                                      Relation relation) {
    const Above above(snapshot, relation);
    std::vector<std::size_t> place(snapshot.namespaces.size(), no_parent);
    for (std::size_t i = 0; i < shown.size(); ++i) place[shown[i]] = i;
    std::vector<std::size_t> parents;
    parents.reserve(shown.size());
    for (const auto position : shown) {
        const auto ancestor = above.of(position);
        parents.push_back(ancestor == no_parent ? no_parent : place[ancestor]);
    }
    return parents;
}

} // namespace nsscope
