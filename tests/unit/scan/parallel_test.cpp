// The walk by several threads, on a tree large enough for them.
#include "fake_proc.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>

#include "base/unique_fd.hpp"
#include "scan/own_threads.hpp"
#include "scan/parse.hpp"
#include "scan/pid_queue.hpp"
#include "scan/proc_walk.hpp"
#include "scan/tally.hpp"

using namespace nsscope;

namespace {

UniqueFd opened(const FakeProc& proc) {
    return UniqueFd(::open(proc.root().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

/// 700 processes, some with threads, in some namespaces of their own and many that they share; some damaged.
void populate(const FakeProc& proc) {
    for (int i = 0; i < 700; ++i) {
        const auto pid = std::to_string(1000 + i);
        const auto base = static_cast<std::uint32_t>(100 + i % 90 * 10);
        auto links = FakeProc::links(base);
        links["uts"] = fmt::format("uts:[{}]", 50'000 + i);
        if (i % 7 == 0) links.erase("time");
        const int threads = i % 50 == 0 ? 3 : 1;
        proc.task(pid, {.comm = "p" + pid, .ppid = 1, .num_threads = threads, .ns = links});
        if (i % 3 == 0) proc.write(pid + "/cmdline", "command of " + pid);
        if (i % 100 == 99) proc.write(pid + "/stat", "nonsense");
        for (int n = 1; n < threads; ++n)
            proc.task(fmt::format("{}/task/{}", pid, 10'000 + i * 3 + n),
                      {.comm = "thread", .ns = FakeProc::links(base + 5)});
    }
}

Scan scan_with(const FakeProc& proc, unsigned threads) {
    const auto root = opened(proc);
    ProcWalk walk(root.get());
    EXPECT_EQ(walk.walk(threads), 0);
    return walk.finish();
}

auto facts(const ScannedTask& t) {
    return std::tie(t.pid, t.tid, t.ppid, t.uid, t.kernel_thread, t.start_ns, t.comm, t.ns);
}

auto facts(const ScannedNamespace& n) {
    return std::tie(n.type, n.ref.inum, n.ref.id, n.owner_user_ns, n.parent, n.owner_uid, n.has_owner_uid);
}

auto facts(const Issue& i) { return std::tie(i.what, i.count, i.why); }

template <typename Thing>
void expect_equal(const std::vector<Thing>& a, const std::vector<Thing>& b) {
    EXPECT_TRUE(
        std::ranges::equal(a, b, [](const Thing& x, const Thing& y) { return facts(x) == facts(y); }));
}

} // namespace

TEST(ParallelWalk, SameAsByOneThread) {
    const FakeProc proc;
    populate(proc);
    const auto serial = scan_with(proc, 1);
    EXPECT_EQ(serial.tasks.size(), 693u + 28u);
    ASSERT_EQ(serial.issues.size(), 1u);
    EXPECT_EQ(serial.issues[0].count, 7u);
    for (const unsigned threads : {2u, 3u, 8u}) {
        const auto parallel = scan_with(proc, threads);
        expect_equal(serial.tasks, parallel.tasks);
        expect_equal(serial.namespaces, parallel.namespaces);
        expect_equal(serial.issues, parallel.issues);
        for (const auto& t : parallel.tasks)
            EXPECT_EQ(t.cmdline, t.has_cmdline ? fmt::format("command of {}", t.pid) : "");
    }
}

TEST(ParallelWalk, UsefulThreads) {
    EXPECT_GE(ProcWalk::useful_threads(), 1u);
    EXPECT_LE(ProcWalk::useful_threads(), 8u);
}

TEST(PidQueue, EachProcessOnceAndInOrder) {
    const FakeProc proc;
    for (int pid = 1; pid <= 500; ++pid) proc.write(std::to_string(pid) + "/stat", "");
    const auto root = opened(proc);
    constexpr std::size_t room_for_few = 64; // the listing goes on in the midst of a block
    PidQueue queue(std::move(*Listing::open(root.get(), ".", room_for_few)));
    EXPECT_TRUE(queue.more_than(499));
    EXPECT_FALSE(queue.more_than(500));

    std::mutex mutex;
    std::map<std::size_t, std::vector<pid_t>> blocks;
    const auto take = [&] {
        while (auto block = queue.next()) {
            const std::lock_guard lock(mutex);
            blocks[block->number] = std::move(block->pids);
        }
    };
    std::thread other(take);
    take();
    other.join();

    std::vector<pid_t> taken, listed;
    for (const auto& [number, pids] : blocks) taken.insert(taken.end(), pids.begin(), pids.end());
    auto listing = Listing::open(root.get(), ".");
    while (const char* name = listing->next())
        if (const auto pid = parse_pid(name)) listed.push_back(*pid);
    EXPECT_EQ(taken, listed);
    EXPECT_EQ(taken.size(), 500u);
    EXPECT_EQ(blocks.rbegin()->first + 1, blocks.size());
    EXPECT_TRUE(queue.saw_first_process());
    EXPECT_EQ(queue.error(), 0);
    EXPECT_FALSE(queue.more_than(0));
}

TEST(OwnThreads, OnlyThoseStartedLaterAreNew) {
    const FakeProc proc;
    proc.remove("self");
    std::filesystem::create_symlink("40", proc.root() + "/self");
    proc.task("40/task/40", {});
    proc.task("40/task/41", {});
    const auto root = opened(proc);
    const OwnThreads own(root.get());
    EXPECT_FALSE(own.is_new(40, 40));
    EXPECT_FALSE(own.is_new(40, 41));
    EXPECT_TRUE(own.is_new(40, 42));
    EXPECT_FALSE(own.is_new(39, 42));
}

TEST(Tally, MergedIsTheSameInEveryOrder) {
    const auto text = [](const Tally& tally) {
        std::vector<Issue> issues;
        tally.report(issues, "things", "reason", "; hint");
        return issues.empty() ? std::string() : fmt::format("{} {}", issues[0].count, issues[0].why);
    };
    Tally one, two, both, turned;
    for (const pid_t pid : {9, 9, 3, 12}) one.add(pid);
    for (const pid_t pid : {5, 1}) two.add(pid);
    both.merge(one);
    both.merge(two);
    turned.merge(two);
    turned.merge(one);
    EXPECT_EQ(text(both), "5 reason (pid 1, 3, 5 and 2 more); hint");
    EXPECT_EQ(text(turned), text(both));
    EXPECT_EQ(text(one), "3 reason (pid 3, 9, 12); hint");
    EXPECT_EQ(text(Tally()), "");
}
