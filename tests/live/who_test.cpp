#include <array>
#include <ctime>
#include <fstream>
#include <sstream>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgroup_dir.hpp"
#include "live.hpp"
#include "oracle.hpp"
#include "stream.hpp"

namespace live {
namespace {

using Lines = std::vector<std::string>;

/// Who, when and from where: what every record says beside what happened.
class Who : public Live {};

TEST_F(Who, IsKnownWhileItLives) {
    Watch stream;
    Helper helper({"unshare:uts", "hold"});
    ASSERT_TRUE(helper.wait_for("hold"));
    const auto stat = read_file("/proc/" + std::to_string(helper.pid()) + "/stat");
    const auto told = expect_told(helper.finish(), stream.finish());
    ASSERT_EQ(told.size(), 1U);
    const auto& process = told[0].process;
    EXPECT_EQ(process->pid, static_cast<std::uint32_t>(helper.pid()));
    EXPECT_EQ(process->ppid, static_cast<std::uint32_t>(::getpid()));
    EXPECT_EQ(process->exe, live::helper());
    // field 22 in clock ticks, counted from behind the name
    std::istringstream fields(stat.substr(stat.rfind(')') + 2));
    std::string field;
    for (int i = 3; i <= 22; i++) fields >> field;
    EXPECT_EQ(std::to_string(process->start_ns / 10'000'000), field);
}

TEST_F(Who, HasTheNameThatItGaveItself) {
    const auto told = expect_told({"comm:a) \xC3\xBC ]x", "unshare:uts"});
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].process->comm, "a) \xC3\xBC ]x");
}

TEST_F(Who, WithANameThatIsNoTextIsStillJson) {
    Watch stream;
    const auto done =
        run({helper(), "comm:a\xFF\x01\"b", "storm:5:1"}); // a step that says little, as that is no JSON
    EXPECT_EQ(done.status, 0);
    std::size_t found = 0;
    for (const auto& record : stream.finish())
        if (record.process && record.process->comm == "a\xEF\xBF\xBD\x01\"b") found++;
    EXPECT_EQ(found, 1U);
}

TEST_F(Who, HasItsUidFromOutside) {
    Watch stream;
    const auto steps = run_helper({"uid:65534", "unshare:user", "unshare:uts", "clone3:ipc"});
    if (steps.at(2).result != 0) LIVE_SKIP("only root may make user namespaces here");
    const auto told = expect_told(steps, stream.finish());
    EXPECT_EQ(summary(told), (Lines{"ns.unshare user", "ns.unshare uts", "ns.clone ipc"}));
    for (const auto& record : told) EXPECT_EQ(record.process->uid, 65534U);
}

TEST_F(Who, RunsAFileThatIsDeleted) {
    const Scratch scratch("file");
    const auto& copy = scratch.path();
    std::ofstream(copy, std::ios::binary) << std::ifstream(helper(), std::ios::binary).rdbuf();
    ASSERT_EQ(::chmod(copy.c_str(), 0755), 0);
    Watch stream;
    Process process({copy, "unshare:uts", "hold", "unshare:uts"});
    ASSERT_TRUE(
        process.wait_for_line([](std::string_view line) { return line.starts_with("{\"note\":\"hold"); }));
    ::unlink(copy.c_str());
    // a name is asked for again after a second
    ::usleep(1'200'000);
    process.write_line();
    ASSERT_EQ(process.wait(), 0);
    const auto steps = parse_steps(process.output());
    const auto told = of_processes(stream.finish(), callers(steps));
    ASSERT_EQ(told.size(), 2U);
    EXPECT_EQ(told[0].process->exe, copy);
    EXPECT_EQ(told[1].process->exe, copy + " (deleted)");
}

TEST_F(Who, RunsAFileThatHasNoDirectory) {
    const auto told = expect_told({"unshare:ipc", "memfd:unshare:uts"});
    ASSERT_EQ(told.size(), 2U);
    EXPECT_EQ(told[1].process->exe, "/memfd:nshelper (deleted)");
}

/// The same file by two paths, at the same time.
TEST_F(Who, RunsAFileThatIsMountedTwice) {
    ASSERT_TRUE(have_own_mounts()) << errno_text();
    const Scratch scratch("twice");
    const auto& place = scratch.path();
    const auto directory = helper().substr(0, helper().rfind('/'));
    ASSERT_EQ(::mkdir(place.c_str(), 0755), 0);
    ASSERT_EQ(::mount(directory.c_str(), place.c_str(), nullptr, MS_BIND, nullptr), 0) << errno_text();
    Watch stream;
    const auto here = run_helper({"unshare:uts"});
    const auto there = run({place + "/nshelper", "unshare:uts"});
    const auto again = run_helper({"unshare:uts"});
    const auto& records = stream.finish();
    expect_told(here, records);
    expect_told(parse_steps(there.output), records);
    expect_told(again, records);
}

TEST_F(Who, IsInItsCgroup) {
    CgroupDir cgroup("who");
    if (!cgroup.problem().empty()) LIVE_SKIP(cgroup.problem());
    Stream stream({"--type", "ns.clone,ns.unshare"});
    const auto steps =
        run_helper({"unshare:uts", "cgroup:" + cgroup.directory(), "unshare:uts", "clone3:cgroup"});
    ASSERT_FALSE(has_note(steps, "no cgroup"));
    const auto told = expect_told(steps, stream.finish());
    ASSERT_EQ(told.size(), 3U);
    struct stat status {};
    ASSERT_EQ(::stat(cgroup.directory().c_str(), &status), 0);
    for (std::size_t i = 1; i < told.size(); i++) {
        ASSERT_TRUE(told[i].cgroup) << told[i].line;
        EXPECT_EQ(told[i].cgroup->id, status.st_ino);
        EXPECT_EQ(told[i].cgroup->path, cgroup.path());
    }
    EXPECT_NE(told[0].cgroup->id, status.st_ino);
}

TEST_F(Who, HappensWhenItSays) {
    const auto realtime = [] {
        timespec now{};
        ::clock_gettime(CLOCK_REALTIME, &now);
        std::array<char, 64> text{};
        std::tm utc{};
        ::gmtime_r(&now.tv_sec, &utc);
        std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &utc);
        return std::string(text.data());
    };
    Watch stream;
    const auto before = realtime();
    const auto steps = run_helper({"unshare:uts", "unshare:uts"});
    const auto after = realtime();
    const auto told = of_processes(stream.finish(), callers(steps));
    ASSERT_EQ(told.size(), 2U);
    EXPECT_LT(told[0].mono_ns, told[1].mono_ns);
    for (const auto& record : told) {
        const auto second = record.time.substr(0, before.size());
        EXPECT_GE(second, before);
        EXPECT_LE(second, after);
    }
}

} // namespace
} // namespace live
