#include <algorithm>
#include <unordered_map>

#include "presenter/forest.hpp"

namespace nsscope::tui {
namespace {

/// The tree view. A namespace stands below the user namespace that owns it; whoever is in it stands below it.
class Tree {
  public:
    Tree(const World& world, const Selection& selection)
        : world_(world), selection_(selection), forest_(world, selection), owned_(world.namespaces.size()) {}

    std::vector<Row> run() && {
        relate();
        add_containers();
        add_namespaces();
        return std::move(forest_).finish();
    }

  private:
    [[nodiscard]] bool is_wanted(const NsItem& item) const {
        if ((selection_.types >> static_cast<unsigned>(item.ns.type) & 1U) == 0)
            return item.ns.type == NsType::user;
        return !selection_.differing || !item.ns.initial || item.ns.type == NsType::user;
    }

    void relate() {
        for (std::uint32_t i = 0; i < world_.namespaces.size(); ++i) {
            const auto& item = world_.namespaces[i];
            if (!is_wanted(item)) continue;
            const auto owner =
                item.ns.owner_user_ns ? world_.find_namespace(NsType::user, *item.ns.owner_user_ns) : none;
            (owner == none || owner == i ? roots_ : owned_[owner]).push_back(i);
        }
        in_container_.resize(world_.containers.size());
        for (std::uint32_t i = 0; i < world_.processes.size(); ++i)
            if (const auto container = world_.processes[i].process.container;
                container < in_container_.size())
                in_container_[container].push_back(i);
    }

    void add_containers() {
        if (world_.containers.empty()) return;
        const auto heading =
            forest_.add({Kind::group, 0, 0}, static_cast<std::size_t>(Group::containers), none, true);
        if (!forest_.is_open(heading)) return forest_.count_hidden(heading, world_.containers.size());
        for (std::uint32_t c = 0; c < world_.containers.size(); ++c) {
            const auto row = forest_.add(key_of(world_.containers[c].container), c, heading, false);
            if (!forest_.is_open(row)) {
                forest_.count_hidden(row, in_container_[c].size());
                continue;
            }
            for (std::uint32_t i = 0; i < world_.namespaces.size(); ++i)
                if (world_.namespaces[i].container == c) add_namespace(i, row, false);
            for (const auto process : in_container_[c]) add_process(process, row);
        }
    }

    void add_namespaces() {
        const auto heading =
            forest_.add({Kind::group, 1, 0}, static_cast<std::size_t>(Group::namespaces), none, true);
        if (!forest_.is_open(heading)) return forest_.count_hidden(heading, roots_.size());
        for (const auto root : roots_) add_owner(root, heading);
    }

    /// A user namespace, and all that hangs below it. A ring of owners cannot come from the kernel, but from a damaged
    /// recording: it hangs below no root, so it is not met here.
    void add_owner(std::uint32_t root, std::uint32_t heading) {
        std::vector<std::pair<std::uint32_t, std::uint32_t>> stack{{root, heading}};
        while (!stack.empty()) {
            const auto [place, below] = stack.back();
            stack.pop_back();
            const auto row = add_namespace(place, below, world_.namespaces[place].ns.type == NsType::user);
            if (row == none || !forest_.is_open(row)) continue;
            for (auto owned = owned_[place].rbegin(); owned != owned_[place].rend(); ++owned)
                stack.emplace_back(*owned, row);
        }
    }

    std::uint32_t add_namespace(std::uint32_t place, std::uint32_t below, bool with_owned) {
        const auto& item = world_.namespaces[place];
        const bool is_gone = item.presence.gone_ns != 0;
        const auto row = forest_.add(key_of(item.ns.type, item.ns.ref), place, below, with_owned);
        const auto owned = with_owned ? owned_[place].size() : 0;
        if (!forest_.is_open(row)) {
            forest_.count_hidden(row, owned + (is_gone ? 0 : item.ns.members.size()));
            return row;
        }
        if (is_gone || item.ns.members.empty()) return row;
        auto parent = row;
        if (with_owned) {
            parent = forest_.add({Kind::group, 2, hash_of(key_of(item.ns.type, item.ns.ref))},
                                 static_cast<std::size_t>(Group::processes), row, false);
            if (!forest_.is_open(parent)) {
                forest_.count_hidden(parent, item.ns.members.size());
                return row;
            }
        }
        for (const auto pid : item.ns.members)
            if (const auto process = world_.find_process(pid); process != none) add_process(process, parent);
        return row;
    }

    void add_process(std::uint32_t place, std::uint32_t below) {
        const auto& item = world_.processes[place];
        if (!selection_.kernel_threads && item.process.kernel_thread) return;
        if (selection_.differing && item.differs_host == 0) return;
        forest_.add(key_of(item.process), place, below, false);
    }

    const World& world_;
    const Selection& selection_;
    Forest forest_;
    std::vector<std::uint32_t> roots_;
    std::vector<std::vector<std::uint32_t>> owned_, in_container_;
};

/// The rows of a list in which parents come first; `about(i)`: key and parent of its element.
template <typename About>
std::vector<Row> flat_tree_rows(const World& world, const Selection& selection, std::size_t count,
                                About about) {
    Forest forest(world, selection);
    std::vector<std::uint32_t> rows(count, none);
    for (std::uint32_t i = 0; i < count; ++i) {
        const auto [key, parent] = about(i);
        const bool has_parent = parent < i;
        if (has_parent && (rows[parent] == none || !forest.is_open(rows[parent]))) {
            if (rows[parent] != none) forest.count_hidden(rows[parent], 1);
            continue;
        }
        rows[i] = forest.add(key, i, has_parent ? rows[parent] : none, true);
    }
    return std::move(forest).finish();
}

} // namespace

std::vector<Row> tree_rows(const World& world, const Selection& selection) {
    return Tree(world, selection).run();
}

std::vector<Row> cgroup_rows(const World& world, const Selection& selection) {
    return flat_tree_rows(world, selection, world.cgroups.size(), [&](std::uint32_t i) {
        return std::pair(key_of(world.cgroups[i].cgroup), world.cgroups[i].cgroup.parent);
    });
}

std::vector<Row> guard_rows(const World& world, const Selection& selection) {
    return flat_tree_rows(world, selection, world.guard.size(), [&](std::uint32_t i) {
        return std::pair(key_of(world.guard[i]), world.guard[i].parent);
    });
}

} // namespace nsscope::tui
