#include "engine/snapshot_source.hpp"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../scan/child.hpp"

namespace nsscope {
namespace {

/// A directory that looks like /proc as far as these tests need it.
class SnapshotSource : public testing::Test {
  protected:
    void SetUp() override {
        write("sys/kernel/random/boot_id", "0c1f6a0e-33c5-4c5c-9b43-6b1f2f6d3c55\n");
        write("self/mountinfo", "");
    }
    void TearDown() override { std::filesystem::remove_all(root); }

    void write(const std::string& path, const std::string& text) {
        const auto whole = std::filesystem::path(root) / path;
        std::filesystem::create_directories(whole.parent_path());
        std::ofstream(whole, std::ios::binary) << text;
    }

    /// Sources that count how often they are asked.
    SnapshotSources sources() {
        return {
            .bpf = [this]() -> Result<Scan> {
                ++bpf_calls;
                if (bpf_fails) return Failure(Error{"no iterator", "load a kernel"});
                return scan("bpf");
            },
            .proc = [this]() -> Result<Scan> {
                ++proc_calls;
                if (proc_fails) return Failure(Error{"no /proc"});
                auto found = scan("proc");
                if (has_issue) found.issues.push_back({"processes", 1, "may not be read"});
                return found;
            },
            .without_bpf = [this](const Error& why) { notices += why.what + "\n"; },
        };
    }

    static Scan scan(std::string source) {
        Scan scan;
        scan.source = std::move(source);
        ScannedTask task;
        task.pid = task.tid = 12;
        task.comm = "sleep";
        task.ns[static_cast<std::size_t>(NsSlot::uts)] = {4026531838, 0};
        task.ns[static_cast<std::size_t>(NsSlot::ipc)] = {4026531839, 0};
        scan.tasks = {task};
        return scan;
    }

    const std::string root = testing::TempDir() + "nsscope-proc-" + std::to_string(::getpid());
    bool bpf_fails = false, proc_fails = false, has_issue = false;
    int bpf_calls = 0, proc_calls = 0;
    std::string notices;
};

TEST_F(SnapshotSource, AutoPrefersTheIterator) {
    const auto snapshot = take_snapshot(Source::auto_, sources(), root);
    ASSERT_TRUE(snapshot);
    EXPECT_EQ(snapshot->source, "bpf");
    EXPECT_EQ(proc_calls, 0);
    EXPECT_EQ(notices, "");
    EXPECT_TRUE(snapshot->complete());
}

TEST_F(SnapshotSource, AutoFallsBackAndSaysSoOnce) {
    bpf_fails = true;
    const auto snapshot = take_snapshot(Source::auto_, sources(), root);
    ASSERT_TRUE(snapshot);
    EXPECT_EQ(snapshot->source, "proc");
    EXPECT_EQ(notices, "no iterator\n");
}

TEST_F(SnapshotSource, AChosenSourceIsTheOnlyOne) {
    bpf_fails = true;
    const auto bpf = take_snapshot(Source::bpf, sources(), root);
    ASSERT_FALSE(bpf);
    EXPECT_EQ(bpf.error().what, "no iterator");
    EXPECT_EQ(proc_calls, 0);
    ASSERT_TRUE(take_snapshot(Source::proc, sources(), root));
    EXPECT_EQ(bpf_calls, 1);
    proc_fails = true;
    EXPECT_EQ(take_snapshot(Source::auto_, sources(), root).error().what, "no /proc");
    EXPECT_EQ(notices, "no iterator\n");
}

TEST_F(SnapshotSource, TheIteratorGetsTheMounts) {
    write("self/mountinfo", "36 25 0:4 net:[4026532281] /run/netns/a rw shared:1 - nsfs nsfs rw\n");
    const auto snapshot = take_snapshot(Source::bpf, sources(), root);
    ASSERT_TRUE(snapshot);
    EXPECT_EQ(snapshot->source, "bpf+proc");
    const auto* ns = find(*snapshot, NsType::net, 4026532281);
    ASSERT_NE(ns, nullptr);
    EXPECT_TRUE(ns->members.empty());
}

TEST_F(SnapshotSource, MissingMountsAreAnIssue) {
    std::filesystem::remove(root + "/self/mountinfo");
    const auto snapshot = take_snapshot(Source::bpf, sources(), root);
    ASSERT_TRUE(snapshot);
    EXPECT_FALSE(snapshot->complete());
}

TEST_F(SnapshotSource, TheMachineIsNamed) {
    const auto snapshot = take_snapshot(Source::proc, sources(), root);
    ASSERT_TRUE(snapshot);
    EXPECT_EQ(snapshot->boot_id, "0c1f6a0e-33c5-4c5c-9b43-6b1f2f6d3c55");
    EXPECT_FALSE(snapshot->host.empty());
    EXPECT_FALSE(snapshot->kernel.empty());
    EXPECT_GT(snapshot->time_ns, 0);
}

TEST_F(SnapshotSource, CommandLinesOfTheChosen) {
    write("12/cmdline", std::string("sleep\0"
                                    "9\0",
                                    8));
    auto snapshot = take_snapshot(Source::proc, sources(), root);
    ASSERT_TRUE(snapshot);
    ASSERT_EQ(snapshot->namespaces.size(), 2u);
    const std::vector<std::size_t> chosen{1};
    fill_cmdlines(*snapshot, chosen, root);
    EXPECT_FALSE(snapshot->namespaces[0].leader->cmdline);
    EXPECT_EQ(snapshot->namespaces[1].leader->cmdline, std::string("sleep\0"
                                                                   "9\0",
                                                                   8));
    std::filesystem::remove_all(root + "/12");
    const std::vector<std::size_t> other{0};
    fill_cmdlines(*snapshot, other, root); // the process has ended
    EXPECT_FALSE(snapshot->namespaces[0].leader->cmdline);
}

/// Snapshots on a kernel that lists its namespaces itself.
class ListedByTheKernel : public SnapshotSource {
  protected:
    /// Scans that know the namespaces with these ids, one after the other; what the kernel lists before and after.
    Snapshot take(std::vector<std::vector<std::uint64_t>> scans,
                  std::vector<std::vector<std::uint64_t>> lists) {
        auto all = sources();
        all.bpf = [this, scans, next = std::size_t{0}]() mutable -> Result<Scan> {
            ++bpf_calls;
            Scan scan;
            scan.source = "bpf";
            for (const auto id : scans.at(next++)) {
                ScannedNamespace ns;
                ns.type = NsType::uts;
                ns.ref = {static_cast<std::uint32_t>(4026532000 + id), id};
                scan.namespaces.push_back(ns);
            }
            return scan;
        };
        all.listed = [lists, next = std::size_t{0}]() mutable -> std::optional<std::vector<ListedNamespace>> {
            if (lists.empty()) return std::nullopt;
            std::vector<ListedNamespace> listed;
            for (const auto id : lists.at(next++)) listed.push_back({NsType::uts, id});
            return listed;
        };
        all.add_listed = [this](Scan& scan, std::span<const ListedNamespace> listed) {
            for (const auto& ns : listed) {
                added.push_back(ns.id);
                ScannedNamespace found;
                found.type = ns.type;
                found.ref = {static_cast<std::uint32_t>(4026532000 + ns.id), ns.id};
                scan.namespaces.push_back(found);
            }
        };
        all.few_threads = few_threads;
        const auto snapshot = take_snapshot(Source::auto_, all, root);
        EXPECT_TRUE(snapshot);
        return snapshot ? *snapshot : Snapshot{};
    }
    std::vector<std::uint64_t> added;
    bool few_threads = false;
};
using Ids = std::vector<std::uint64_t>;

TEST_F(ListedByTheKernel, WhatIsExplainedCostsNoSecondScan) {
    EXPECT_EQ(take({{1, 2, 3}}, {{1, 2}}).namespaces.size(), 3U);
    EXPECT_EQ(bpf_calls, 1);
    EXPECT_EQ(added, Ids{});
}

TEST_F(ListedByTheKernel, WhatNoScanHasIsAdded) {
    const auto snapshot = take({{1}, {1}}, {{1, 2}, {1, 2}});
    EXPECT_EQ(added, Ids{2});
    ASSERT_EQ(snapshot.namespaces.size(), 2U);
    ASSERT_EQ(snapshot.namespaces[1].pinned_by.size(), 1U);
    EXPECT_EQ(snapshot.namespaces[1].pinned_by[0].how, Pin::How::unknown);
}

TEST_F(ListedByTheKernel, WhatTheSecondScanHasWasOnTheMove) {
    (void)take({{1}, {1, 2}}, {{1, 2, 3}, {1, 2}});
    EXPECT_EQ(added, Ids{}) << "2 is explained, 3 is gone";
    EXPECT_EQ(bpf_calls, 2);
}

TEST_F(ListedByTheKernel, WhatWasBornDuringTheScanIsNoneOfThese) {
    (void)take({{1}, {1}}, {{1}, {1, 2}});
    EXPECT_EQ(added, Ids{});
}

TEST_F(ListedByTheKernel, NotByThisOne) {
    EXPECT_EQ(take({{1}}, {}).namespaces.size(), 1U);
    EXPECT_EQ(bpf_calls, 1);
}

TEST_F(ListedByTheKernel, SoThatProcIsEnoughForFewThreads) {
    few_threads = true;
    EXPECT_EQ(take({{1}}, {{}, {}}).source, "proc");
    EXPECT_EQ(bpf_calls, 0);
    EXPECT_EQ(take({{1}}, {}).source, "bpf") << "what nothing explains is found by the iterator alone";
    has_issue = true; // as where one may not read other users' processes
    EXPECT_EQ(take({{1}}, {{}, {}}).source, "bpf");
    bpf_fails = true;
    proc_calls = 0;
    auto refused = sources();
    refused.few_threads = true;
    refused.listed = [] { return std::vector<ListedNamespace>(); };
    const auto snapshot = take_snapshot(Source::auto_, refused, root);
    ASSERT_TRUE(snapshot);
    EXPECT_EQ(snapshot->source, "proc");
    EXPECT_FALSE(snapshot->complete());
    EXPECT_EQ(proc_calls, 1);
    EXPECT_EQ(notices, "no iterator\n");
}

/// A kernel without ids, on which a number may be given again while a scan goes on.
class WithoutIds : public SnapshotSource {
  protected:
    /// Two tasks, with these pids, in a uts namespace of one number.
    Snapshot take(const std::string& proc_root, std::uint32_t inum, pid_t one, pid_t other) {
        auto all = sources();
        all.bpf = [=, this]() -> Result<Scan> {
            ++bpf_calls;
            Scan scan;
            scan.source = "bpf";
            for (const pid_t pid : {one, other}) {
                auto& task = scan.tasks.emplace_back();
                task.pid = task.tid = pid;
                task.ns[static_cast<std::size_t>(NsSlot::uts)] = {inum, 0};
            }
            auto& ns = scan.namespaces.emplace_back();
            ns.type = NsType::uts;
            ns.ref = {inum, 0};
            return scan;
        };
        auto snapshot = take_snapshot(Source::bpf, all, proc_root);
        EXPECT_TRUE(snapshot);
        return snapshot ? std::move(*snapshot) : Snapshot{};
    }
    static std::uint32_t uts_of(pid_t pid) {
        struct stat st {};
        return ::stat(("/proc/" + std::to_string(pid) + "/ns/uts").c_str(), &st) == 0
                   ? static_cast<std::uint32_t>(st.st_ino)
                   : 0;
    }
};

TEST_F(WithoutIds, WhatIsHeldAnywayNeedsOneLook) {
    const auto inum = uts_of(::getpid());
    const auto snapshot = take("/proc", inum, ::getpid(), ::getppid());
    EXPECT_EQ(bpf_calls, 1);
    const auto* ns = find(snapshot, NsType::uts, inum);
    ASSERT_NE(ns, nullptr);
    EXPECT_EQ(ns->members.size(), 2U);
    EXPECT_TRUE(snapshot.complete());
}

TEST_F(WithoutIds, WhatWasMetTwiceIsHeldForASecondLook) {
    const auto live_in = [] { return ::unshare(CLONE_NEWUSER | CLONE_NEWUTS) == 0 ? 0 : errno; };
    Child child(live_in);
    SKIP_IF_REFUSED(child);
    const auto inum = uts_of(child.pid());
    ASSERT_NE(inum, 0U);
    const auto snapshot = take("/proc", inum, child.pid(), ::getpid());
    EXPECT_EQ(bpf_calls, 2);
    const auto* ns = find(snapshot, NsType::uts, inum);
    ASSERT_NE(ns, nullptr);
    EXPECT_EQ(ns->members.size(), 2U);
    EXPECT_TRUE(snapshot.complete());
}

TEST_F(WithoutIds, WhatCannotBeHeldIsOneMembersAlone) {
    const auto snapshot = take(root, 4026532999, 12, 13);
    EXPECT_EQ(bpf_calls, 5);
    const auto* ns = find(snapshot, NsType::uts, 4026532999);
    ASSERT_NE(ns, nullptr);
    EXPECT_EQ(ns->members, std::vector<pid_t>{12});
    ASSERT_EQ(snapshot.issues.size(), 1U);
    EXPECT_EQ(snapshot.issues[0].count, 1U);
    EXPECT_NE(snapshot.issues[0].why.find("raced"), std::string::npos);
    EXPECT_FALSE(snapshot.complete());
}

} // namespace
} // namespace nsscope
