#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <unistd.h>

#include "live.hpp"
#include "oracle.hpp"
#include "stream.hpp"

namespace live {
namespace {

/// include/uapi/linux/capability.h
constexpr std::uint64_t dac_read_search = 1ULL << 2, sys_ptrace = 1ULL << 19, sys_nice = 1ULL << 23,
                        sys_resource = 1ULL << 24, bpf = 1ULL << 39;

/// A line of /proc/PID/status.
std::string status_of(pid_t pid, const std::string& name) {
    std::istringstream status(read_file("/proc/" + std::to_string(pid) + "/status"));
    for (std::string line; std::getline(status, line);)
        if (line.starts_with(name + ":\t")) return line.substr(name.size() + 2);
    return {};
}
std::uint64_t capabilities_of(pid_t pid, const std::string& set) {
    return std::stoull('0' + status_of(pid, set), nullptr, 16);
}

class Privileges : public Live {};

TEST_F(Privileges, OfEventsAreGivenUpOnceItRuns) {
    Stream stream;
    const auto pid = stream.process().pid();
    // who may raise RLIMIT_RTPRIO need not keep the other
    const bool may_raise = (capabilities_of(::getpid(), "CapEff") & sys_resource) != 0;
    const auto few = dac_read_search | sys_ptrace | bpf | (may_raise ? 0 : sys_nice);
    EXPECT_EQ(capabilities_of(pid, "CapEff"), few);
    EXPECT_EQ(capabilities_of(pid, "CapPrm"), few);
    EXPECT_EQ(capabilities_of(pid, "CapInh"), 0U);
    EXPECT_EQ(capabilities_of(pid, "CapBnd") & ~few, 0U);
    EXPECT_EQ(capabilities_of(pid, "CapAmb"), 0U);
    EXPECT_EQ(status_of(pid, "NoNewPrivs"), "1");
    const auto steps = run_helper({"unshare:uts", "clone3:net,pid", "unshare:ipc"});
    const auto told = expect_told(steps, stream.finish());
    for (const auto& record : told) EXPECT_TRUE(record.cgroup && record.cgroup->path) << record.line;
}

/// Nobody need be root to see events.
TEST_F(Privileges, OfEventsAreFour) {
    const auto setpriv = find_in_path("setpriv");
    if (setpriv.empty()) LIVE_SKIP("setpriv(1) is not installed");
    const Scratch scratch("anybody"); // where anybody may run it
    std::filesystem::copy_file(program(), scratch.path());
    std::filesystem::permissions(scratch.path(), std::filesystem::perms{0755});
    const std::string four = "-all,+bpf,+perfmon,+sys_ptrace,+dac_read_search";
    Process events({setpriv, "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=" + four,
                    "--ambient-caps=" + four, scratch.path(), "events"});
    ASSERT_TRUE(events.wait_for_line([](std::string_view line) {
        return line.find("\"event\":\"start\"") != std::string_view::npos;
    })) << events.errors();
    EXPECT_NE(status_of(events.pid(), "Uid").find("65534"), std::string::npos);
    const auto steps = run_helper({"unshare:uts", "clone3:uts,ipc", "unshare:net"});
    events.signal(SIGINT);
    const auto status = events.wait();
    ASSERT_TRUE(status);
    expect_told(steps, check_stream(events.output(), *status));
}

} // namespace
} // namespace live
