// The real /proc, without privilege: new namespaces come with a new user namespace.
#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <system_error>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/syscall.h>

#include "child.hpp"
#include "scan/parse.hpp"
#include "scan/proc_scan.hpp"

using namespace nsscope;

namespace {

Scan scan_now() {
    auto scan = scan_proc("/proc");
    EXPECT_TRUE(scan) << scan.error().what;
    return scan ? std::move(*scan) : Scan{};
}

const ScannedTask* task(const Scan& scan, pid_t pid, pid_t tid) {
    for (const auto& t : scan.tasks)
        if (t.pid == pid && t.tid == tid) return &t;
    return nullptr;
}

const ScannedNamespace* ns(const Scan& scan, NsType type, std::uint32_t inum) {
    for (const auto& n : scan.namespaces)
        if (n.type == type && n.ref.inum == inum) return &n;
    return nullptr;
}

NsRef ref(const ScannedTask& t, NsSlot slot) { return t.ns[static_cast<std::size_t>(slot)]; }

std::uint32_t linked(const std::string& task_dir, NsSlot slot) {
    std::error_code error;
    const auto text = std::filesystem::read_symlink(task_dir + "/ns/" + std::string(name(slot)), error);
    const auto link = parse_ns_link(text.string());
    return link ? link->inum : 0;
}

bool wrote(const std::string& path, const std::string& text) {
    std::ofstream file(path);
    file << text << std::flush;
    return file.good();
}

/// A user namespace in which the caller is root: only so may it make the next one inside.
int nested_user_ns() {
    const auto uid = ::geteuid();
    const auto gid = ::getegid();
    if (::unshare(CLONE_NEWUSER) != 0) return errno;
    return wrote("/proc/self/setgroups", "deny") && wrote("/proc/self/uid_map", fmt::format("0 {} 1", uid)) &&
                   wrote("/proc/self/gid_map", fmt::format("0 {} 1", gid))
               ? 0
               : EPERM;
}

/// Root without CAP_SYS_PTRACE for a while.
class WithoutPtrace {
  public:
    WithoutPtrace() {
        EXPECT_EQ(::syscall(SYS_capget, &header_, was_.data()), 0);
        auto less = was_;
        less[0].effective &= ~(1U << CAP_SYS_PTRACE);
        EXPECT_EQ(::syscall(SYS_capset, &header_, less.data()), 0);
    }
    ~WithoutPtrace() { EXPECT_EQ(::syscall(SYS_capset, &header_, was_.data()), 0); }
    WithoutPtrace(const WithoutPtrace&) = delete;
    WithoutPtrace& operator=(const WithoutPtrace&) = delete;

  private:
    struct __user_cap_header_struct header_ {
        _LINUX_CAPABILITY_VERSION_3, 0
    };
    std::array<struct __user_cap_data_struct, 2> was_{};
};

int unshared(int flags) { return ::unshare(flags) == 0 ? 0 : errno; }

} // namespace

TEST(LiveProcScan, ThisProcess) {
    const auto scan = scan_now();
    const auto* self = task(scan, ::getpid(), ::getpid());
    ASSERT_TRUE(self);
    EXPECT_EQ(self->ppid, ::getppid());
    EXPECT_EQ(self->uid, ::geteuid());
    EXPECT_FALSE(self->kernel_thread);
    EXPECT_GT(self->start_ns, 0u);
    std::string comm;
    std::getline(std::ifstream("/proc/self/comm"), comm);
    EXPECT_EQ(self->comm, comm);
    for (std::size_t i = 0; i < ns_slot_count; ++i) {
        const auto slot = slot_at(i);
        EXPECT_EQ(self->ns[i].inum, linked("/proc/self", slot)) << name(slot);
        if (self->ns[i].inum == 0) continue;
        const auto* known = ns(scan, type_of(slot), self->ns[i].inum);
        ASSERT_TRUE(known) << name(slot);
        EXPECT_EQ(known->ref, self->ns[i]) << name(slot);
    }
    const auto cmdline = read_cmdline("/proc", ::getpid());
    ASSERT_TRUE(cmdline);
    EXPECT_TRUE(cmdline->ends_with('\0'));
}

TEST(LiveProcScan, ManyProcesses) {
    // So many that the walk takes more threads to help, which are no part of the answer.
    std::vector<std::unique_ptr<Child>> crowd;
    for (int i = 0; i < 300; ++i) crowd.push_back(std::make_unique<Child>([] { return 0; }));
    const auto scan = scan_now();
    const auto is_self = [](const ScannedTask& t) { return t.pid == ::getpid(); };
    EXPECT_EQ(std::ranges::count_if(scan.tasks, is_self), 1);
    for (const auto& child : crowd) {
        const auto* t = task(scan, child->pid(), child->pid());
        ASSERT_TRUE(t);
        for (std::size_t i = 0; i < ns_slot_count; ++i)
            EXPECT_EQ(t->ns[i].inum, linked("/proc/self", slot_at(i))) << name(slot_at(i));
    }
    EXPECT_TRUE(std::ranges::is_sorted(scan.tasks, {}, &ScannedTask::pid));
}

TEST(LiveProcScan, OneAfterTheOtherInNamespacesOfTheirOwn) {
    std::vector<std::unique_ptr<Child>> row;
    for (int i = 0; i < 6; ++i)
        row.push_back(std::make_unique<Child>(
            [i] { return i == 3 ? 0 : unshared(CLONE_NEWUSER | CLONE_NEWUTS | CLONE_NEWIPC); }));
    SKIP_IF_REFUSED(*row.front());
    const auto scan = scan_now();
    for (const auto& child : row) {
        const auto* t = task(scan, child->pid(), child->pid());
        ASSERT_TRUE(t);
        const auto dir = "/proc/" + std::to_string(child->pid());
        for (std::size_t i = 0; i < ns_slot_count; ++i)
            EXPECT_EQ(t->ns[i].inum, linked(dir, slot_at(i))) << name(slot_at(i));
        const auto* uts_ns = ns(scan, NsType::uts, ref(*t, NsSlot::uts).inum);
        ASSERT_TRUE(uts_ns);
        if (child != row[3]) {
            EXPECT_EQ(uts_ns->owner_user_ns, ref(*t, NsSlot::user).inum);
        }
    }
}

TEST(LiveProcScan, CommandLineOfTheFirstInANamespace) {
    const Child child([] { return unshared(CLONE_NEWUSER | CLONE_NEWUTS); });
    SKIP_IF_REFUSED(child);
    const auto scan = scan_now();
    const auto* t = task(scan, child.pid(), child.pid());
    ASSERT_TRUE(t);
    EXPECT_TRUE(t->has_cmdline);
    EXPECT_EQ(t->cmdline, read_cmdline("/proc", child.pid()));
}

TEST(LiveProcScan, EveryNamespaceOnce) {
    const auto scan = scan_now();
    std::vector<std::pair<NsType, std::uint32_t>> keys;
    for (const auto& n : scan.namespaces) keys.emplace_back(n.type, n.ref.inum);
    std::ranges::sort(keys);
    EXPECT_EQ(std::ranges::adjacent_find(keys), keys.end());
    for (const auto& t : scan.tasks) {
        for (std::size_t i = 0; i < ns_slot_count; ++i) {
            if (t.ns[i].inum == 0) continue;
            EXPECT_TRUE(std::ranges::binary_search(keys, std::pair(type_of(slot_at(i)), t.ns[i].inum)));
        }
    }
}

TEST(LiveProcScan, OwnerAndParent) {
    const Child child([] { return unshared(CLONE_NEWUSER | CLONE_NEWUTS); });
    SKIP_IF_REFUSED(child);
    const auto scan = scan_now();
    const auto* t = task(scan, child.pid(), child.pid());
    ASSERT_TRUE(t);
    const auto ours = linked("/proc/self", NsSlot::user);
    const auto user = ref(*t, NsSlot::user);
    EXPECT_NE(user.inum, ours);
    const auto* user_ns = ns(scan, NsType::user, user.inum);
    ASSERT_TRUE(user_ns);
    EXPECT_EQ(user_ns->parent, ours);
    EXPECT_EQ(user_ns->owner_user_ns, ours);
    ASSERT_TRUE(user_ns->has_owner_uid);
    EXPECT_EQ(user_ns->owner_uid, ::geteuid());
    EXPECT_EQ(user_ns->ref, user);

    const auto* uts_ns = ns(scan, NsType::uts, ref(*t, NsSlot::uts).inum);
    ASSERT_TRUE(uts_ns);
    EXPECT_EQ(uts_ns->owner_user_ns, user.inum);
    EXPECT_EQ(uts_ns->parent, 0u);
    EXPECT_FALSE(uts_ns->has_owner_uid);
    EXPECT_EQ(ref(*t, NsSlot::net).inum, linked("/proc/self", NsSlot::net));
}

TEST(LiveProcScan, IdsAreDistinct) {
    const auto scan = scan_now();
    std::vector<std::uint64_t> ids;
    for (const auto& n : scan.namespaces)
        if (n.ref.id != 0) ids.push_back(n.ref.id);
    if (ids.empty()) GTEST_SKIP() << "this kernel has no namespace ids (before 6.18)";
    EXPECT_EQ(ids.size(), scan.namespaces.size());
    std::ranges::sort(ids);
    EXPECT_EQ(std::ranges::adjacent_find(ids), ids.end());
}

TEST(LiveProcScan, AncestorsWithoutAProcess) {
    const Child child([] {
        for (int depth = 0; depth < 3; ++depth)
            if (const int error = nested_user_ns()) return error;
        return 0;
    });
    SKIP_IF_REFUSED(child);
    const auto scan = scan_now();
    const auto* t = task(scan, child.pid(), child.pid());
    ASSERT_TRUE(t);
    auto at = ref(*t, NsSlot::user).inum;
    for (int depth = 0; depth < 3; ++depth) {
        const auto* level = ns(scan, NsType::user, at);
        ASSERT_TRUE(level) << "depth " << depth;
        at = level->parent;
    }
    EXPECT_EQ(at, linked("/proc/self", NsSlot::user));
}

TEST(LiveProcScan, ThreadInANamespaceOfItsOwn) {
    const Child child([] {
        if (const int error = unshared(CLONE_NEWUSER)) return error;
        std::thread([] {
            ::prctl(PR_SET_NAME, ")\n(");
            Child::ready(unshared(CLONE_NEWUTS));
            while (true) ::pause();
        }).detach();
        while (true) ::pause();
        return 0;
    });
    SKIP_IF_REFUSED(child);
    const auto scan = scan_now();
    const auto* main = task(scan, child.pid(), child.pid());
    ASSERT_TRUE(main);
    const auto thread = std::ranges::find_if(
        scan.tasks, [&](const auto& t) { return t.pid == child.pid() && t.tid != child.pid(); });
    ASSERT_NE(thread, scan.tasks.end());
    EXPECT_EQ(thread->comm, ")\n(");
    EXPECT_EQ(thread->ppid, ::getpid());
    EXPECT_EQ(thread->start_ns, main->start_ns);
    EXPECT_NE(ref(*thread, NsSlot::uts), ref(*main, NsSlot::uts));
    EXPECT_EQ(ref(*thread, NsSlot::user), ref(*main, NsSlot::user));
    const auto* uts_ns = ns(scan, NsType::uts, ref(*thread, NsSlot::uts).inum);
    ASSERT_TRUE(uts_ns);
    EXPECT_EQ(uts_ns->owner_user_ns, ref(*main, NsSlot::user).inum);
}

TEST(LiveProcScan, Zombie) {
    Child child([] { return unshared(CLONE_NEWUSER | CLONE_NEWUTS); });
    SKIP_IF_REFUSED(child);
    const auto user = linked("/proc/" + std::to_string(child.pid()), NsSlot::user);
    const auto pid = child.pid();
    child.kill();
    const auto scan = scan_now();
    const auto* t = task(scan, pid, pid);
    ASSERT_TRUE(t);
    for (std::size_t i = 0; i < ns_slot_count; ++i) {
        const auto slot = slot_at(i);
        const auto expected = slot == NsSlot::user  ? user
                              : slot == NsSlot::pid ? linked("/proc/self", NsSlot::pid)
                                                    : 0;
        EXPECT_EQ(t->ns[i].inum, expected) << name(slot);
    }
    EXPECT_EQ(read_cmdline("/proc", pid), "");

    child.reap();
    EXPECT_FALSE(task(scan_now(), pid, pid));
    EXPECT_FALSE(read_cmdline("/proc", pid));
}

TEST(LiveProcScan, ZombieThatNeverLeftItsNamespaces) {
    const Child child([] { return 0; });
    const auto pid = child.pid();
    child.kill();
    const auto scan = scan_now();
    const auto* t = task(scan, pid, pid);
    ASSERT_TRUE(t);
    EXPECT_NE(ref(*t, NsSlot::pid).inum, 0u);
    EXPECT_EQ(ref(*t, NsSlot::pid_for_children).inum, 0u);
    EXPECT_EQ(ref(*t, NsSlot::time_for_children).inum, 0u);
}

// Whoever calls unshare(2) bears a mark of it, a thread that it makes afterwards bears none; so do its processes.
TEST(LiveProcScan, WhereChildrenWillBeBorn) {
    const Child child([] {
        if (const int error = unshared(CLONE_NEWUSER | CLONE_NEWTIME)) return error;
        try {
            std::thread([] {
                Child::ready(0);
                while (true) ::pause();
            }).detach();
            while (true) ::pause();
        } catch (const std::system_error&) { // before 6.12 it may have no thread then
        }
        return 0;
    });
    SKIP_IF_REFUSED(child);
    const Child chooses_pid([] {
        const int error = unshared(CLONE_NEWUSER | CLONE_NEWPID);
        if (error == 0 && ::fork() == 0) { // the namespace shows once it has a process
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            while (true) ::pause();
        }
        return error;
    });
    const auto scan = scan_now();
    std::size_t threads = 0;
    for (const auto& t : scan.tasks) {
        if (t.pid != child.pid() && t.pid != chooses_pid.pid() && t.ppid != chooses_pid.pid()) continue;
        const auto dir = fmt::format("/proc/{}/task/{}", t.pid, t.tid);
        for (const auto slot : {NsSlot::pid_for_children, NsSlot::time_for_children})
            EXPECT_EQ(ref(t, slot).inum, linked(dir, slot)) << name(slot) << " of " << dir;
        if (t.tid == child.pid()) {
            EXPECT_NE(ref(t, NsSlot::time), ref(t, NsSlot::time_for_children));
        }
        if (t.pid == child.pid()) ++threads;
        if (t.pid == chooses_pid.pid()) {
            EXPECT_NE(ref(t, NsSlot::pid), ref(t, NsSlot::pid_for_children));
        }
    }
    const std::filesystem::directory_iterator tasks(fmt::format("/proc/{}/task", child.pid()));
    EXPECT_EQ(threads, static_cast<std::size_t>(std::distance(begin(tasks), end(tasks))));
}

TEST(LiveProcScan, MainThreadGoneBeforeTheOthers) {
    const Child child([] {
        const int error = unshared(CLONE_NEWUSER | CLONE_NEWUTS);
        const auto main = ::getpid();
        std::thread([main, error] {
            // The main thread is a zombie once it has no namespaces.
            const auto dir = "/proc/" + std::to_string(main);
            while (linked(dir, NsSlot::mnt) != 0) ::usleep(1000);
            Child::ready(error);
            while (true) ::pause();
        }).detach();
        ::syscall(SYS_exit, 0);
        return 0;
    });
    SKIP_IF_REFUSED(child);
    const auto scan = scan_now();
    const auto* main = task(scan, child.pid(), child.pid());
    ASSERT_TRUE(main);
    EXPECT_EQ(ref(*main, NsSlot::uts).inum, 0u);
    const auto thread = std::ranges::find_if(
        scan.tasks, [&](const auto& t) { return t.pid == child.pid() && t.tid != child.pid(); });
    ASSERT_NE(thread, scan.tasks.end());
    EXPECT_NE(ref(*thread, NsSlot::uts).inum, 0u);
    EXPECT_TRUE(ns(scan, NsType::uts, ref(*thread, NsSlot::uts).inum));
}

TEST(LiveProcScan, PidNamespaceBeforeItsFirstProcess) {
    const Child child([] { return unshared(CLONE_NEWUSER | CLONE_NEWPID); });
    SKIP_IF_REFUSED(child);
    const auto scan = scan_now();
    const auto* t = task(scan, child.pid(), child.pid());
    ASSERT_TRUE(t);
    const auto shown = linked(fmt::format("/proc/{}", child.pid()), NsSlot::pid_for_children);
    EXPECT_EQ(ref(*t, NsSlot::pid_for_children).inum, shown);
    EXPECT_NE(ref(*t, NsSlot::mnt).inum, 0u);
    if (shown != 0) { // as Linux 7.2 has it
        EXPECT_NE(ref(*t, NsSlot::pid).inum, shown);
        return;
    }
    const auto issue = std::ranges::find(scan.issues, "pid namespace without a process", &Issue::what);
    ASSERT_NE(issue, scan.issues.end());
    EXPECT_EQ(issue->count, 1u);
}

TEST(LiveProcScan, ChurnIsNoIssue) {
    const Child churn([] {
        if (::fork() == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            while (true) {
                const auto pid = ::fork();
                if (pid == 0) ::_exit(0);
                ::waitpid(pid, nullptr, 0);
            }
        }
        return 0;
    });
    SKIP_IF_REFUSED(churn);
    for (int round = 0; round < 30; ++round)
        for (const auto& issue : scan_now().issues)
            EXPECT_TRUE((issue.what == "namespaces of a process" ||
                         issue.what == "what open files of a process hold") &&
                        issue.why.find("denied") != std::string::npos)
                << issue.what << ": " << issue.why;
}

TEST(LiveProcScan, LinksThatMayNotBeRead) {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root: others may not list the open files either";
    const Child child([] { return 0; }); // it may more than the scan may
    const auto scan = [] {
        const WithoutPtrace less;
        return scan_now();
    }();
    for (const auto* what : {"namespaces of a process", "what open files of a process hold"}) {
        const auto issue = std::ranges::find(scan.issues, what, &Issue::what);
        ASSERT_NE(issue, scan.issues.end()) << what;
        EXPECT_TRUE(issue->why.starts_with("permission denied")) << issue->why;
    }
}
