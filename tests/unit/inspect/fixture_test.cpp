// The readers of /proc on a tree that looks like it, where what is denied, gone or nonsense can be had at will.

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>

#include <gtest/gtest.h>

#include "inspect/mnt.hpp"
#include "inspect/pid.hpp"
#include "inspect/time.hpp"
#include "inspect/user.hpp"

using namespace nsscope;
namespace fs = std::filesystem;

namespace {

const std::string status_of_nginx =
    "Name:\tnginx\nUid:\t0\t1000\t0\t0\nNSpid:\t7\t1\nThreads:\t1\nCapInh:\t0\nCapPrm:\t1\n"
    "CapEff:\t200000\nCapBnd:\t3\nCapAmb:\t0\n";

/// A procfs in a directory of its own, and a namespace that is looked into through it. There is no such namespace: its
/// file is /dev/null, of which no ioctl tells anything.
class Fixture : public testing::Test {
  protected:
    Fixture() : root_(fs::path(testing::TempDir()) / ("nsscope-proc-" + std::to_string(::getpid()))) {
        fs::create_directories(root_);
        sources_.proc_root = root_.string();
        held_.file = UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    }
    ~Fixture() override { fs::remove_all(root_); }

    void process(pid_t pid, const std::string& link, const std::string& target) {
        const auto directory = root_ / std::to_string(pid);
        fs::create_directories(directory / "ns");
        fs::remove(directory / "ns" / link);
        fs::create_symlink(target, directory / "ns" / link);
    }
    void file(pid_t pid, const std::string& name, const std::string& text) {
        fs::create_directories(root_ / std::to_string(pid));
        std::ofstream(root_ / std::to_string(pid) / name, std::ios::binary) << text;
    }
    Look look(NsType type, std::uint32_t inum, std::vector<pid_t> members) {
        ns_.type = held_.type = type;
        ns_.ref.inum = held_.ref.inum = inum;
        ns_.members = std::move(members);
        gaps_ = {};
        return {snapshot_, ns_, held_, sources_, gaps_};
    }
    std::string gaps() {
        std::vector<Issue> issues;
        gaps_.report(issues);
        std::string text;
        for (const auto& issue : issues) text += issue.what + ": " + issue.why + "\n";
        return text;
    }

    fs::path root_;
    Snapshot snapshot_;
    Namespace ns_;
    HeldNamespace held_;
    InspectSources sources_;
    Gaps gaps_;
};

} // namespace

TEST_F(Fixture, UserNamespace) {
    process(7, "user", "user:[100]");
    file(7, "status", status_of_nginx);
    file(7, "comm", "nginx\n");
    file(7, "uid_map", "0 1000 1\n");
    file(7, "gid_map", "");
    file(7, "setgroups", "deny\n");
    Namespace owned;
    owned.type = NsType::net;
    owned.ref.inum = 200;
    owned.owner_user_ns = 100;
    snapshot_.namespaces = {owned};
    const auto user = inspect_user(look(NsType::user, 100, {7, 8}));
    ASSERT_TRUE(user.uid_map && user.gid_map);
    EXPECT_EQ(*user.uid_map, (std::vector<IdRange>{{0, 1000, 1}}));
    EXPECT_TRUE(user.gid_map->empty());
    EXPECT_EQ(user.setgroups, false);
    ASSERT_EQ(user.members.size(), 1U) << "the other one is gone, which is no gap";
    EXPECT_EQ(user.members[0].effective, 0x200000U);
    EXPECT_EQ(user.members[0].comm, "nginx");
    ASSERT_EQ(user.owns.size(), 1U);
    EXPECT_EQ(user.owns[0].inum, 200U);
    EXPECT_EQ(gaps(), "depth of a user namespace: nsscope is not in the initial user namespace\n");
}

TEST_F(Fixture, UserNamespaceOfNonsense) {
    process(7, "user", "user:[100]");
    file(7, "status", "Uid:\tx\n");
    file(7, "uid_map", "0 1000\n");
    file(7, "gid_map", "0 1000 1\n");
    file(7, "setgroups", "allow\n");
    const auto user = inspect_user(look(NsType::user, 100, {7}));
    EXPECT_FALSE(user.uid_map);
    EXPECT_TRUE(user.gid_map);
    EXPECT_NE(gaps().find("uid_map: not as user_namespaces(7) has it (pid 7)"), std::string::npos) << gaps();
    EXPECT_NE(
        gaps().find("capabilities of a process: its status is not as proc_pid_status(5) has it (pid 7)"),
        std::string::npos)
        << gaps();
}

TEST_F(Fixture, TimeNamespaceIsAskedOfWhoseChildrenAreBornThere) {
    process(7, "time_for_children", "time:[999]"); // it is in it, and its children will not be
    process(8, "time_for_children", "time:[100]");
    file(7, "timens_offsets", "monotonic 1 0\nboottime 1 0\n");
    file(8, "timens_offsets", "monotonic 5 0\nboottime 6 0\n");
    const auto time = inspect_time(look(NsType::time, 100, {7, 8}));
    ASSERT_TRUE(time.offsets);
    EXPECT_EQ(time.offsets->monotonic.sec, 5);
    EXPECT_EQ(time.settable, false) << "somebody is in it";
    EXPECT_EQ(gaps(), "");
}

TEST_F(Fixture, TimeNamespaceThatNobodyIsIn) {
    process(8, "time_for_children", "time:[100]");
    file(8, "timens_offsets", "monotonic 5 0\nboottime 6 0\n");
    ns_.pinned_by = {Pin{.how = Pin::How::for_children, .pid = 8}};
    auto time = inspect_time(look(NsType::time, 100, {}));
    EXPECT_EQ(time.settable, std::nullopt);
    EXPECT_NE(gaps().find("whether the clock offsets can still be set"), std::string::npos) << gaps();
    for (const bool frozen : {false, true}) {
        sources_.task_numbers = [frozen](pid_t) {
            TaskNumbers numbers;
            numbers.time_ns_for_children = 100;
            numbers.time_offsets_frozen = frozen;
            return numbers;
        };
        time = inspect_time(look(NsType::time, 100, {}));
        EXPECT_EQ(time.settable, !frozen);
        EXPECT_EQ(gaps(), "");
    }
    ns_.pinned_by.clear();
    time = inspect_time(look(NsType::time, 100, {}));
    EXPECT_FALSE(time.offsets);
    EXPECT_NE(gaps().find("entering it could freeze them"), std::string::npos) << gaps();
}

TEST_F(Fixture, PidNamespace) {
    file(7, "status", status_of_nginx);
    file(7, "comm", "nginx\n");
    sources_.task_numbers = [](pid_t pid) {
        EXPECT_EQ(pid, 7);
        return TaskNumbers{.pid_ns = 100, .last_pid = 42, .pid_max = 1000};
    };
    auto pid = inspect_pid(look(NsType::pid, 100, {7}));
    EXPECT_EQ(pid.init, 7);
    ASSERT_EQ(pid.members.size(), 1U);
    EXPECT_EQ(pid.members[0].ns_pids, (std::vector<pid_t>{7, 1}));
    EXPECT_EQ(pid.last_pid, 42U);
    EXPECT_EQ(pid.pid_max, 1000U);
    sources_.task_numbers = [](pid_t) { return TaskNumbers{.pid_ns = 101, .last_pid = 42, .pid_max = {}}; };
    pid = inspect_pid(look(NsType::pid, 100, {7}));
    EXPECT_FALSE(pid.last_pid) << "the process is another one by now";
    EXPECT_NE(gaps().find("last pid and limit"), std::string::npos) << gaps();
    sources_.task_numbers = [](pid_t) -> Result<TaskNumbers> { return Failure(Error{"no BPF"}); };
    pid = inspect_pid(look(NsType::pid, 100, {7}));
    EXPECT_NE(gaps().find("last pid: no BPF"), std::string::npos) << gaps();
}

TEST_F(Fixture, MountNamespaceThroughTheMemberThatSeesMost) {
    process(7, "mnt", "mnt:[100]");
    process(8, "mnt", "mnt:[100]");
    process(9, "mnt", "mnt:[101]");
    file(7, "mountinfo", "2 1 0:4 / /jail rw - tmpfs t rw\n"); // in a chroot, beside a mount
    file(8, "mountinfo",
         "1 0 0:3 / / rw shared:3 - ext4 d rw\n2 1 0:4 / /jail rw master:4 - tmpfs t rw\nnonsense\n");
    file(9, "mountinfo",
         "5 0 0:3 / / rw shared:3 - ext4 d rw\n6 5 0:9 / /x rw shared:4 - tmpfs t rw\n"
         "7 5 0:9 / /y rw master:3 - tmpfs t rw\n");
    Namespace other;
    other.type = NsType::mnt;
    other.ref.inum = 101;
    other.members = {9};
    snapshot_.namespaces = {other};
    const auto mnt = inspect_mnt(look(NsType::mnt, 100, {7, 8}));
    ASSERT_EQ(mnt.mounts.size(), 2U);
    ASSERT_TRUE(mnt.root);
    EXPECT_EQ(mnt.root->fs_type, "ext4");
    EXPECT_EQ(mnt.mounts[0].peers_in, std::vector<std::uint32_t>{101});
    EXPECT_EQ(mnt.mounts[0].slaves_in, std::vector<std::uint32_t>{101});
    EXPECT_EQ(mnt.mounts[1].master_in, std::vector<std::uint32_t>{101});
    EXPECT_EQ(gaps(), "mounts: a line is not as proc_pid_mountinfo(5) has it (pid 8)\n");
}

TEST(GapsOf, CountTimesAndProcesses) {
    Gaps gaps;
    for (const pid_t pid : {5, 4, 3, 2}) gaps.add("a thing", "no reason", pid);
    gaps.add("another", "why not");
    gaps.add("another", "why not");
    gaps.add_error("what is gone", ESRCH, 7);
    std::vector<Issue> issues;
    gaps.report(issues);
    ASSERT_EQ(issues.size(), 2U);
    EXPECT_EQ(issues[0].count, 4U);
    EXPECT_EQ(issues[0].why, "no reason (pid 2, 3, 4 and 1 more)");
    EXPECT_EQ(issues[1].count, 2U);
    EXPECT_EQ(issues[1].why, "why not");
}
