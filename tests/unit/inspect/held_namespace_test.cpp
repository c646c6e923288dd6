#include "inspect/held_namespace.hpp"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <sched.h>
#include <string>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "inspect/visit.hpp"
#include "scan/nsfs.hpp"

using namespace nsscope;

namespace {

/// The snapshot's entry for the uts namespace that the test is in, with this as its member or pin.
struct OwnUts {
    Snapshot snapshot;
    OwnUts() {
        const auto held = hold_by_path("/proc/self/ns/uts");
        Namespace ns;
        ns.type = NsType::uts;
        if (held) ns.ref = held->ref;
        snapshot.namespaces.push_back(std::move(ns));
    }
    Namespace& ns() { return snapshot.namespaces.front(); }
    Result<HeldNamespace> open() { return hold("/proc", snapshot, ns()); }
};

} // namespace

TEST(HoldByPath, TellsWhichOneItIs) {
    const auto held = hold_by_path("/proc/self/ns/uts");
    ASSERT_TRUE(held);
    EXPECT_EQ(held->type, NsType::uts);
    struct stat status {};
    ASSERT_EQ(::stat("/proc/self/ns/uts", &status), 0);
    EXPECT_EQ(held->ref.inum, status.st_ino);
    EXPECT_EQ(held->path, "/proc/self/ns/uts");
}

TEST(HoldByPath, OpensNothingElse) {
    EXPECT_EQ(hold_by_path("/dev/null").error().what, "/dev/null is no namespace");
    EXPECT_EQ(hold_by_path("/nowhere").error().error_number, ENOENT);
    const std::string fifo = testing::TempDir() + "/nsscope-fifo-" + std::to_string(::getpid());
    ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
    EXPECT_FALSE(hold_by_path(fifo)) << "and does not wait for a writer";
    ::unlink(fifo.c_str());
}

TEST(Hold, ThroughAMember) {
    OwnUts uts;
    uts.ns().members = {4194304, ::getpid()}; // the first is gone
    const auto held = uts.open();
    ASSERT_TRUE(held);
    EXPECT_EQ(held->pid, ::getpid());
    EXPECT_EQ(held->ref, uts.ns().ref);
}

TEST(Hold, ThroughADescriptor) {
    const UniqueFd file(::open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC));
    OwnUts uts;
    uts.ns().pinned_by = {Pin{.how = Pin::How::unknown}, Pin{.how = Pin::How::mount, .path = "/dev/null"},
                          Pin{.how = Pin::How::fd, .pid = ::getpid(), .fd = file.get()}};
    const auto held = uts.open();
    ASSERT_TRUE(held);
    EXPECT_EQ(held->pid, 0);
    EXPECT_EQ(held->path, "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(file.get()));
}

TEST(Hold, ThroughWhatItOwns) {
    OwnUts uts;
    const auto file = hold_by_path("/proc/self/ns/uts");
    const auto owner = open_owner(file->file.get());
    if (!owner) GTEST_SKIP() << "the owner of the uts namespace is out of sight here";
    uts.ns().members = {::getpid()};
    Namespace user;
    user.type = NsType::user;
    user.ref.inum = inum_of(owner.get()).value_or(0);
    user.pinned_by = {Pin{.how = Pin::How::owned, .type = NsType::uts, .inum = uts.ns().ref.inum}};
    uts.snapshot.namespaces.insert(uts.snapshot.namespaces.begin(), user);
    const auto held = hold("/proc", uts.snapshot, uts.snapshot.namespaces[0]);
    ASSERT_TRUE(held);
    EXPECT_EQ(held->ref.inum, user.ref.inum);
    EXPECT_EQ(held->path, "");
}

TEST(Hold, TakesNoOther) {
    OwnUts uts;
    uts.ns().members = {::getpid()};
    uts.ns().ref.inum += 1;
    EXPECT_FALSE(uts.open()) << "another number";
    uts.ns().ref.inum -= 1;
    if (uts.ns().ref.id != 0) {
        uts.ns().ref.id += 1;
        EXPECT_FALSE(uts.open()) << "the number was given to another";
    }
    uts.ns().members = {4194304};
    const auto held = uts.open();
    ASSERT_FALSE(held);
    EXPECT_EQ(held.error().error_number, ENOENT);
}

TEST(Hold, EndsWhereRelativesGoInACircle) {
    OwnUts uts;
    Namespace user;
    user.type = NsType::user;
    user.ref.inum = 5;
    user.pinned_by = {Pin{.how = Pin::How::child, .type = NsType::user, .inum = 6}};
    auto other = user;
    other.ref.inum = 6;
    other.pinned_by.front().inum = 5;
    uts.snapshot.namespaces = {user, other};
    EXPECT_FALSE(hold("/proc", uts.snapshot, uts.snapshot.namespaces[0]));
}

TEST(Visit, OfOnesOwnNeedsNoPrivilege) {
    for (const auto* kind : {"uts", "ipc", "net", "cgroup"}) {
        const auto held = hold_by_path(std::string("/proc/self/ns/") + kind);
        if (!held) continue;
        bool was_there = false;
        EXPECT_TRUE(visit_by_thread(*held, [&] { was_there = true; })) << kind;
        EXPECT_TRUE(was_there);
    }
}

TEST(Visit, LeavesTheCallerWhereItIs) {
    const auto held = hold_by_path("/proc/self/ns/uts");
    ASSERT_TRUE(held);
    // a namespace to visit: that of a child
    int ends[2] = {-1, -1};
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    if (child == 0) {
        const char made = ::unshare(CLONE_NEWUTS) == 0 && ::sethostname("elsewhere", 9) == 0 ? 1 : 0;
        if (::write(ends[1], &made, 1) != 1) ::_exit(1);
        ::pause();
    }
    char made = 0;
    ASSERT_EQ(::read(ends[0], &made, 1), 1);
    std::string there;
    if (made == 1) {
        const auto other = hold_by_path("/proc/" + std::to_string(child) + "/ns/uts");
        EXPECT_TRUE(other && visit_by_thread(*other, [&there] {
                        struct utsname names {};
                        ::uname(&names);
                        there = names.nodename;
                    }));
    }
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    ::close(ends[0]);
    ::close(ends[1]);
    if (made != 1) GTEST_SKIP() << "no namespaces to be had here";
    EXPECT_EQ(there, "elsewhere");
    EXPECT_EQ(hold_by_path("/proc/thread-self/ns/uts")->ref, held->ref);
}
