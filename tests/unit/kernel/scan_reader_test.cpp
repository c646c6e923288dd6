// What the task iterators print, made by hand: read, and what two threads have read put together.
#include "kernel/scan_reader.hpp"

#include <cstring>
#include <gtest/gtest.h>
#include <string_view>

#include "event.h"

namespace nsscope {
namespace {

class Output {
  public:
    /// A thread that refers to one uts namespace; inum 0: to that of the thread before.
    void task(std::uint32_t tid, std::uint32_t uts, std::uint64_t id, std::uint64_t cgroups,
              std::string_view cmdline = {}) {
        nsscope_scan_task task{};
        const std::size_t padded = (cmdline.size() + 7) / 8 * 8;
        task.kind = NSSCOPE_SCAN_TASK;
        task.size = static_cast<__u32>(sizeof task + (uts != 0 ? sizeof(nsscope_scan_ref) : 0) + padded);
        task.pid = task.tid = tid;
        task.cgroups = cgroups;
        task.cgroup_id = cgroups;
        task.cmdline_len = cmdline.empty() ? ~0U : static_cast<__u32>(cmdline.size());
        task.has = 1U << NSSCOPE_SLOT_UTS;
        task.changed = uts != 0 ? task.has : 0;
        put(task);
        if (uts != 0) put(nsscope_scan_ref{id, uts, 0, 0, 0});
        for (std::size_t i = 0; i < padded; ++i)
            bytes_.push_back(i < cmdline.size() ? static_cast<std::byte>(cmdline[i]) : std::byte{0});
    }
    void ns(std::uint32_t slot, std::uint32_t inum, std::uint64_t id) {
        put(nsscope_scan_namespace{
            NSSCOPE_SCAN_NAMESPACE, sizeof(nsscope_scan_namespace), slot, 0, {id, inum, 0, 0, 0}});
    }
    [[nodiscard]] std::span<const std::byte> bytes() const { return bytes_; }

  private:
    template <typename T>
    void put(const T& value) {
        const auto* first = reinterpret_cast<const std::byte*>(&value);
        bytes_.insert(bytes_.end(), first, first + sizeof value);
    }
    std::vector<std::byte> bytes_;
};

constexpr auto uts = static_cast<std::size_t>(NsSlot::uts);

TEST(ScanReader, AThreadWithoutNewsIsWhereTheOneBeforeIs) {
    Output output;
    output.task(1, 101, 7, 55, "init");
    output.task(2, 0, 0, 55);
    output.task(3, 102, 0, 55);
    ScanReader reader;
    reader.take(output.bytes());
    EXPECT_TRUE(reader.is_whole());
    const auto& tasks = reader.scan().tasks;
    ASSERT_EQ(tasks.size(), 3U);
    EXPECT_EQ(tasks[0].cmdline, "init");
    EXPECT_FALSE(tasks[1].has_cmdline);
    EXPECT_EQ(tasks[1].ns[uts], (NsRef{101, 7}));
    EXPECT_EQ(tasks[2].ns[uts], (NsRef{102, 0}));
    EXPECT_EQ(reader.scan().namespaces.size(), 2U);
    EXPECT_TRUE(reader.knows(NsType::uts, {101, 7}));
    EXPECT_FALSE(reader.knows(NsType::uts, {101, 8})) << "another generation of the number";
    EXPECT_FALSE(reader.knows(NsType::ipc, {102, 0}));
}

TEST(ScanReader, WhatTwoHaveReadIsOneScan) {
    Output odd, even;
    odd.task(1, 101, 7, 55);
    odd.task(3, 102, 8, 66);
    even.task(2, 101, 7, 66);
    even.task(4, 103, 9, 77);
    ScanReader first, second;
    first.take(odd.bytes());
    second.take(even.bytes());
    first.merge(std::move(second));
    const auto& scan = first.scan();
    ASSERT_EQ(scan.tasks.size(), 4U);
    ASSERT_EQ(scan.cgroups.size(), 3U);
    ASSERT_EQ(scan.namespaces.size(), 3U);
    const std::array<pid_t, 4> tids{1, 3, 2, 4}; // those of one, then those of the other
    for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(scan.tasks[i].tid, tids[i]);
    EXPECT_EQ(scan.cgroups[scan.tasks[1].cgroups].id, 66U);
    EXPECT_EQ(scan.tasks[1].cgroups, scan.tasks[2].cgroups);
    EXPECT_EQ(scan.cgroups[scan.tasks[3].cgroups].id, 77U);
    EXPECT_TRUE(first.is_whole());
}

TEST(ScanReader, WhatOneCouldNotReadIsMissingFromTheWhole) {
    ScanReader first, second;
    const std::array<std::byte, 8> nonsense{};
    second.take(nonsense);
    EXPECT_FALSE(second.is_whole());
    first.merge(std::move(second));
    EXPECT_FALSE(first.is_whole());
}

TEST(ScanReader, OfAListOnlyTheUnknownIsKept) {
    Output tasks, list;
    tasks.task(1, 101, 7, 55);
    list.ns(NSSCOPE_SLOT_UTS, 101, 7);
    list.ns(NSSCOPE_SLOT_UTS, 101, 12);
    list.ns(NSSCOPE_SLOT_NET, 104, 13);
    ScanReader reader;
    reader.take(tasks.bytes());
    std::vector<ScannedNamespace> unknown;
    reader.collect_unknown(list.bytes(), unknown);
    ASSERT_EQ(unknown.size(), 2U);
    EXPECT_EQ(unknown[0].ref, (NsRef{101, 12}));
    EXPECT_EQ(unknown[1].type, NsType::net);
    EXPECT_TRUE(reader.is_whole());
    list.ns(99, 105, 14);
    reader.collect_unknown(list.bytes(), unknown);
    EXPECT_FALSE(reader.is_whole());
}

TEST(ScanReader, ATaskThatClaimsMoreThanThereIsIsNotRead) {
    Output output;
    output.task(1, 101, 7, 55);
    std::vector<std::byte> bytes(output.bytes().begin(), output.bytes().end());
    nsscope_scan_task task{};
    std::memcpy(&task, bytes.data(), sizeof task);
    task.changed = 3U << NSSCOPE_SLOT_UTS;
    std::memcpy(bytes.data(), &task, sizeof task);
    ScanReader reader;
    reader.take(bytes);
    EXPECT_FALSE(reader.is_whole());
    EXPECT_TRUE(reader.scan().tasks.empty());
}

} // namespace
} // namespace nsscope
