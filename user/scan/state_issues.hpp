#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "model/scan.hpp"

namespace nsscope {

/// What went wrong with files, as issues: the first few by name, the others by their number.
class StateIssues {
  public:
    void add(const std::string& path, const std::string& why);
    void report(std::vector<Issue>& issues) const;

  private:
    static constexpr std::size_t most_named = 8;
    std::vector<Issue> named_;
    std::size_t others_ = 0;
};

} // namespace nsscope
