#pragma once

#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "model/container_record.hpp"
#include "model/scan.hpp"

namespace nsscope {

/// A directory of runc or crun in which nothing is written down yet: the runtime is about to make a container of this id.
struct UnbornContainer {
    std::string id;
    std::string runtime;       ///< runc or crun
    std::optional<uid_t> user; ///< as in ContainerRecord
};

/// Directories of containers that were read already, and need not be again.
using RuntimeDirectories = std::unordered_set<std::string>;

/// What the container runtimes of a machine wrote down. docs/containers.md has the directories.
struct RuntimeState {
    std::vector<ContainerRecord> records;
    std::vector<UnbornContainer> unborn;
    std::vector<Issue>
        issues; ///< a file that makes no sense, a directory that may not be read; each is named
};

/// Reads the state directories of runc, crun, containerd, docker and systemd-machined under `root` ("" for the machine's
/// own), without asking any daemon, in time linear in what is there. A container whose files go away meanwhile
/// has ended, and is no issue. A directory under /run/user is that user's, and what it says is marked so.
[[nodiscard]] RuntimeState read_runtime_state(const std::string& root);
/// The same of containers that are not in `seen`, which then has all that are there.
[[nodiscard]] RuntimeState read_runtime_state(const std::string& root, RuntimeDirectories& seen);

} // namespace nsscope
