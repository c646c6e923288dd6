#pragma once

#include "model/find_containers.hpp"
#include "model/snapshot.hpp"

namespace nsscope {

/// Takes the containers into the snapshot and says of each namespace which of them have a process in it, and whose it is:
/// the container of that process in a container which started first. An initial namespace is no container's, and
/// neither is one that no process of a container is in. Processes of the host do not count (runtimes and debuggers enter
/// what is a container's), and a pid that is low because pids have wrapped around does not either.
///
/// `finding` is of the scan that the snapshot was built from. Time linear in the number of members.
void place_containers(Snapshot& snapshot, ContainerFinding&& finding);

/// The place in snapshot.containers of the container that a process is in; nullopt: in none.
[[nodiscard]] std::optional<std::uint32_t> container_of(const Snapshot& snapshot, pid_t pid);

} // namespace nsscope
