#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "engine/container_source.hpp"
#include "model/find_containers.hpp"
#include "model/scan.hpp"

namespace nsscope {

/// Who is in which container, from one look to the next. Looking for containers costs a file for each cgroup and what the
/// runtimes keep, so it is done when the machine was scanned anew, or when a cgroup is seen that was not there before;
/// meanwhile a new process is in the container whose cgroup it is in.
class ContainerTracker {
  public:
    explicit ContainerTracker(ContainerPlaces places) : places_(std::move(places)) {}

    /// `rescans`: how often the machine was scanned anew. What cannot be read becomes an issue of the scan.
    void look(Scan& scan, std::uint64_t rescans);
    [[nodiscard]] const std::vector<FoundContainer>& containers() const { return finding_.containers; }
    /// Place in containers(); UINT32_MAX: in none.
    [[nodiscard]] std::uint32_t of(const Scan& scan, const ScannedTask& task) const;

  private:
    ContainerPlaces places_;
    ContainerFinding finding_;
    std::unordered_map<std::uint64_t, std::uint32_t> by_cgroup_; ///< of each known one; UINT32_MAX: in none
    std::vector<Issue> issues_;
    std::uint64_t rescans_ = UINT64_MAX;
};

} // namespace nsscope
