#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/container_source.hpp"
#include "events/event.hpp"
#include "model/container.hpp"
#include "scan/runtime_state.hpp"

namespace nsscope {

/// Which container each cgroup of the unified hierarchy is of, from when the cgroup is made until well after it is gone.
/// Told by the cgroup's name (container_of_cgroup()), else by what runc and crun keep: a directory of the container's name
/// from before its cgroup is made, and in it, a moment later, which cgroup that is. So a container is known that is gone
/// before its records are read. All functions are for one thread.
class ContainerBook {
  public:
    explicit ContainerBook(ContainerPlaces places);

    /// Takes in the cgroups that exist, so that their containers are known when they are gone. `mount_point`: of cgroup2.
    void seed(const std::string& mount_point);
    /// A cgroup was made, by the process `maker`, or removed.
    void made(std::uint64_t id, const std::string& path, std::uint32_t maker);
    /// Returns the container that ended with it, see Running; valid until the next call of made().
    struct Running;
    [[nodiscard]] const Running* removed(std::uint64_t id);
    /// Whose a cgroup is; `path` where it is known. nullptr: nobody's, as far as can be told. Valid until the next call.
    [[nodiscard]] const Container* container(std::uint64_t id, const std::string* path);

    /// A container whose beginning was seen.
    struct Running {
        Container container;
        std::string path;            ///< of its own cgroup
        std::uint64_t id = 0;        ///< of that; 0: not known
        std::uint32_t maker_mnt = 0; ///< mount namespace of who made that
        bool has_started = false;
        std::vector<NsChange> namespaces; ///< its init process's, once it has started
        std::size_t cgroups = 0;          ///< that are its own, or below
    };
    /// A process in this cgroup ran a program, in the mount namespace `mnt_inum` (0: not known): returns the container whose
    /// first process that is, now that it is in place; nullptr: of none, or it is in place already, or a runtime still sets
    /// it up.
    [[nodiscard]] const Running* first_exec(std::uint64_t cgroup, std::uint32_t pid, std::uint32_t mnt_inum);

    /// Whether container() will say the same of a cgroup from now on. `execs_are_told`: to first_exec(), of all processes.
    [[nodiscard]] bool is_settled(std::uint64_t id, std::string_view path, bool execs_are_told) const;

    [[nodiscard]] std::size_t cgroups() const { return cgroups_.size(); }
    [[nodiscard]] std::size_t containers() const { return containers_.size(); }

  private:
    struct Cgroup {
        std::string path;
        std::uint64_t place = 0;    ///< in containers_; 0: none
        std::uint64_t again_ns = 0; ///< when to look again, CLOCK_MONOTONIC
        int tries = 0;              ///< that are left
    };
    void find(std::uint64_t id, Cgroup& cgroup);
    void look_at_runtimes();
    [[nodiscard]] std::uint64_t by_parent(std::string_view path) const;
    [[nodiscard]] std::optional<std::pair<Container, std::size_t>> by_runtime(const std::string& path) const;
    void take(std::uint64_t id, Cgroup& cgroup, Container container, std::size_t length);
    void forget(std::uint64_t id);

    ContainerPlaces places_;
    std::unordered_map<std::uint64_t, Cgroup> cgroups_; ///< by id
    std::unordered_map<std::uint64_t, Running> containers_;
    std::unordered_map<std::string, std::uint64_t>
        by_path_; ///< a container's own cgroup -> place in containers_
    std::uint64_t last_place_ = 0;
    std::deque<std::uint64_t> gone_; ///< cgroups, the oldest first

    RuntimeDirectories seen_;
    std::vector<ContainerRecord> records_; ///< of what runs, and the latest of what has ended
    std::vector<UnbornContainer> unborn_;
    std::uint64_t last_look_ns_ = 0;
};

} // namespace nsscope
