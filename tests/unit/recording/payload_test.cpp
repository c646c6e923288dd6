#include <gtest/gtest.h>

#include "recording/pack.hpp"
#include "recording/player.hpp"
#include "recording/recorder.hpp"
#include "recording/recording.hpp"
#include "recording/scan_payload.hpp"
#include "story.hpp"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/mman.h>

namespace nsscope {
namespace {

TEST(Pack, NumbersAndTextsComeBack) {
    std::string bytes;
    Packer packer(bytes);
    const std::vector<std::uint64_t> numbers{0, 1, 127, 128, 300, UINT32_MAX, UINT64_MAX};
    const std::vector<std::int64_t> signs{0, -1, 1, INT64_MIN, INT64_MAX};
    for (const auto number : numbers) packer.number(number);
    for (const auto number : signs) packer.signed_number(number);
    packer.text(std::string_view("a\0b", 3));
    Unpacker unpacker(bytes);
    for (const auto number : numbers) EXPECT_EQ(unpacker.number(), number);
    for (const auto number : signs) EXPECT_EQ(unpacker.signed_number(), number);
    EXPECT_EQ(unpacker.text(), std::string_view("a\0b", 3));
    EXPECT_TRUE(unpacker.finished());
    EXPECT_EQ(unpacker.number(), 0U);
    EXPECT_FALSE(unpacker.good());
}

TEST(Pack, LiesAboutSizesAreFound) {
    std::string bytes;
    Packer(bytes).number(UINT64_MAX);
    EXPECT_EQ(Unpacker(bytes).count(1), 0U);
    Unpacker text(bytes);
    EXPECT_EQ(text.text(), "");
    EXPECT_FALSE(text.good());
    Unpacker endless(std::string_view("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"));
    EXPECT_EQ(endless.number(), 0U);
    EXPECT_FALSE(endless.good());
    Unpacker small(bytes);
    EXPECT_EQ(small.small<pid_t>(), 0);
    EXPECT_FALSE(small.good());
}

TEST(ScanPayload, ComesBackWhole) {
    Scan scan;
    scan.source = "bpf+proc";
    ScannedTask task;
    task.pid = 4;
    task.tid = 5;
    task.ppid = 1;
    task.uid = UINT32_MAX;
    task.comm = std::string("a\0\xff", 3);
    task.ns[3] = {4026531840, UINT64_MAX};
    task.has_cmdline = true;
    task.cmdline = std::string("x\0y", 3);
    scan.tasks = {task, task};
    scan.namespaces.push_back({.type = NsType::user,
                               .ref = {7, 8},
                               .owner_user_ns = 9,
                               .parent = 10,
                               .owner_uid = 11,
                               .has_owner_uid = true});
    scan.mounts.push_back({.type = NsType::net, .inum = 1, .path = "/run/netns/a", .mnt_ns = 2, .id = 3});
    scan.files.push_back(
        {.type = NsType::mnt, .ref = {1, 2}, .pid = 3, .tid = 4, .fd = -1, .is_socket = true});
    scan.unread_files.push_back({1, 2});
    scan.cgroups.push_back({42, "0::/a\n"});
    scan.issues.push_back({"a", 2, "b"});
    std::string payload;
    append_scan(payload, scan);
    const auto back = read_scan(payload);
    ASSERT_TRUE(back);
    ASSERT_EQ(back->tasks.size(), 2U);
    EXPECT_EQ(back->tasks[1].comm, task.comm);
    EXPECT_EQ(back->tasks[1].ns, task.ns);
    EXPECT_EQ(back->tasks[1].cmdline, task.cmdline);
    EXPECT_EQ(back->tasks[0].cgroups, ScannedTask::no_cgroups);
    EXPECT_EQ(back->namespaces[0].owner_uid, 11U);
    EXPECT_EQ(back->files[0].fd, -1);
    EXPECT_TRUE(back->files[0].is_socket);
    EXPECT_EQ(back->unread_files[0].tid, 2);
    EXPECT_EQ(back->cgroups[0].text, "0::/a\n");
    EXPECT_EQ(back->issues[0].why, "b");
    std::string again;
    append_scan(again, *back);
    EXPECT_EQ(again, payload);
    for (std::size_t size = 0; size < payload.size(); ++size)
        EXPECT_FALSE(read_scan(payload.substr(0, size)));
    EXPECT_FALSE(read_scan(payload + '\0'));
}

/// A source of nothing.
class Silent : public EventSource {
  public:
    [[nodiscard]] int fd() const override { return -1; }
    void start() override {}
    std::size_t read(std::size_t, const Sink& sink) override {
        const auto record =
            wire::Record{.mono_ns = 1}.bytes(); // before the recording began: another CPU's clock
        sink(record);
        return 1;
    }
    void ask_wakeup() override {}
    void forgo_wakeup() override {}
    bool take_dirty() override { return false; }
    std::uint64_t sweep(bool) override { return 0; }
    void stop() override {}
    [[nodiscard]] Counters counters() const override {
        Counters counters;
        counters.lost[0][0] = 7;
        return counters;
    }
};

TEST(Recorder, WhatItWritesCanBeRead) {
    const UniqueFd file(::memfd_create("recording", 0)), stop(::eventfd(0, 0));
    Recorder recorder(file.get(), stop.get());
    RecordingStart start;
    start.info.rung = "fentry";
    recorder.start(start);
    Scan scan;
    scan.tasks.resize(1);
    scan.tasks[0].pid = scan.tasks[0].tid = 1;
    recorder.scan(scan);
    RecordedSource source(std::make_unique<Silent>(), recorder);
    std::size_t passed_on = 0;
    source.read(1, [&](std::span<const std::byte>) { ++passed_on; });
    EXPECT_EQ(passed_on, 1U);
    static_cast<void>(source.counters());
    static_cast<void>(source.counters());
    recorder.cgroup(5, "/a");
    recorder.sample({.mono_ns = 1, .cpus = 2, .processes = {{.pid = 1, .command = "init"}}});
    ASSERT_TRUE(recorder.end());
    EXPECT_EQ(recorder.events(), 1U);
    EXPECT_EQ(recorder.lost(), 7U);
    const auto recording = Recording::read(std::make_unique<RecordingFile>(UniqueFd(::dup(file.get()))));
    ASSERT_TRUE(recording) << recording.error().what;
    EXPECT_FALSE((*recording)->damage()) << (*recording)->damage_text();
    Player player(**recording);
    player.go_to((*recording)->end_ns());
    EXPECT_EQ(player.past().size(), 1U);
    EXPECT_EQ(player.counts().lost, 7U);
    EXPECT_EQ(player.sample().processes.at(0).command, "init");
    EXPECT_EQ(*(*recording)->names().cgroup(5), "/a");
}

TEST(Recorder, AFullDiskIsToldAndBreaksNothing) {
    const UniqueFd full(::open("/dev/full", O_WRONLY)), stop(::eventfd(0, 0));
    ASSERT_TRUE(full);
    Recorder recorder(full.get(), stop.get());
    recorder.start({});
    recorder.scan({});
    for (int i = 0; i < 3; ++i) recorder.sample({});
    ASSERT_TRUE(recorder.broken());
    EXPECT_EQ(recorder.broken()->error_number, ENOSPC);
    EXPECT_FALSE(recorder.end());
}

} // namespace
} // namespace nsscope
