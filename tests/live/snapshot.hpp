#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

#include "process.hpp"

namespace live {

struct Leader {
    pid_t pid = 0;
    std::string comm;
    std::optional<std::string> cmdline;
};

struct ListedNamespace {
    std::optional<std::uint64_t> id;
    bool initial = false;
    std::optional<std::uint32_t> parent, owner_ns, owner_uid;
    std::uint32_t nprocs = 0, nthreads = 0;
    std::set<pid_t> members;
    std::optional<Leader> leader;
    std::set<std::string> pinned_by; ///< how
    std::set<std::string> pins;      ///< "fd PID FD", "socket PID FD", "mount MNT_NS PATH"
};

using NsKey = std::pair<std::string, std::uint32_t>; ///< type and inum

/// What `nsscope list -J` printed.
struct Snapshot {
    int status = -1;
    pid_t nsscope = 0; ///< itself a member
    std::string source, errors;
    bool complete = false;
    std::set<pid_t> hidden; ///< processes that the issues name
    std::map<NsKey, ListedNamespace> namespaces;
};

/// Runs `nsscope list -J OPTIONS...` and reads what it says, which must be whole; expects 0 or 3.
[[nodiscard]] Snapshot list(std::vector<std::string> options, const ProcessOptions& process = {});

/// The processes that live, each with its start.
[[nodiscard]] std::map<pid_t, std::string> living();

/// Where two snapshots of the same machine are not the same, a line each. Looked at are only processes in `stable`, as
/// the others come and go.
[[nodiscard]] std::vector<std::string> differences(const Snapshot& one, const Snapshot& other,
                                                   const std::set<pid_t>& stable);

} // namespace live
