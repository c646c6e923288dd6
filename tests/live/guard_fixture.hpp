#pragma once

#include <string>
#include <vector>

#include "cgroup_dir.hpp"
#include "live.hpp"
#include "process.hpp"

namespace live {

/// A policy in force in a cgroup of the test's own, and writers in there with network and UTS namespaces of their own: nothing
/// of the machine's is changed.
class Guard : public Live {
  protected:
    void SetUp() override;
    ~Guard() override;

    void write_policy(const std::string& rules) const;
    Finished apply(const std::string& rules);
    /// Runs a script of sh in the cgroup; `exec` makes it a workload, and no process that a runtime sets up.
    [[nodiscard]] std::vector<std::string> inside(const std::string& script) const;
    [[nodiscard]] std::string output_of(const std::string& script) const {
        return run(inside(script)).output;
    }
    [[nodiscard]] std::string status() const;
    [[nodiscard]] const CgroupDir& cgroup() const { return cgroup_; }
    [[nodiscard]] const std::string& policy() const { return policy_.path(); }

  private:
    CgroupDir cgroup_{"guard"};
    Scratch policy_{"guard-policy"};
};

inline const std::string forward = "/proc/sys/net/ipv4/ip_forward";
inline const std::string ttl = "/proc/sys/net/ipv4/ip_default_ttl";

/// A rule called "denied".
[[nodiscard]] std::string deny(const std::string& sysctl, const std::string& more = "");
/// A script that says "yes" when the write succeeds, and "no" when it does not.
[[nodiscard]] std::string attempt(const std::string& bytes, const std::string& file);

} // namespace live
