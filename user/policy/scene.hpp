#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "policy/evaluate.hpp"

namespace nsscope {

/// A writer as people describe one, to ask a policy about; what is empty is not said.
struct Who {
    std::string cgroup{};    ///< path in the unified hierarchy
    std::string container{}; ///< its id, or what is known of it
    std::string name{};      ///< the container's
    std::string pod{};       ///< uid, NAME or NAMESPACE/NAME
    std::optional<std::uint32_t> net{};
    bool contained = false; ///< in a container, whatever the rest says
};

/// A writer, and what user space knows of containers.
struct Scene {
    Subject subject{};
    std::vector<KnownContainer> known{};
};

/// The writer that `who` describes. Without any of container, name and pod, it is whoever the cgroup says. A container
/// without a cgroup gets the one that docker or, with a pod, containerd would give it; where its id is none that they
/// make, /ID. Shorter ids, of twelve digits or more, are made whole with zeros.
[[nodiscard]] Scene make_scene(const Who& who);

} // namespace nsscope
