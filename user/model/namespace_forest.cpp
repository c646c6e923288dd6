#include "model/namespace_forest.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "model/place_containers.hpp"

namespace nsscope {
namespace {

constexpr auto no_node = Forest::no_node;
constexpr int deepest = 256;

class Grower {
  public:
    Grower(const Snapshot& snapshot, const ForestChoice& choice)
        : snapshot_(snapshot), choice_(choice), nr_namespaces_(snapshot.namespaces.size()),
          nr_containers_(snapshot.containers.size()) {}

    Forest run() {
        find_places();
        for (std::size_t i = 0; i < nr_namespaces_; ++i) add(ForestNode::Kind::ns, i, above_namespace(i));
        for (std::size_t i = 0; i < nr_containers_; ++i)
            add(ForestNode::Kind::container, i, above_container(i));
        for (std::size_t i = 0; i < snapshot_.processes.size(); ++i)
            add(ForestNode::Kind::process, i, above_process(snapshot_.processes[i].pid));
        choose();
        return cut();
    }

  private:
    [[nodiscard]] std::size_t container_node(std::size_t place) const { return nr_namespaces_ + place; }

    void add(ForestNode::Kind kind, std::size_t index, std::size_t parent) {
        nodes_.push_back({kind, index, parent});
    }

    /// Where each process has its pid and user namespace; where each cgroup is a container's.
    void find_places() {
        std::unordered_map<pid_t, std::vector<std::size_t>> containers_of; // of init processes
        for (std::size_t i = 0; i < nr_containers_; ++i) {
            containers_of[snapshot_.containers[i].init_pid].push_back(i);
            const auto& cgroup = snapshot_.containers[i].cgroup;
            if (cgroup.empty()) continue;
            cgroups_.emplace(cgroup, i);
            cgroup_lengths_.insert(cgroup.size());
        }
        user_ns_of_.assign(nr_containers_, no_node);
        for (std::size_t i = 0; i < nr_namespaces_; ++i) {
            const auto& ns = snapshot_.namespaces[i];
            if (ns.type == NsType::pid) {
                for (const auto pid : ns.members) pid_ns_of_.emplace(pid, i);
            } else if (ns.type == NsType::user) {
                note(user_namespaces_, i);
                if (containers_of.empty()) continue;
                for (const auto pid : ns.members)
                    if (const auto found = containers_of.find(pid); found != containers_of.end())
                        for (const auto place : found->second) user_ns_of_[place] = i;
            }
            if (ns.type == NsType::pid) note(pid_namespaces_, i);
        }
    }

    /// Of two with one number, one after the other, the one that is meant by that; see find().
    void note(std::unordered_map<std::uint32_t, std::size_t>& places, std::size_t position) const {
        const auto& ns = snapshot_.namespaces[position];
        if (find(snapshot_, ns.type, ns.ref.inum) == &ns) places.emplace(ns.ref.inum, position);
    }

    static std::size_t look_up(const std::unordered_map<std::uint32_t, std::size_t>& places,
                               std::optional<std::uint32_t> inum) {
        if (!inum) return no_node;
        const auto found = places.find(*inum);
        return found == places.end() ? no_node : found->second;
    }

    [[nodiscard]] std::size_t above_namespace(std::size_t position) const {
        const auto& ns = snapshot_.namespaces[position];
        if (ns.type == NsType::user) {
            const auto parent = look_up(user_namespaces_, ns.parent);
            return parent == position ? no_node : parent;
        }
        if (ns.type == NsType::pid && ns.parent) {
            const auto parent = look_up(pid_namespaces_, ns.parent);
            if (parent != no_node && parent != position) {
                const auto& above = snapshot_.namespaces[parent];
                if (above.container == ns.container &&
                    (ns.container || above.owner_user_ns == ns.owner_user_ns))
                    return parent;
            }
        }
        if (ns.container) return container_node(*ns.container);
        return look_up(user_namespaces_, ns.owner_user_ns);
    }

    [[nodiscard]] std::size_t above_container(std::size_t place) const {
        std::string_view path = snapshot_.containers[place].cgroup;
        for (auto slash = path.rfind('/'); slash != std::string_view::npos && slash != 0;
             slash = path.rfind('/')) {
            path = path.substr(0, slash);
            if (!cgroup_lengths_.contains(path.size())) continue; // do not hash every part of a long path
            const auto outer = cgroups_.find(path);
            if (outer == cgroups_.end()) continue;
            if (user_ns_of_[outer->second] == user_ns_of_[place]) return container_node(outer->second);
            break;
        }
        return user_ns_of_[place];
    }

    [[nodiscard]] std::size_t above_process(pid_t pid) const {
        const auto found = pid_ns_of_.find(pid);
        const auto pid_ns = found == pid_ns_of_.end() ? no_node : found->second;
        const auto container = container_of(snapshot_, pid);
        if (!container) return pid_ns;
        if (pid_ns != no_node && snapshot_.namespaces[pid_ns].container == container) return pid_ns;
        return container_node(*container);
    }

    /// Marks what is in the tree.
    void choose() {
        in_.assign(nodes_.size(), false);
        const auto of_process = choice_.process ? container_of(snapshot_, *choice_.process) : std::nullopt;
        for (const auto position : choice_.namespaces) {
            keep(position);
            for (const auto place : snapshot_.namespaces[position].containers)
                if (!choice_.process || place == of_process) keep(container_node(place));
        }
        if (choice_.with_below) return choose_below();
        const auto first = nr_namespaces_ + nr_containers_;
        for (std::size_t node = first; node < nodes_.size(); ++node) {
            const auto pid = snapshot_.processes[nodes_[node].index].pid;
            if (choice_.process ? pid == *choice_.process : is_shown(nodes_[node].parent)) in_[node] = true;
        }
    }

    /// What stands below a chosen namespace is in the tree, and who is in one that is not everybody's.
    void choose_below() {
        std::vector<bool> chosen(nodes_.size(), false), named(nodes_.size(), false);
        for (const auto position : choice_.namespaces) chosen[position] = true;
        for (const auto position : choice_.namespaces) {
            const auto& ns = snapshot_.namespaces[position];
            if (ns.initial && !choice_.host_processes) continue;
            for (const auto pid : ns.members)
                if (const auto node = process_node(pid); node != no_node) named[node] = true;
        }
        for (std::size_t node = 0; node < nodes_.size(); ++node) {
            bool below = named[node];
            auto above = node;
            for (int up = 0; !below && above != no_node && up < deepest; ++up, above = nodes_[above].parent)
                below = chosen[above];
            if (!below) continue;
            if (nodes_[node].kind == ForestNode::Kind::process && !named[node] && is_the_hosts(node))
                continue;
            keep(node);
        }
    }

    [[nodiscard]] bool is_the_hosts(std::size_t process) const {
        const auto above = nodes_[process].parent;
        if (above == no_node || nodes_[above].kind != ForestNode::Kind::ns) return above == no_node;
        return snapshot_.namespaces[above].initial && !choice_.host_processes;
    }

    [[nodiscard]] std::size_t process_node(pid_t pid) const {
        const auto& all = snapshot_.processes;
        const auto found =
            std::lower_bound(all.begin(), all.end(), pid, [](const SnapshotProcess& process, pid_t wanted) {
                return process.pid < wanted;
            });
        if (found == all.end() || found->pid != pid) return no_node;
        return nr_namespaces_ + nr_containers_ + static_cast<std::size_t>(found - all.begin());
    }

    /// Whether the processes below a node are shown.
    [[nodiscard]] bool is_shown(std::size_t above) const {
        if (above == no_node) return false;
        if (nodes_[above].kind == ForestNode::Kind::container) return in_[above];
        const auto& ns = snapshot_.namespaces[above];
        if (ns.initial) return choice_.host_processes && in_[above];
        return in_[above] || (ns.container && in_[container_node(*ns.container)]);
    }

    void keep(std::size_t node) {
        for (; node != no_node && !in_[node]; node = nodes_[node].parent) in_[node] = true;
    }

    Forest cut() {
        std::vector<std::size_t> number(nodes_.size(), no_node);
        std::size_t count = 0;
        for (std::size_t node = 0; node < nodes_.size(); ++node)
            if (in_[node]) number[node] = count++;
        Forest forest;
        forest.nodes.reserve(count);
        for (std::size_t node = 0; node < nodes_.size(); ++node) {
            if (!in_[node]) continue;
            auto parent = nodes_[node].parent;
            // No deeper than the kernel nests them: what two snapshots of a reused number make look like a ring ends, too.
            for (int up = 0; parent != no_node && !in_[parent]; ++up)
                parent = up < deepest ? nodes_[parent].parent : no_node;
            forest.nodes.push_back(
                {nodes_[node].kind, nodes_[node].index, parent == no_node ? no_node : number[parent]});
        }
        forest.shared.resize(nr_containers_);
        for (std::size_t i = 0; i < nr_namespaces_; ++i) {
            const auto& ns = snapshot_.namespaces[i];
            for (const auto place : ns.containers)
                if (ns.container != place) forest.shared[place].push_back({i, ns.container});
        }
        return forest;
    }

    const Snapshot& snapshot_;
    const ForestChoice& choice_;
    std::size_t nr_namespaces_;
    std::size_t nr_containers_;
    std::vector<ForestNode> nodes_; ///< all there could be: namespaces, containers, processes
    std::vector<bool> in_;          ///< parallel to nodes_
    std::unordered_map<pid_t, std::size_t> pid_ns_of_;
    std::unordered_map<std::uint32_t, std::size_t> user_namespaces_, pid_namespaces_; ///< inum -> position
    std::unordered_map<std::string_view, std::size_t> cgroups_; ///< a container's -> its place
    std::unordered_set<std::size_t> cgroup_lengths_;            ///< of the keys of cgroups_
    std::vector<std::size_t> user_ns_of_;                       ///< of the init process of each container
};

} // namespace

Forest grow_forest(const Snapshot& snapshot, const ForestChoice& choice) {
    return Grower(snapshot, choice).run();
}

} // namespace nsscope
