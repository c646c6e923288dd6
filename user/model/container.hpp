#pragma once

#include <optional>
#include <string>
#include <sys/types.h>

namespace nsscope {

/// A Kubernetes pod, as far as it could be told, or one of Podman's, which has no ns and qos; empty: not known.
struct Pod {
    std::string uid; ///< of Podman's: the pod's id
    std::string name;
    std::string ns;    ///< the Kubernetes namespace
    std::string qos{}; ///< the quality of service class in small letters: guaranteed, burstable, besteffort
    bool operator==(const Pod&) const = default;
};

/// Who a container is, for people and for policies. Raw bytes, as the runtime or its cgroup has them.
struct Container {
    std::string id; ///< the topmost manager's own id (lxc: its name)
    /// docker, containerd, cri-o, podman, lxc, nspawn, else the OCI runtime: runc, crun; empty: not known
    std::string runtime;
    std::string name; ///< empty: has none, or it could not be learned
    std::optional<Pod> pod;
    bool operator==(const Container&) const = default;
};

/// A container that runs.
struct FoundContainer {
    Container container;
    pid_t init_pid =
        0; ///< what its runtime says, where that was borne out; else the process in it that started first
    std::string cgroup; ///< the path of its own cgroup, raw bytes; empty: it has none that was found
    bool operator==(const FoundContainer&) const = default;
};

} // namespace nsscope
