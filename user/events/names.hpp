#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "events/event.hpp"
#include "model/container.hpp"

namespace nsscope {

/// The path that an ExeName stands for, as /proc/PID/exe would show it ("/usr/bin/unshare", with " (deleted)"
/// behind a file that has no name any more); nullopt when it is not known whole. Raw bytes.
[[nodiscard]] std::optional<std::string> exe_path(const ExeName& exe);

/// The path of a cgroup from its hierarchy's root ("/ctr/t1"); nullopt when it is not known whole. Raw bytes.
[[nodiscard]] std::optional<std::string> cgroup_path(const CgroupEvent& event);

/// The names behind the numbers in a record: executables by what the ring said of them, cgroups by asking.
/// Bounded: when there are too many, the names are learnt anew.
class Names {
  public:
    /// Returns the path of a cgroup in the unified hierarchy from its root ("/ctr/t1"), nullopt when it is gone.
    using CgroupLookup = std::function<std::optional<std::string>(std::uint64_t)>;

    /// Returns the controllers of the v1 hierarchy with this number, as /proc/PID/cgroup names them.
    using HierarchyLookup = std::function<std::vector<std::string>(std::uint32_t)>;

    explicit Names(CgroupLookup lookup, HierarchyLookup hierarchies = {})
        : lookup_(std::move(lookup)), hierarchy_lookup_(std::move(hierarchies)) {}

    void learn(const ExeName& exe);
    /// nullptr: not known. Valid until the next call of learn().
    [[nodiscard]] const std::string* exe(std::uint64_t key) const;
    /// nullptr: not known. Valid until the next call.
    [[nodiscard]] const std::string* cgroup(std::uint64_t id);
    /// Whose cgroup this is; nullptr: nobody's, or not known. Without a lookup it is told by the cgroup's name alone. Valid
    /// until the next call.
    [[nodiscard]] const Container* container(std::uint64_t cgroup);
    using ContainerLookup = std::function<const Container*(std::uint64_t cgroup, const std::string* path)>;
    void set_containers(ContainerLookup lookup) { containers_ = std::move(lookup); }
    /// The cgroup of the unified hierarchy with this id has this path.
    void learn_cgroup(std::uint64_t id, std::string path);
    /// The controllers of a v1 hierarchy. Valid until the next call.
    [[nodiscard]] const std::vector<std::string>& controllers(std::uint32_t hierarchy);

    /// Returns the name of a rule by its place in a policy of the guard, nullopt when that policy is not known any more.
    using RuleLookup = std::function<std::optional<std::string>(std::uint64_t policy, std::uint32_t rule)>;
    void set_rules(RuleLookup lookup) { rules_ = std::move(lookup); }
    [[nodiscard]] std::optional<std::string> rule(std::uint64_t policy, std::uint32_t rule) const {
        return rules_ ? rules_(policy, rule) : std::nullopt;
    }

  private:
    static constexpr std::size_t most = 16384;

    CgroupLookup lookup_;
    RuleLookup rules_;
    HierarchyLookup hierarchy_lookup_;
    std::unordered_map<std::uint32_t, std::vector<std::string>> hierarchies_;
    std::unordered_map<std::uint64_t, std::optional<std::string>> exes_;
    struct Cgroup {
        std::optional<std::string> path;
        std::optional<Container> container; ///< by its name
    };
    [[nodiscard]] Cgroup& find_cgroup(std::uint64_t id);

    ContainerLookup containers_;
    std::unordered_map<std::uint64_t, Cgroup> cgroups_;
};

} // namespace nsscope
