#pragma once

#include <string>

namespace live {

/// A cgroup of the unified hierarchy for the time of a test. Where that is mounted nowhere, it is mounted meanwhile.
class CgroupDir {
  public:
    explicit CgroupDir(const std::string& name);
    CgroupDir(const CgroupDir&) = delete;
    CgroupDir& operator=(const CgroupDir&) = delete;
    ~CgroupDir();

    /// Why there is none; empty when there is.
    [[nodiscard]] const std::string& problem() const { return problem_; }
    [[nodiscard]] const std::string& directory() const { return directory_; }
    /// From the root of the hierarchy.
    [[nodiscard]] const std::string& path() const { return path_; }

  private:
    std::string problem_, directory_, path_, mounted_;
};

} // namespace live
