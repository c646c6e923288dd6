#pragma once

#include <vector>

#include "model/snapshot.hpp"

namespace nsscope {

/// A namespace that is there, as a snapshot within the stream says it: everything about it that events can change.
struct Existing {
    Namespace ns;                   ///< members as `list` has them; pins are left out
    std::vector<ThreadRef> threads; ///< in it, but for the first thread of each process; by pid, then tid
    std::vector<pid_t> by_thread;   ///< members whose first thread is not in it; ascending
};

/// What exists in a scan, by type, inum and id. Takes `scan` apart.
[[nodiscard]] std::vector<Existing> existing_in(Scan&& scan);

/// What has to be said to somebody who knows `before` for them to know `after`, both as existing_in() gives them.
struct Differences {
    std::vector<const Existing*> changed; ///< in `after`: new, or with other facts or members than before
    std::vector<const Existing*> gone;    ///< in `before`
};
[[nodiscard]] Differences compare(const std::vector<Existing>& before, const std::vector<Existing>& after);

} // namespace nsscope
