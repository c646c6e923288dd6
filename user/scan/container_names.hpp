#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "model/container.hpp"
#include "model/scan.hpp"
#include "scan/state_issues.hpp"

namespace nsscope {

/// The names that people gave containers, which managers keep on disk apart from what is running.
class ContainerNames {
  public:
    /// `root` as for read_runtime_state(). `home`: the directory whose rootless containers are looked up as well; empty: none.
    explicit ContainerNames(std::string root, std::string home = {})
        : root_(std::move(root)), home_(std::move(home)) {}

    /// Fills in what is not known yet: docker's name, and the pod where its labels tell one; Podman's name; of LXC
    /// the name of a container whose cgroup got a number behind it.
    void complete(Container& container);

    void report(std::vector<Issue>& issues) const { issues_.report(issues); }

  private:
    void complete_docker(Container& container);
    void complete_podman(Container& container);
    void complete_lxc(Container& container) const;
    void load_storage(const std::string& path);

    std::string root_;
    std::string home_;
    std::optional<std::unordered_map<std::string, std::string>> storage_; ///< id -> name
    StateIssues issues_;
};

} // namespace nsscope
