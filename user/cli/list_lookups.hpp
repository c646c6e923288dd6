#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <sys/types.h>
#include <unordered_map>
#include <utility>
#include <vector>

#include "model/snapshot.hpp"
#include "output/cells.hpp"
#include "scan/netnsid.hpp"

namespace nsscope {

/// Answers what the machine must be asked for beyond a snapshot, for `nsscope list`. Each answer is found
/// when it is first wanted.
class ListLookups {
  public:
    explicit ListLookups(std::string proc_root) : proc_root_(std::move(proc_root)) {}

    /// The name of a user, getpwuid(3); empty where there is none.
    std::string user_name(uid_t uid);
    /// A path that leads to the namespace, checked by its inode number: of its leader, of one of the leader's
    /// threads, or of what pins it. The leader's, unchecked, where nothing may be read; empty where none
    /// leads.
    std::string path(const Namespace& ns);
    /// NETNSID as lsns(8) shows it: a number or "unassigned"; empty where it cannot be told.
    std::string netnsid(const Namespace& ns);
    /// Where the namespace is mounted in nsscope's own mount namespace.
    std::vector<std::string> mount_points(const Namespace& ns);

    /// These answers as the table asks for them; they refer to this object.
    CellSources sources();

  private:
    std::string proc_root_;
    std::unordered_map<uid_t, std::string> user_names_;
    std::optional<Result<NetnsidReader>> netnsids_; ///< opened by the first question
    bool mounts_read_ = false;
    std::map<std::pair<NsType, std::uint32_t>, std::vector<std::string>> mounts_;
};

} // namespace nsscope
