// What `nsscope inspect --enter` says is held against what setns(2) answers to the very process it spoke of.

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <functional>
#include <grp.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "inspected.hpp"
#include "json.hpp"
#include "live.hpp"

namespace live {
namespace {

const std::array<std::pair<const char*, int>, 8> kinds{{{"cgroup", CLONE_NEWCGROUP},
                                                        {"ipc", CLONE_NEWIPC},
                                                        {"mnt", CLONE_NEWNS},
                                                        {"net", CLONE_NEWNET},
                                                        {"pid", CLONE_NEWPID},
                                                        {"time", 0x80},
                                                        {"user", CLONE_NEWUSER},
                                                        {"uts", CLONE_NEWUTS}}};
constexpr int newtime = 0x80;
constexpr uid_t somebody = 64321;

int flag_of(const std::string& kind) {
    for (const auto& [name, flag] : kinds)
        if (kind == name) return flag;
    return 0;
}

int drop_capabilities(std::uint64_t keep) {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<__user_cap_data_struct, 2> data{};
    for (std::size_t i = 0; i < 2; i++)
        data[i].effective = data[i].permitted = static_cast<std::uint32_t>(keep >> (32 * i));
    return failed(::syscall(SYS_capset, &header, data.data()));
}

int become_somebody() {
    if (::setgroups(0, nullptr) != 0 || ::setresgid(somebody, somebody, somebody) != 0 ||
        ::setresuid(somebody, somebody, somebody) != 0)
        return errno;
    return failed(::prctl(PR_SET_DUMPABLE, 1)); // else its /proc is root's
}

/// Root in a user namespace of its own.
int own_user_ns() { return failed(::unshare(CLONE_NEWUSER)); }

/// A child that shares something, and stays.
int share_with_child(int flags) {
    static std::array<char, 1 << 16> stack;
    const auto sleep_on = [](void*) -> int {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        while (true) ::pause();
    };
    return failed(::clone(sleep_on, stack.data() + stack.size(), flags | SIGCHLD, nullptr));
}

int have_two_threads() {
    std::thread([] {
        while (true) ::pause();
    }).detach();
    return 0;
}

int filter_setns() {
    std::array<sock_filter, 4> code{{
        {BPF_LD | BPF_W | BPF_ABS, 0, 0, 0},
        {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, SYS_setns},
        {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | EACCES},
        {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW},
    }};
    sock_fprog program{code.size(), code.data()};
    return failed(::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program));
}

/// Whose namespaces are to be joined: all its own; pid and time in the child that is forked below.
int make_target() {
    return failed(::unshare(CLONE_NEWUSER | CLONE_NEWCGROUP | CLONE_NEWIPC | CLONE_NEWNS | CLONE_NEWNET |
                            CLONE_NEWUTS | CLONE_NEWPID | newtime));
}
int make_root_owned_target() {
    return failed(::unshare(CLONE_NEWCGROUP | CLONE_NEWIPC | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWUTS |
                            CLONE_NEWPID | newtime));
}
int as_somebody_make_target() {
    const int error = become_somebody();
    return error != 0 ? error : make_target();
}

/// The namespace file of a subject: those that are for children in the case of pid and time.
std::string file_of(const std::string& kind) {
    return kind == "pid" || kind == "time" ? kind + "_for_children" : kind;
}

/// The first process of a target's pid namespace, without which it cannot be seen.
Subject::Act then_fork(Subject::Act act) {
    return [act = std::move(act)] {
        if (const int error = act()) return error;
        const pid_t child = ::fork();
        if (child == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            while (true) ::pause();
        }
        return failed(child);
    };
}

const char* error_name(int error) { return error == 0 ? "" : ::strerrorname_np(error); }

/// Joins on go().
Subject entrant(const Subject::Act& act, int fd, const std::string& kind) {
    return Subject(act, [fd, flag = flag_of(kind)] { return failed(::setns(fd, flag)); });
}

struct Verdict {
    std::string answer; ///< "", an errno's name, or "unknown"
    std::string text;
};

Verdict ask(pid_t pid, const std::string& path, const ProcessOptions& options = {}) {
    const Inspected said({"--enter", std::to_string(pid), path}, options);
    Verdict verdict;
    if (said.status != 0 && said.status != 3) return {"failed", said.errors};
    EXPECT_EQ(json::text(said.answer(), "schema"), "nsscope.enter/1");
    for (const auto& rule : json::array(said.answer(), "rules").GetArray())
        verdict.text += json::text(rule, "text") + "\n";
    const auto& can = json::at(said.answer(), "can_enter");
    if (can.IsNull())
        verdict.answer = "unknown";
    else if (!can.GetBool())
        verdict.answer =
            json::at(said.answer(), "error").IsNull() ? "some error" : json::text(said.answer(), "error");
    return verdict;
}

struct Entry {
    std::string name, kind;
    Subject::Act target, act;
    std::string expected; ///< errno's name; "": it may
};

class Enter : public Live, public testing::WithParamInterface<const char*> {};

void check(const Entry& entry, const ProcessOptions& options = {}) {
    SCOPED_TRACE(entry.name + ": " + entry.kind);
    const Subject target(then_fork(entry.target));
    ASSERT_EQ(target.error(), 0) << std::strerror(target.error());
    const auto path = target.proc() + "/ns/" + file_of(entry.kind);
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    ASSERT_GE(fd, 0) << path << errno_text();
    Subject subject = entrant(entry.act, fd, entry.kind);
    ::close(fd);
    ASSERT_EQ(subject.error(), 0) << std::strerror(subject.error());
    const auto verdict = ask(subject.pid(), path, options);
    EXPECT_EQ(verdict.answer, error_name(subject.go())) << verdict.text;
    EXPECT_EQ(verdict.answer, entry.expected) << verdict.text;
}

const Subject::Act nothing = [] { return 0; };

TEST_P(Enter, AsRoot) {
    check({"what a child user namespace owns", GetParam(), make_target, nothing, ""});
    if (std::string(GetParam()) != "user")
        check({"what its own owns", GetParam(), make_root_owned_target, nothing, ""});
}

TEST_P(Enter, WithoutCapabilities) {
    check({"none", GetParam(), make_target, [] { return drop_capabilities(0); },
           std::string(GetParam()) == "user" ? "" : "EPERM"});
    check({"somebody else", GetParam(), make_target, become_somebody, "EPERM"});
}

TEST_P(Enter, AsOwnerOfTheUserNamespaceAlone) {
    const bool is_user = std::string(GetParam()) == "user";
    check({"it owns", GetParam(), as_somebody_make_target, become_somebody, is_user ? "" : "EPERM"});
}

TEST_P(Enter, FromAChildUserNamespace) {
    check({"a cousin's", GetParam(), make_target, own_user_ns, "EPERM"});
    if (std::string(GetParam()) != "user")
        check({"the parent's", GetParam(), make_root_owned_target, own_user_ns, "EPERM"});
}

TEST_P(Enter, WithTwoThreads) {
    const std::string kind = GetParam();
    const auto expected = kind == "user" || kind == "mnt" ? "EINVAL" : kind == "time" ? "EUSERS" : "";
    check({"two threads", kind, make_target, have_two_threads, expected});
}

TEST_P(Enter, WithASharedRootDirectory) {
    const std::string kind = GetParam();
    const auto share = [] { return share_with_child(CLONE_FS); };
    const auto expected = kind == "user" || kind == "mnt" ? "EINVAL" : "";
    check({"CLONE_FS", kind, make_target, share, expected});
    // without the kernel's own count, by kcmp(2): what it may not ask pid 1 it does not know
    if (kill(1, 0) == 0 && access("/proc/1/ns/mnt", R_OK) == 0)
        check({"CLONE_FS, by kcmp", kind, make_target, share, expected},
              {.environment = {{"NSSCOPE_DISABLE", "iter_task"}}});
}

TEST_P(Enter, WithSharedMemory) {
    const std::string kind = GetParam();
    check({"CLONE_VM", kind, make_target, [] { return share_with_child(CLONE_VM); },
           kind == "time" ? "EUSERS" : ""});
}

TEST_P(Enter, WithoutCapSysChroot) {
    const std::string kind = GetParam();
    check({"no CAP_SYS_CHROOT", kind, make_target,
           [] { return drop_capabilities(~(1ULL << CAP_SYS_CHROOT) & 0x1fffeffffffULL); },
           kind == "mnt" ? "EPERM" : ""});
    check({"CAP_SYS_ADMIN alone", kind, make_root_owned_target,
           [] { return drop_capabilities(1ULL << CAP_SYS_ADMIN); },
           kind == "mnt"    ? "EPERM"
           : kind == "user" ? "EINVAL"
                            : ""});
}

TEST_P(Enter, InAChroot) {
    const auto chroot = [] {
        return ::mkdir("/tmp/nsscope-chroot", 0700) != 0 && errno != EEXIST
                   ? errno
                   : failed(::chroot("/tmp/nsscope-chroot"));
    };
    check({"chroot", GetParam(), make_target, chroot, ""});
    ::rmdir("/tmp/nsscope-chroot");
}

INSTANTIATE_TEST_SUITE_P(Kind, Enter,
                         testing::Values("cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"),
                         [](const testing::TestParamInfo<const char*>& kind) {
                             return std::string(kind.param);
                         });

class EnterOne : public Live {};

TEST_F(EnterOne, ItsOwnUserNamespace) {
    const int fd = ::open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC);
    Subject subject = entrant(nothing, fd, "user");
    ::close(fd);
    EXPECT_EQ(ask(subject.pid(), "/proc/self/ns/user").answer, "EINVAL");
    EXPECT_EQ(subject.go(), EINVAL);
}

TEST_F(EnterOne, OfOnesOwnUserNamespace) {
    // the target is a child of the one that joins, in whose user namespace it is
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    static int target_fd = -1;
    Subject subject(
        [&] {
            if (const int error = own_user_ns()) return error;
            const pid_t child = ::fork();
            if (child == 0) {
                ::prctl(PR_SET_PDEATHSIG, SIGKILL);
                const int error = failed(::unshare(CLONE_NEWNET));
                if (::write(ends[1], &error, sizeof error) != sizeof error) ::_exit(1);
                while (true) ::pause();
            }
            int error = ECHILD;
            if (::read(ends[0], &error, sizeof error) != sizeof error || error != 0) return error;
            target_fd = ::open(("/proc/" + std::to_string(child) + "/ns/net").c_str(), O_RDONLY | O_CLOEXEC);
            return failed(target_fd);
        },
        [] { return failed(::setns(target_fd, CLONE_NEWNET)); });
    ::close(ends[0]);
    ::close(ends[1]);
    ASSERT_EQ(subject.error(), 0) << std::strerror(subject.error());
    const auto children = read_file(subject.proc() + "/task/" + std::to_string(subject.pid()) + "/children");
    ASSERT_FALSE(children.empty());
    const auto verdict = ask(subject.pid(), "/proc/" + std::to_string(std::stol(children)) + "/ns/net");
    EXPECT_EQ(verdict.answer, "") << verdict.text;
    EXPECT_EQ(subject.go(), 0);
}

TEST_F(EnterOne, APidNamespaceAbove) {
    const int fd = ::open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);
    // its child is in the new pid namespace, and is the one that tries
    std::array<int, 4> ends{};
    ASSERT_EQ(::pipe(ends.data()) | ::pipe(ends.data() + 2), 0);
    const Subject parent([&] {
        if (::unshare(CLONE_NEWPID) != 0) return errno;
        const pid_t child = ::fork();
        if (child != 0) return failed(child);
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        char byte = 0;
        if (::read(ends[0], &byte, 1) != 1) ::_exit(1);
        const int error = failed(::setns(fd, CLONE_NEWPID));
        if (::write(ends[3], &error, sizeof error) != sizeof error) ::_exit(1);
        while (true) ::pause();
    });
    ASSERT_EQ(parent.error(), 0);
    const auto children = read_file(parent.proc() + "/task/" + std::to_string(parent.pid()) + "/children");
    ASSERT_FALSE(children.empty());
    const auto child = static_cast<pid_t>(std::stol(children));
    EXPECT_EQ(ask(child, "/proc/self/ns/pid").answer, "EINVAL");
    ASSERT_EQ(::write(ends[1], "", 1), 1);
    int error = 0;
    ASSERT_EQ(::read(ends[2], &error, sizeof error), static_cast<ssize_t>(sizeof error));
    EXPECT_EQ(error, EINVAL);
    for (const int end : ends) ::close(end);
    ::close(fd);
}

TEST_F(EnterOne, ItsOwnPidNamespace) {
    const int fd = ::open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);
    Subject subject = entrant(nothing, fd, "pid");
    ::close(fd);
    EXPECT_EQ(ask(subject.pid(), "/proc/self/ns/pid").answer, "");
    EXPECT_EQ(subject.go(), 0);
}

/// Looked up, and not opened by a path.
TEST_F(EnterOne, ByItsNumber) {
    const auto name = std::filesystem::read_symlink("/proc/self/ns/uts").string();
    EXPECT_EQ(ask(::getpid(), name).answer, "");
    const Subject other([] { return drop_capabilities(0); });
    ASSERT_EQ(other.error(), 0) << std::strerror(other.error());
    EXPECT_EQ(ask(other.pid(), name).answer, "EPERM");
}

TEST_F(EnterOne, BehindASeccompFilterIsUnknown) {
    const int fd = ::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    Subject subject = entrant(filter_setns, fd, "net");
    ::close(fd);
    ASSERT_EQ(subject.error(), 0);
    EXPECT_EQ(ask(subject.pid(), "/proc/self/ns/net").answer, "unknown");
    EXPECT_EQ(subject.go(), EACCES);
}

TEST_F(EnterOne, WhatIsNotThereFails) {
    EXPECT_EQ(nsscope({"inspect", "--enter", "4194304", "/proc/self/ns/net"}).status, 1);
    EXPECT_EQ(nsscope({"inspect", "--enter", std::to_string(::getpid()), "net:[1]"}).status, 1);
    EXPECT_EQ(nsscope({"inspect", "--enter", "1", "2"}).status, 2);
}

} // namespace
} // namespace live
