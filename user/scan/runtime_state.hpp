#pragma once

#include <string>
#include <vector>

#include "model/container_record.hpp"
#include "model/scan.hpp"

namespace nsscope {

/// What the container runtimes of a machine wrote down. docs/containers.md has the directories.
struct RuntimeState {
    std::vector<ContainerRecord> records;
    std::vector<Issue>
        issues; ///< a file that makes no sense, a directory that may not be read; each is named
};

/// Reads the state directories of runc, crun, containerd, docker and systemd-machined under `root` ("" for the machine's
/// own), without asking any daemon, in time linear in what is there. A container whose files go away meanwhile
/// has ended, and is no issue. A directory under /run/user is that user's, and what it says is marked so.
[[nodiscard]] RuntimeState read_runtime_state(const std::string& root);

} // namespace nsscope
