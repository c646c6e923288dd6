#include "fake_proc.hpp"

#include <algorithm>

#include <gtest/gtest.h>
#include <unistd.h>

#include "scan/proc_scan.hpp"

using namespace nsscope;
using namespace std::string_literals;

namespace {

Scan scan_of(const FakeProc& proc) {
    auto scan = scan_proc(proc.root());
    EXPECT_TRUE(scan) << scan.error().what;
    return scan ? std::move(*scan) : Scan{};
}

const ScannedTask* task(const Scan& scan, pid_t tid) {
    const auto at = std::ranges::find(scan.tasks, tid, &ScannedTask::tid);
    return at == scan.tasks.end() ? nullptr : &*at;
}

std::uint32_t inum(const ScannedTask& t, NsSlot slot) { return t.ns[static_cast<std::size_t>(slot)].inum; }

} // namespace

TEST(FakeProcScan, EmptyTree) {
    const FakeProc proc;
    const auto scan = scan_of(proc);
    EXPECT_EQ(scan.source, "proc");
    EXPECT_TRUE(scan.tasks.empty());
    EXPECT_TRUE(scan.namespaces.empty());
    EXPECT_TRUE(scan.issues.empty());
}

TEST(FakeProcScan, MissingRootIsAnError) {
    const auto scan = scan_proc("/nowhere/at/all");
    ASSERT_FALSE(scan);
    EXPECT_EQ(scan.error().error_number, ENOENT);
    EXPECT_NE(scan.error().what.find("/nowhere/at/all"), std::string::npos);
}

TEST(FakeProcScan, OneProcess) {
    const FakeProc proc;
    proc.task("17", {.comm = "sh", .ppid = 4, .start_ticks = 250, .ns = FakeProc::links(100)});
    const auto scan = scan_of(proc);
    ASSERT_EQ(scan.tasks.size(), 1u);
    const auto& t = scan.tasks[0];
    EXPECT_EQ(t.pid, 17);
    EXPECT_EQ(t.tid, 17);
    EXPECT_EQ(t.ppid, 4);
    EXPECT_EQ(t.uid, ::geteuid());
    EXPECT_FALSE(t.kernel_thread);
    EXPECT_EQ(t.comm, "sh");
    EXPECT_FALSE(t.has_cmdline); // the tree has none
    const auto per_second = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
    EXPECT_EQ(t.start_ns, 250 * (1'000'000'000 / per_second));
    for (std::size_t i = 0; i < ns_type_count; ++i) EXPECT_EQ(t.ns[i].inum, 101 + i);
    EXPECT_EQ(inum(t, NsSlot::pid_for_children), 105u);
    EXPECT_EQ(inum(t, NsSlot::time_for_children), 106u);

    // Eight namespaces, each once, of which nothing more is known.
    ASSERT_EQ(scan.namespaces.size(), 8u);
    for (const auto& ns : scan.namespaces) {
        EXPECT_EQ(ns.ref.inum, 101 + static_cast<std::uint32_t>(ns.type));
        EXPECT_EQ(ns.ref.id, 0u);
        EXPECT_EQ(ns.owner_user_ns, 0u);
        EXPECT_EQ(ns.parent, 0u);
        EXPECT_FALSE(ns.has_owner_uid);
    }
    EXPECT_TRUE(scan.issues.empty());
}

TEST(FakeProcScan, ThreadsWithNamespacesOfTheirOwn) {
    const FakeProc proc;
    proc.task("20",
              {.comm = "main", .ppid = 3, .num_threads = 3, .start_ticks = 7, .ns = FakeProc::links(100)});
    proc.task("20/task/20", {.comm = "main", .ppid = 3, .num_threads = 3, .ns = FakeProc::links(100)});
    proc.task("20/task/21", {.comm = "worker", .start_ticks = 900, .ns = FakeProc::links(200)});
    auto other = FakeProc::links(100);
    other["net"] = "net:[999]";
    proc.task("20/task/22", {.comm = ")\n(", .start_ticks = 901, .ns = other});
    proc.write("20/task/23/comm", "gone\n"); // no stat: it ended
    const auto scan = scan_of(proc);
    ASSERT_EQ(scan.tasks.size(), 3u);
    EXPECT_EQ(scan.tasks[0].tid, 20);
    for (const auto& t : scan.tasks) {
        EXPECT_EQ(t.pid, 20);
        EXPECT_EQ(t.ppid, 3);
        EXPECT_EQ(t.start_ns, scan.tasks[0].start_ns);
    }
    ASSERT_TRUE(task(scan, 21) && task(scan, 22));
    EXPECT_EQ(task(scan, 21)->comm, "worker");
    EXPECT_EQ(inum(*task(scan, 21), NsSlot::uts), 208u);
    EXPECT_EQ(task(scan, 22)->comm, ")\n(");
    EXPECT_EQ(inum(*task(scan, 22), NsSlot::net), 999u);
    EXPECT_EQ(inum(*task(scan, 22), NsSlot::uts), 108u);
    EXPECT_EQ(scan.namespaces.size(), 17u);
    EXPECT_TRUE(scan.issues.empty());
}

TEST(FakeProcScan, SameNumberOfAnotherKindIsAnotherNamespace) {
    const FakeProc proc;
    proc.task("5", {.ns = {{"net", "net:[77]"}, {"uts", "uts:[77]"}, {"user", "user:[1]"}}});
    EXPECT_EQ(scan_of(proc).namespaces.size(), 3u);
}

TEST(FakeProcScan, ZombieKeepsUserAndPid) {
    const FakeProc proc;
    proc.task("9", {.state = 'Z', .ns = {{"pid", "pid:[50]"}, {"user", "user:[51]"}}});
    const auto scan = scan_of(proc);
    ASSERT_EQ(scan.tasks.size(), 1u);
    for (std::size_t i = 0; i < ns_slot_count; ++i) {
        const auto slot = slot_at(i);
        const auto expected = slot == NsSlot::pid ? 50u : slot == NsSlot::user ? 51u : 0u;
        EXPECT_EQ(scan.tasks[0].ns[i].inum, expected) << name(slot);
    }
    EXPECT_TRUE(scan.issues.empty());
}

TEST(FakeProcScan, KindsThatTheKernelLacks) {
    const FakeProc proc;
    auto links = FakeProc::links(100);
    links.erase("time");
    links.erase("time_for_children");
    proc.task("9", {.ns = links});
    const auto scan = scan_of(proc);
    ASSERT_EQ(scan.tasks.size(), 1u);
    EXPECT_EQ(inum(scan.tasks[0], NsSlot::time), 0u);
    EXPECT_EQ(inum(scan.tasks[0], NsSlot::uts), 108u);
    EXPECT_EQ(inum(scan.tasks[0], NsSlot::net), 104u);
    EXPECT_TRUE(scan.issues.empty());
}

TEST(FakeProcScan, KernelThread) {
    const FakeProc proc;
    proc.task("2", {.comm = "kthreadd", .ppid = 0, .flags = 0x00208040, .ns = FakeProc::links(100)});
    const auto scan = scan_of(proc);
    ASSERT_EQ(scan.tasks.size(), 1u);
    EXPECT_TRUE(scan.tasks[0].kernel_thread);
}

// What a task was marked with shows whether its children may be born elsewhere, and which links must be read.
TEST(FakeProcScan, ChildrenAreBornWhereTheTaskIsUnlessItMayHaveChosen) {
    constexpr std::uint32_t forked_no_exec = 0x40, used_privilege = 0x100, randomized = 0x400000;
    auto links = FakeProc::links(100);
    links["pid_for_children"] = "pid:[205]";
    links["time_for_children"] = "time:[206]";
    const FakeProc proc;
    proc.task("10", {.flags = randomized | used_privilege, .ns = links});
    proc.task("11", {.flags = randomized | used_privilege | forked_no_exec, .ns = links});
    proc.task("12", {.flags = randomized | forked_no_exec, .ns = links});
    proc.task("13", {.flags = randomized, .ns = links});
    proc.task("14", {.flags = 0, .ns = links}); // a kernel that does not tell
    const auto scan = scan_of(proc);
    ASSERT_EQ(scan.tasks.size(), 5u);
    for (const auto& task : scan.tasks) {
        EXPECT_EQ(inum(task, NsSlot::pid_for_children), task.pid == 12 || task.pid == 13 ? 105u : 205u)
            << task.pid;
        EXPECT_EQ(inum(task, NsSlot::time_for_children), task.pid == 13 ? 106u : 206u) << task.pid;
    }
}

TEST(FakeProcScan, GarbageIsNoProcess) {
    const FakeProc proc;
    proc.task("17", {.ns = FakeProc::links(100)});
    proc.write("18/cmdline", "no stat file");
    proc.write("19", "a file");
    proc.write("020/stat", "20 (x) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 1 0\n");
    proc.write("99999999999/stat", "a number that no pid has");
    proc.write("sys/kernel/x", "1");
    proc.write("12x/stat", "");
    const auto scan = scan_of(proc);
    EXPECT_EQ(scan.tasks.size(), 1u);
    EXPECT_TRUE(scan.issues.empty());
}

TEST(FakeProcScan, LinksThatNameNoNamespace) {
    const FakeProc proc;
    auto links = FakeProc::links(100);
    links["net"] = "uts:[5]";
    links["ipc"] = "nonsense";
    links["uts"] = std::string(300, 'x');
    proc.task("17", {.ns = links});
    proc.task("18", {});
    proc.write("18/ns/net", "a file, not a link");
    const auto scan = scan_of(proc);
    ASSERT_EQ(scan.tasks.size(), 2u);
    EXPECT_EQ(inum(*task(scan, 17), NsSlot::net), 0u);
    EXPECT_EQ(inum(*task(scan, 17), NsSlot::ipc), 0u);
    EXPECT_EQ(inum(*task(scan, 17), NsSlot::uts), 0u);
    EXPECT_EQ(inum(*task(scan, 17), NsSlot::user), 107u);
    EXPECT_EQ(inum(*task(scan, 18), NsSlot::net), 0u);
}

TEST(FakeProcScan, NoNamespaceDirectory) {
    const FakeProc proc;
    proc.task("17", {.comm = "bare"});
    proc.remove("17/ns");
    const auto scan = scan_of(proc);
    ASSERT_EQ(scan.tasks.size(), 1u);
    EXPECT_EQ(scan.tasks[0].comm, "bare");
    EXPECT_TRUE(scan.namespaces.empty());
}

TEST(FakeProcScan, NonsensicalStatIsCounted) {
    const FakeProc proc;
    for (const auto* pid : {"3", "4", "5", "6", "7"}) proc.write(pid + "/stat"s, "total nonsense");
    const auto scan = scan_of(proc);
    EXPECT_TRUE(scan.tasks.empty());
    ASSERT_EQ(scan.issues.size(), 1u);
    EXPECT_EQ(scan.issues[0].what, "a process");
    EXPECT_EQ(scan.issues[0].count, 5u);
    EXPECT_NE(scan.issues[0].why.find("and 2 more"), std::string::npos) << scan.issues[0].why;
}

/// Root, who may read everything, is somebody else for a while.
class Unprivileged {
  public:
    Unprivileged() { EXPECT_EQ(::seteuid(was_ == 0 ? 65534 : was_), 0); }
    ~Unprivileged() { EXPECT_EQ(::seteuid(was_), 0); }
    Unprivileged(const Unprivileged&) = delete;
    Unprivileged& operator=(const Unprivileged&) = delete;

  private:
    uid_t was_ = ::geteuid();
};

TEST(FakeProcScan, Unreadable) {
    const FakeProc proc;
    proc.task("17", {.ns = FakeProc::links(100)});
    std::filesystem::permissions(proc.root(), std::filesystem::perms(0755));
    std::filesystem::permissions(proc.root() + "/17/ns", std::filesystem::perms::none);
    const auto scan = [&proc] {
        const Unprivileged unprivileged;
        return scan_of(proc);
    }();
    std::filesystem::permissions(proc.root() + "/17/ns", std::filesystem::perms::owner_all);
    EXPECT_EQ(scan.tasks.size(), 0u);
    const auto denied = std::ranges::find(scan.issues, "a process", &Issue::what);
    ASSERT_NE(denied, scan.issues.end());
    EXPECT_EQ(denied->count, 1u);
    EXPECT_EQ(denied->why, "permission denied (pid 17); run as root or with CAP_SYS_PTRACE");
}

TEST(FakeProcScan, Mounts) {
    const FakeProc proc;
    proc.write("self/mountinfo", "1 2 0:4 net:[5] /a\\040b rw - nsfs nsfs rw\n");
    const auto scan = scan_of(proc);
    ASSERT_EQ(scan.mounts.size(), 1u);
    EXPECT_EQ(scan.mounts[0].path, "/a b");
    EXPECT_EQ(scan.mounts[0].mnt_ns, 0u);

    std::filesystem::create_directories(proc.root() + "/self/ns");
    std::filesystem::create_symlink("mnt:[77]", proc.root() + "/self/ns/mnt");
    EXPECT_EQ(scan_of(proc).mounts.at(0).mnt_ns, 77u);

    proc.remove("self");
    const auto without = scan_of(proc);
    ASSERT_EQ(without.issues.size(), 1u);
    EXPECT_EQ(without.issues[0].what, "namespace mounts");
    EXPECT_FALSE(scan_nsfs_mounts(proc.root()));
}

TEST(FakeProcScan, Cmdline) {
    const FakeProc proc;
    const auto text = "sh\0-c\0"s + std::string(40000, 'x') + "\0"s;
    proc.write("17/cmdline", text);
    proc.write("18/cmdline", "");
    EXPECT_EQ(read_cmdline(proc.root(), 17), text);
    EXPECT_EQ(read_cmdline(proc.root(), 18), "");
    EXPECT_FALSE(read_cmdline(proc.root(), 19));
}

TEST(FakeProcScan, CommandLineOfTheFirstInANamespace) {
    const FakeProc proc;
    const auto text = "sh\0"s + std::string(9000, 'x') + "\0"s;
    proc.task("17", {.ns = FakeProc::links(100)});
    proc.write("17/cmdline", text);
    const auto scan = scan_of(proc);
    ASSERT_EQ(scan.tasks.size(), 1u);
    EXPECT_TRUE(scan.tasks[0].has_cmdline);
    EXPECT_EQ(scan.tasks[0].cmdline, text);
}

TEST(FakeProcScan, CgroupsAreKeptOnce) {
    const FakeProc proc;
    const std::string one = "4:memory:/a b\n0::/ctr/one\n", other = "0::/\n";
    for (const auto* pid : {"21", "22", "23", "24"})
        proc.task(pid, {.num_threads = pid == "24"s ? 2 : 1, .ns = FakeProc::links(100)});
    proc.task("24/task/24", {.ns = FakeProc::links(100)});
    proc.task("24/task/25", {.ns = FakeProc::links(100)});
    proc.write("21/cgroup", one);
    proc.write("22/cgroup", other);
    proc.write("24/cgroup", one);
    const auto scan = scan_of(proc);
    ASSERT_EQ(scan.cgroups.size(), 2u);
    EXPECT_EQ(scan.cgroups.at(task(scan, 21)->cgroups).text, one);
    EXPECT_EQ(scan.cgroups.at(task(scan, 22)->cgroups).text, other);
    EXPECT_EQ(task(scan, 23)->cgroups, ScannedTask::no_cgroups);
    EXPECT_EQ(task(scan, 24)->cgroups, task(scan, 21)->cgroups);
    EXPECT_EQ(task(scan, 25)->cgroups, task(scan, 21)->cgroups);
}

TEST(FakeProcScan, OpenFilesHoldNamespaces) {
    const FakeProc proc;
    proc.task("31", {.num_threads = 2, .ns = FakeProc::links(100)});
    proc.task("31/task/31", {.ns = FakeProc::links(100)});
    proc.task("31/task/32", {.ns = FakeProc::links(100)});
    proc.write("31/fd/0", "a file is no link");
    const auto link = [&](const char* place, const char* target) {
        std::filesystem::create_directories(std::filesystem::path(proc.root() + "/" + place).parent_path());
        std::filesystem::create_symlink(target, proc.root() + "/" + place);
    };
    link("31/fd/1", "/dev/null");
    link("31/fd/2", "socket:[12345x]");
    link("31/fd/3", "net:[4026532281]");
    link("31/fd/4", "net:[0]");
    link("31/fd/12", "uts:[7]");
    link("31/task/32/fd/12", "uts:[8]"); // of a thread that has its own; 12 of it is not 12 of the process
    const auto scan = scan_of(proc);
    auto files = scan.files;
    std::ranges::sort(files, {}, [](const ScannedFile& f) { return std::pair{f.tid, f.fd}; });
    ASSERT_EQ(files.size(), 3u);
    EXPECT_EQ(files[0].type, NsType::net);
    EXPECT_EQ(files[0].ref.inum, 4026532281u);
    EXPECT_EQ(files[0].pid, 31);
    EXPECT_EQ(files[0].fd, 3);
    EXPECT_FALSE(files[0].is_socket);
    EXPECT_EQ(files[1].fd, 12);
    EXPECT_EQ(files[2].tid, 32);
    EXPECT_EQ(files[2].ref.inum, 8u);
}

TEST(FakeProcScan, MountsOfEveryMountNamespace) {
    const FakeProc proc;
    const auto line = [](int id, const char* ns, const char* place) {
        return fmt::format("{} 25 0:4 {} {} rw shared:1 - nsfs nsfs rw\n", id, ns, place);
    };
    proc.task("41", {.ns = FakeProc::links(100)}); // in mnt:[103], as the next
    proc.task("42", {.ns = FakeProc::links(100)});
    proc.task("43", {.ns = FakeProc::links(200)});
    for (const auto* task : {"41", "42", "43"}) {
        proc.task(task + "/task/"s + task, {.ns = FakeProc::links(task == "43"s ? 200 : 100)});
        proc.write(task + "/task/"s + task + "/mountinfo", line(36, "uts:[7]", "/a\\040b"));
    }
    const auto scan = scan_of(proc);
    auto mounts = scan.mounts;
    std::ranges::sort(mounts, {}, &ScannedMount::mnt_ns);
    ASSERT_EQ(mounts.size(), 2u); // once for each mount namespace
    EXPECT_EQ(mounts[0].mnt_ns, 103u);
    EXPECT_EQ(mounts[1].mnt_ns, 203u);
    EXPECT_EQ(mounts[0].path, "/a b");
}
