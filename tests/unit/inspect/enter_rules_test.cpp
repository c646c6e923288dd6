#include "inspect/enter_rules.hpp"

#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "inspect/capabilities.hpp"

using namespace nsscope;

namespace {

constexpr std::uint64_t admin = 1U << cap_sys_admin, chroot_cap = 1U << cap_sys_chroot;
constexpr std::uint32_t root_ns = 100, child_ns = 101, grandchild_ns = 102, cousin_ns = 103;
constexpr uid_t maker = 1000; ///< of child_ns, and of cousin_ns

/// A process with all that it takes, in the initial user namespace, and a namespace that this one owns.
EnterFacts able(NsType type) {
    EnterFacts facts;
    facts.effective_caps = admin | chroot_cap;
    facts.user_ns = root_ns;
    facts.pid_ns = 7;
    facts.shares_fs = false;
    facts.shares_memory = false;
    facts.type = type;
    facts.inum = type == NsType::user ? child_ns : 500;
    facts.rulers = {{root_ns, 0}};
    if (type == NsType::user) facts.rulers = {{child_ns, maker}, {root_ns, 0}};
    if (type == NsType::pid) facts.pid_chain = {500, 7};
    return facts;
}

std::string verdict_of(const EnterFacts& facts) {
    const auto verdict = judge_entry(facts);
    if (!verdict.can_enter) return "unknown";
    return *verdict.can_enter ? "yes" : std::string(verdict.error);
}

struct Case {
    const char* name;
    NsType type;
    std::function<void(EnterFacts&)> change;
    const char* verdict;
};

const std::vector<Case> cases{
    {"all it takes", NsType::cgroup, [](EnterFacts&) {}, "yes"},
    {"all it takes", NsType::ipc, [](EnterFacts&) {}, "yes"},
    {"all it takes", NsType::mnt, [](EnterFacts&) {}, "yes"},
    {"all it takes", NsType::net, [](EnterFacts&) {}, "yes"},
    {"all it takes", NsType::pid, [](EnterFacts&) {}, "yes"},
    {"all it takes", NsType::time, [](EnterFacts&) {}, "yes"},
    {"all it takes", NsType::user, [](EnterFacts&) {}, "yes"},
    {"all it takes", NsType::uts, [](EnterFacts&) {}, "yes"},
    {"no capability", NsType::uts, [](EnterFacts& f) { f.effective_caps = chroot_cap; }, "EPERM"},
    {"no capability", NsType::cgroup, [](EnterFacts& f) { f.effective_caps = 0; }, "EPERM"},
    {"no CAP_SYS_CHROOT", NsType::mnt, [](EnterFacts& f) { f.effective_caps = admin; }, "EPERM"},
    {"no CAP_SYS_CHROOT", NsType::net, [](EnterFacts& f) { f.effective_caps = admin; }, "yes"},
    {"from above, as owner without capabilities", NsType::user,
     [](EnterFacts& f) { f.effective_caps = 0, f.effective_uid = maker; }, "yes"},
    {"from above, as another without capabilities", NsType::user,
     [](EnterFacts& f) { f.effective_caps = 0, f.effective_uid = 1001; }, "EPERM"},
    {"owner of an ancestor", NsType::user,
     [](EnterFacts& f) {
         f.effective_caps = 0, f.effective_uid = maker;
         f.rulers = {{grandchild_ns, 5}, {child_ns, maker}, {root_ns, 0}};
     },
     "yes"},
    {"owner of the inner one alone", NsType::user,
     [](EnterFacts& f) {
         f.effective_caps = 0, f.effective_uid = 5;
         f.rulers = {{grandchild_ns, 5}, {child_ns, maker}, {root_ns, 0}};
     },
     "EPERM"},
    {"what the owner's user namespace owns, lacking CAP_SYS_ADMIN in its own", NsType::net,
     [](EnterFacts& f) {
         f.effective_caps = 0, f.effective_uid = maker;
         f.rulers = {{child_ns, maker}, {root_ns, 0}};
     },
     "EPERM"},
    {"from within a child namespace, what that owns", NsType::net,
     [](EnterFacts& f) {
         f.user_ns = child_ns, f.rulers = {{child_ns, maker}, {root_ns, 0}};
     },
     "yes"},
    {"from within a child namespace, what the parent owns", NsType::net,
     [](EnterFacts& f) { f.user_ns = child_ns; }, "EPERM"},
    {"from within a child namespace, a cousin", NsType::user,
     [](EnterFacts& f) {
         f.user_ns = child_ns, f.inum = cousin_ns, f.rulers = {{cousin_ns, maker}, {root_ns, 0}};
     },
     "EPERM"},
    {"its own user namespace", NsType::user,
     [](EnterFacts& f) {
         f.inum = root_ns, f.rulers = {{root_ns, 0}};
     },
     "EINVAL"},
    {"its own net namespace", NsType::net, [](EnterFacts&) {}, "yes"},
    {"two threads", NsType::user, [](EnterFacts& f) { f.threads = 2; }, "EINVAL"},
    {"two threads", NsType::time, [](EnterFacts& f) { f.threads = 2; }, "EUSERS"},
    {"two threads", NsType::net, [](EnterFacts& f) { f.threads = 2, f.shares_fs = true; }, "yes"},
    {"two threads without capability", NsType::time,
     [](EnterFacts& f) { f.threads = 2, f.effective_caps = 0; }, "EUSERS"},
    {"shared memory", NsType::time, [](EnterFacts& f) { f.shares_memory = true; }, "EUSERS"},
    {"shared memory", NsType::user, [](EnterFacts& f) { f.shares_memory = true; }, "yes"},
    {"shared root directory", NsType::user, [](EnterFacts& f) { f.shares_fs = true; }, "EINVAL"},
    {"shared root directory", NsType::mnt, [](EnterFacts& f) { f.shares_fs = true; }, "EINVAL"},
    {"shared root directory without capability", NsType::mnt,
     [](EnterFacts& f) { f.shares_fs = true, f.effective_caps = 0; }, "EPERM"},
    {"an ancestor's pid namespace", NsType::pid, [](EnterFacts& f) { f.pid_chain = {6}; }, "EINVAL"},
    {"its own pid namespace", NsType::pid,
     [](EnterFacts& f) {
         f.pid_chain = {7, 6};
     },
     "yes"},
    {"a grandchild's pid namespace", NsType::pid,
     [](EnterFacts& f) {
         f.pid_chain = {9, 8, 7, 6};
     },
     "yes"},
    {"chrooted", NsType::user, [](EnterFacts& f) { f.chrooted = true; }, "yes"},
    {"chrooted", NsType::mnt, [](EnterFacts& f) { f.chrooted = true; }, "yes"},
    {"a seccomp filter", NsType::net, [](EnterFacts& f) { f.seccomp = 2; }, "unknown"},
    {"a seccomp filter, no capability", NsType::net,
     [](EnterFacts& f) { f.seccomp = 2, f.effective_caps = 0; }, ""},
    {"strict seccomp", NsType::net, [](EnterFacts& f) { f.seccomp = 1; }, "SIGKILL"},
    {"sharing not known", NsType::mnt, [](EnterFacts& f) { f.shares_fs.reset(); }, "unknown"},
    {"sharing not known, no capability", NsType::mnt,
     [](EnterFacts& f) { f.shares_fs.reset(), f.effective_caps = 0; }, "EPERM"},
    {"owner out of sight", NsType::net, [](EnterFacts& f) { f.rulers.clear(); }, "unknown"},
    {"creator not known", NsType::user,
     [](EnterFacts& f) {
         f.effective_caps = 0, f.rulers = {{child_ns, std::nullopt}, {root_ns, 0}};
     },
     "unknown"},
};

} // namespace

TEST(EnterRules, Table) {
    for (const auto& one : cases) {
        auto facts = able(one.type);
        one.change(facts);
        EXPECT_EQ(verdict_of(facts), one.verdict) << name(one.type) << ": " << one.name;
    }
}

TEST(EnterRules, EachSaysWhatAndWhere) {
    for (const auto& one : cases) {
        auto facts = able(one.type);
        one.change(facts);
        const auto verdict = judge_entry(facts);
        EXPECT_FALSE(verdict.rules.empty());
        for (const auto& rule : verdict.rules) {
            EXPECT_FALSE(rule.name.empty());
            EXPECT_FALSE(rule.text.empty());
            EXPECT_FALSE(rule.cites.empty()) << rule.name;
            EXPECT_TRUE(rule.holds != false || !rule.error.empty()) << rule.name;
        }
    }
}
