#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "model/scan.hpp"

namespace nsscope {

/// The distinct contents of /proc/PID/cgroup that a walk met, numbered from 0.
class CgroupSets {
  public:
    [[nodiscard]] std::uint32_t number_of(std::string_view text);

    /// Takes in those of another walker, in whose numbers they are; returns what each is called here.
    [[nodiscard]] std::vector<std::uint32_t> merge(const CgroupSets& other);

    [[nodiscard]] std::vector<ScannedCgroups> take();

  private:
    std::vector<const std::string*> texts_; ///< into numbers_, whose keys stay where they are
    std::unordered_map<std::string, std::uint32_t> numbers_;
    std::uint32_t last_ = 0;
};

} // namespace nsscope
