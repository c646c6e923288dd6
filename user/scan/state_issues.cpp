#include "scan/state_issues.hpp"

#include <fmt/format.h>

namespace nsscope {

void StateIssues::add(const std::string& path, const std::string& why) {
    if (named_.size() < most_named)
        named_.push_back({"state of a container runtime", 1, fmt::format("{}: {}", path, why)});
    else
        ++others_;
}

void StateIssues::report(std::vector<Issue>& issues) const {
    issues.insert(issues.end(), named_.begin(), named_.end());
    if (others_ != 0)
        issues.push_back({"state of a container runtime", others_, "as with the files named before"});
}

} // namespace nsscope
