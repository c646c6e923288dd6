#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <unistd.h>

#include "cgroup_dir.hpp"
#include "live.hpp"
#include "oracle.hpp"
#include "stream.hpp"

namespace live {
namespace {

/// include/uapi/linux/capability.h
constexpr std::uint64_t dac_override = 1ULL << 1, dac_read_search = 1ULL << 2, net_admin = 1ULL << 12,
                        sys_chroot = 1ULL << 18, sys_ptrace = 1ULL << 19, sys_admin = 1ULL << 21,
                        sys_nice = 1ULL << 23, sys_resource = 1ULL << 24, perfmon = 1ULL << 38,
                        bpf = 1ULL << 39;
constexpr auto to_scan = perfmon | sys_admin | sys_chroot | sys_resource;

/// A line of what /proc/PID/status had.
std::string line_of(const std::string& text, const std::string& name) {
    std::istringstream status(text);
    for (std::string line; std::getline(status, line);)
        if (line.starts_with(name + ":\t")) return line.substr(name.size() + 2);
    return {};
}
std::string status_of(pid_t pid, const std::string& name) {
    return line_of(read_file("/proc/" + std::to_string(pid) + "/status"), name);
}
std::uint64_t set_of(const std::string& text, const std::string& name) {
    return std::stoull('0' + line_of(text, name), nullptr, 16);
}

class Privileges : public Live {
  protected:
    /// Each thread holds these, as far as this test holds them, and those of every stream; and can get no others.
    static void expect_held(pid_t pid, std::uint64_t also, bool goes_first = true) {
        const auto ours = set_of(read_file("/proc/self/status"), "CapEff");
        auto few = (dac_read_search | sys_ptrace | bpf | also) & ours;
        // who may raise RLIMIT_RTPRIO need not keep the other
        if ((ours & sys_resource) == 0 || !goes_first) few |= sys_nice;
        const auto tasks = "/proc/" + std::to_string(pid) + "/task/";
        for (const auto& task : std::filesystem::directory_iterator(tasks)) {
            const auto tid = task.path().filename().string();
            const auto status = read_file(tasks + tid + "/status");
            if (line_of(status, "NoNewPrivs").empty()) continue; // it has ended meanwhile
            for (const auto* set : {"CapEff", "CapPrm"}) EXPECT_EQ(set_of(status, set), few) << tid << set;
            for (const auto* set : {"CapInh", "CapAmb"}) EXPECT_EQ(set_of(status, set), 0U) << tid << set;
            EXPECT_EQ(set_of(status, "CapBnd") & ~few, 0U) << tid;
            EXPECT_EQ(line_of(status, "NoNewPrivs"), "1") << tid;
        }
    }
};

TEST_F(Privileges, OfEventsAreGivenUpOnceItRuns) {
    Stream stream;
    expect_held(stream.process().pid(), 0);
    const auto steps = run_helper({"unshare:uts", "clone3:net,pid", "unshare:ipc"});
    const auto told = expect_told(steps, stream.finish());
    for (const auto& record : told) EXPECT_TRUE(record.cgroup && record.cgroup->path) << record.line;
}

/// What was lost makes it look at the machine again: it still can.
TEST_F(Privileges, OfASnapshotAreThoseThatALookTakes) {
    Stream stream({"--snapshot", "--ring-size", "64K"});
    ASSERT_TRUE(stream.wait_for([](const Record& record) { return record.event == "sync"; }));
    expect_held(stream.process().pid(), to_scan);
    stream.process().signal(SIGSTOP);
    static_cast<void>(run_helper({"storm:60:" + std::to_string(many())}));
    stream.process().signal(SIGCONT);
    int synced = 0;
    EXPECT_TRUE(
        stream.wait_for([&](const Record& record) { return record.event == "sync" && ++synced == 2; }));
    stream.finish();
    EXPECT_EQ(stream.status(), 3) << "some were lost";
}

TEST_F(Privileges, OfOutputsMayOpenAnybodysFiles) {
    const Scratch directory("outputs");
    std::filesystem::create_directory(directory.path());
    Process events(
        {program(), "events", "--type", "ns.unshare", "--output", "file:" + directory.path() + "/a"});
    ASSERT_TRUE(wait_until(
        [&] { return read_file(directory.path() + "/a").find("\"start\"") != std::string::npos; }));
    expect_held(events.pid(), dac_override);
    events.signal(SIGINT);
    EXPECT_EQ(events.wait(), 0);
}

TEST_F(Privileges, OfARecordingAreThoseThatALookTakes) {
    const Scratch file("recording");
    Process record({program(), "record", file.path()});
    ASSERT_TRUE(wait_until([&] { return status_of(record.pid(), "NoNewPrivs") == "1"; }));
    expect_held(record.pid(), to_scan, false);
    const auto size = [&] { return std::filesystem::file_size(file.path()); };
    const auto before = size();
    EXPECT_TRUE(wait_until([&] { return size() > before + 1000; })) << "it looks again and again";
    record.signal(SIGINT);
    EXPECT_EQ(record.wait(), 0) << record.errors();
    EXPECT_EQ(run({program(), "list", "--replay", file.path()}).status, 0);
}

TEST_F(Privileges, OfAGuardAreThoseThatAPolicyTakes) {
    const CgroupDir cgroup("privileges");
    if (!cgroup.problem().empty()) LIVE_SKIP(cgroup.problem());
    const Scratch policy("policy");
    std::ofstream(policy.path()) << "version: 1\nmode: audit\nrules: []\n";
    Process guard({program(), "guard", "run", policy.path(), "--cgroup", cgroup.path()});
    ASSERT_TRUE(guard.wait_for_line([](auto line) {
        return line.find("\"start\"") != std::string_view::npos;
    })) << guard.errors();
    expect_held(guard.pid(), perfmon | sys_admin | net_admin | sys_resource, false);
    guard.signal(SIGINT);
    EXPECT_EQ(guard.wait(), 0) << guard.errors();
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
