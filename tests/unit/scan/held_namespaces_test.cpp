// Namespaces that are held open so that nothing else gets their numbers.
#include "scan/held_namespaces.hpp"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/stat.h>

#include "child.hpp"
#include "fake_proc.hpp"

namespace nsscope {
namespace {

std::uint32_t number(pid_t pid, const char* type) {
    struct stat st {};
    const auto path = "/proc/" + std::to_string(pid) + "/ns/" + type;
    return ::stat(path.c_str(), &st) == 0 ? static_cast<std::uint32_t>(st.st_ino) : 0;
}

/// A scan that met a uts namespace twice.
Scan twice(pid_t one, pid_t other, std::uint32_t inum) {
    Scan scan;
    for (const pid_t pid : {one, other}) {
        auto& task = scan.tasks.emplace_back();
        task.pid = task.tid = pid;
        task.ns[static_cast<std::size_t>(NsSlot::uts)] = {inum, 0};
    }
    return scan;
}

Doubts doubts_of(const Scan& scan) {
    return {scan, [](NsType, std::uint32_t) { return false; }};
}

int enter_own() { return ::unshare(CLONE_NEWUSER | CLONE_NEWUTS) == 0 ? 0 : errno; }

TEST(HeldNamespaces, ItsOwnAtOnce) {
    const HeldNamespaces held("/proc", 100);
    EXPECT_TRUE(held.holds(NsType::uts, number(::getpid(), "uts")));
    EXPECT_FALSE(held.was_refused(NsType::uts, number(::getpid(), "uts")));
}

TEST(HeldNamespaces, WhatIsInDoubtAndAllAboveIt) {
    const Child child(enter_own);
    SKIP_IF_REFUSED(child);
    const auto uts = number(child.pid(), "uts"), user = number(child.pid(), "user");
    const auto scan = twice(child.pid(), ::getpid(), uts);
    HeldNamespaces held("/proc", 100);
    EXPECT_FALSE(held.holds(NsType::uts, uts));
    held.hold(scan, doubts_of(scan));
    EXPECT_TRUE(held.holds(NsType::uts, uts));
    EXPECT_TRUE(held.holds(NsType::user, user));
    EXPECT_FALSE(held.holds(NsType::ipc, uts));
}

TEST(HeldNamespaces, NoMoreThanItMay) {
    const Child child(enter_own);
    SKIP_IF_REFUSED(child);
    const auto uts = number(child.pid(), "uts");
    const auto scan = twice(child.pid(), ::getpid(), uts);
    HeldNamespaces held("/proc", 0);
    held.hold(scan, doubts_of(scan));
    EXPECT_FALSE(held.holds(NsType::uts, uts));
    EXPECT_TRUE(held.was_refused(NsType::uts, uts));
}

/// A process that has moved on, and one that has ended.
TEST(HeldNamespaces, WhatIsNotThereIsNotRefused) {
    const auto scan = twice(::getpid(), 4194304, 4026532999);
    HeldNamespaces held("/proc", 100);
    held.hold(scan, doubts_of(scan));
    EXPECT_FALSE(held.holds(NsType::uts, 4026532999));
    EXPECT_FALSE(held.was_refused(NsType::uts, 4026532999));
}

TEST(HeldNamespaces, ALinkThatIsNoNamespaceHoldsNothing) {
    const FakeProc proc;
    proc.write("12/task/12/ns/uts", "");
    const auto scan = twice(12, 13, 4026532999);
    HeldNamespaces held(proc.root(), 100);
    held.hold(scan, doubts_of(scan));
    EXPECT_FALSE(held.holds(NsType::uts, 4026532999));
    EXPECT_FALSE(held.was_refused(NsType::uts, 4026532999));
}

} // namespace
} // namespace nsscope
