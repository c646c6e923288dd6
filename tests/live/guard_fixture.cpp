#include "guard_fixture.hpp"

#include <fstream>

namespace live {

void Guard::SetUp() {
    Live::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    if (!cgroup_.problem().empty()) LIVE_SKIP(cgroup_.problem());
}

Guard::~Guard() { (void)nsscope({"guard", "remove", "--cgroup", cgroup_.path()}); }

void Guard::write_policy(const std::string& rules) const {
    std::ofstream(policy_.path()) << "version: 1\n" << (rules.starts_with("  -") ? "rules:\n" : "") << rules;
}

Finished Guard::apply(const std::string& rules) {
    write_policy(rules);
    return nsscope({"guard", "apply", policy_.path(), "--cgroup", cgroup_.path()});
}

std::vector<std::string> Guard::inside(const std::string& script) const {
    return {find_in_path("sh"),
            "-c",
            "echo 0 > \"$1\"/cgroup.procs && exec unshare --uts --net sh -c \"$2\"",
            "sh",
            cgroup_.directory(),
            script};
}

std::string Guard::status() const {
    return nsscope({"guard", "status", "--json", "--cgroup", cgroup_.path()}).output;
}

std::string deny(const std::string& sysctl, const std::string& more) {
    return "  - name: denied\n    sysctls: [\"" + sysctl + "\"]\n    scope: all\n    action: deny\n" + more;
}

std::string attempt(const std::string& bytes, const std::string& file) {
    return "if printf '" + bytes + "' > " + file + "; then echo yes; else echo no; fi 2>/dev/null; ";
}

} // namespace live
