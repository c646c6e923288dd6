#pragma once

#include <functional>
#include <vector>

#include "engine/snapshot_source.hpp"
#include "policy/compile.hpp"

namespace nsscope {

/// The containers that run and have a cgroup of their own, with the names that their runtimes keep; by cgroup. `source`:
/// where to look, and afterwards where it was looked, so that what does not work is told once.
[[nodiscard]] Result<std::vector<KnownContainer>> find_known_containers(Source& source);

/// Does a rule speak of names that no cgroup tells?
[[nodiscard]] bool needs_names(const Policy& policy);

/// Keeps a policy in force for the containers that there are: looks for them, and when they are others than before,
/// compiles it anew and hands it over.
class NameWatch {
  public:
    using PutInForce = std::function<Result<void>(const CompiledPolicy&)>;
    /// `known`: those of which the policy in force knows. `policy` must live as long as this.
    NameWatch(const Policy& policy, std::vector<KnownContainer> known, PutInForce put)
        : policy_(policy), known_(std::move(known)), put_(std::move(put)) {}
    /// Failure: what was in force still is.
    Result<void> look();

  private:
    const Policy& policy_;
    std::vector<KnownContainer> known_;
    PutInForce put_;
    Source source_ = Source::auto_;
};

} // namespace nsscope
