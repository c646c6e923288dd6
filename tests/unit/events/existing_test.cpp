#include "events/existing.hpp"

#include <gtest/gtest.h>

namespace nsscope {
namespace {

ScannedTask task(pid_t pid, pid_t tid, std::uint32_t uts, std::uint64_t id = 0) {
    ScannedTask task;
    task.pid = pid;
    task.tid = tid;
    task.ns[static_cast<std::size_t>(NsSlot::uts)] = {uts, id};
    return task;
}

std::vector<Existing> of(std::vector<ScannedTask> tasks) {
    Scan scan;
    scan.tasks = std::move(tasks);
    return existing_in(std::move(scan));
}

TEST(Existing, NamesMembersAndFurtherThreads) {
    const auto found = of({task(7, 9, 100), task(7, 7, 100), task(7, 8, 200), task(5, 5, 100)});
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0].ns.members, (std::vector<pid_t>{5, 7}));
    ASSERT_EQ(found[0].threads.size(), 1U);
    EXPECT_EQ(found[0].threads[0].tid, 9);
    EXPECT_EQ(found[1].ns.members, (std::vector<pid_t>{7})) << "by a thread";
    ASSERT_EQ(found[1].threads.size(), 1U);
    EXPECT_EQ(found[1].threads[0].tid, 8);
    EXPECT_TRUE(found[0].by_thread.empty());
    EXPECT_EQ(found[1].by_thread, (std::vector<pid_t>{7}));
}

TEST(Existing, DifferencesAreWhatIsNewGoneOrChanged) {
    const auto before = of({task(1, 1, 100), task(2, 2, 200), task(3, 3, 300), task(4, 4, 400)});
    const auto after = of({task(1, 1, 100), task(2, 2, 300), task(3, 3, 300), task(4, 4, 500)});
    const auto differences = compare(before, after);
    ASSERT_EQ(differences.changed.size(), 2U);
    EXPECT_EQ(differences.changed[0]->ns.ref.inum, 300U);
    EXPECT_EQ(differences.changed[1]->ns.ref.inum, 500U);
    ASSERT_EQ(differences.gone.size(), 2U);
    EXPECT_EQ(differences.gone[0]->ns.ref.inum, 200U);
    EXPECT_EQ(differences.gone[1]->ns.ref.inum, 400U);
    EXPECT_TRUE(compare(after, after).changed.empty());
}

TEST(Existing, AnotherGenerationOfANumberIsAnotherNamespace) {
    const auto differences = compare(of({task(1, 1, 100, 7)}), of({task(1, 1, 100, 8)}));
    ASSERT_EQ(differences.changed.size(), 1U);
    EXPECT_EQ(differences.changed[0]->ns.ref.id, 8U);
    ASSERT_EQ(differences.gone.size(), 1U);
    EXPECT_EQ(differences.gone[0]->ns.ref.id, 7U);
}

TEST(Existing, AThreadThatMovedIsADifferenceOfBoth) {
    const auto differences =
        compare(of({task(1, 1, 100), task(1, 2, 100), task(1, 3, 200), task(4, 4, 200)}),
                of({task(1, 1, 100), task(1, 2, 200), task(1, 3, 100), task(4, 4, 200)}));
    EXPECT_EQ(differences.changed.size(), 2U);
    EXPECT_TRUE(differences.gone.empty());
}

} // namespace
} // namespace nsscope
