#include "recording/recording.hpp"

#include <gtest/gtest.h>

#include "recording/player.hpp"
#include "recording/replay_source.hpp"
#include "story.hpp"

namespace nsscope {
namespace {

std::unique_ptr<const Recording> open(std::string bytes) {
    auto recording = Recording::read(std::make_unique<RecordingText>(std::move(bytes)));
    EXPECT_TRUE(recording) << recording.error().what;
    return std::move(*recording);
}

const ScannedTask* find_task(const Scan& scan, pid_t pid) {
    for (const auto& task : scan.tasks)
        if (task.pid == pid) return &task;
    return nullptr;
}

TEST(Recording, TellsWhoMadeItAndHowLongItIs) {
    const auto recording = open(Story().bytes());
    EXPECT_EQ(recording->start().info.host, "harbour");
    EXPECT_EQ(recording->start().info.rung, "tracepoint");
    EXPECT_EQ(recording->begin_ns(), Story::begin);
    EXPECT_EQ(recording->end_ns(), Story::begin + Story::length_s * Story::second);
    EXPECT_EQ(recording->keys().size(), 4U);
    EXPECT_FALSE(recording->damage());
}

TEST(Recording, HasTheMachineAtEveryMoment) {
    const auto recording = open(Story().bytes());
    Player player(*recording);
    EXPECT_EQ(find_task(player.scan(), 801), nullptr);
    player.go_to(Story::begin + 5'500'000'000);
    auto scan = player.scan();
    ASSERT_NE(find_task(scan, 801), nullptr);
    EXPECT_EQ(find_task(scan, 801)->ns[static_cast<std::size_t>(NsSlot::net)].inum, Story::visitor);
    player.go_to(Story::begin + 8 * Story::second);
    EXPECT_EQ(find_task(player.scan(), 801), nullptr);
    EXPECT_EQ(player.counts().created, 2U);
    EXPECT_EQ(player.counts().destroyed, 2U);
    player.go_to(Story::begin + 5 * Story::second); // and back again
    EXPECT_NE(find_task(player.scan(), 801), nullptr);
    EXPECT_EQ(player.counts().destroyed, 0U);
    EXPECT_EQ(player.past().size(), 1U);
}

TEST(Recording, GoingThereAtOnceOrStepByStepIsTheSame) {
    const auto recording = open(Story().bytes());
    Player steps(*recording);
    for (std::uint64_t s = 0; s <= Story::length_s; ++s) {
        const auto to = Story::begin + s * Story::second;
        steps.go_to(to);
        Player at_once(*recording);
        at_once.go_to(Story::begin + Story::length_s * Story::second);
        at_once.go_to(to);
        EXPECT_EQ(steps.scan().tasks.size(), at_once.scan().tasks.size()) << s;
        EXPECT_EQ(steps.counts().events, at_once.counts().events) << s;
        EXPECT_EQ(steps.counts().lost, at_once.counts().lost) << s;
        EXPECT_EQ(steps.past().size(), at_once.past().size()) << s;
        EXPECT_EQ(steps.sample().processes, at_once.sample().processes) << s;
    }
}

TEST(Recording, KnowsWhatWasUsed) {
    const auto recording = open(Story().bytes());
    Player player(*recording);
    player.go_to(Story::begin + 15 * Story::second);
    const auto& sample = player.sample();
    ASSERT_EQ(sample.containers.size(), 2U);
    EXPECT_EQ(sample.containers[1].container.name, "db");
    const auto found = std::find_if(sample.processes.begin(), sample.processes.end(),
                                    [](const SampledProcess& process) { return process.pid == 701; });
    ASSERT_NE(found, sample.processes.end());
    EXPECT_EQ(found->command, "nginx: worker process");
    EXPECT_EQ(found->container, 0U);
    EXPECT_EQ(*found->cpu_ns, 701 * Story::second / 10 + 15 * (701 % 7) * (Story::second / 50));
    EXPECT_EQ(sample.users.at(1000), "ada");
    EXPECT_EQ(sample.cgroups.back().parent, 1U);
}

TEST(Recording, FindsTheNextEvent) {
    const auto recording = open(Story().bytes());
    Player player(*recording);
    EXPECT_EQ(player.next_event(), Story::begin + 4'500'000'000);
    player.go_to(Story::begin + 4'500'000'000);
    EXPECT_EQ(player.next_event(), Story::begin + 5'250'000'000);
    player.go_to(recording->end_ns());
    EXPECT_EQ(player.next_event(), std::nullopt);
}

TEST(Recording, CutOffAnywhereItIsReadUpToThere) {
    const Story story;
    const auto whole = open(story.bytes());
    for (std::size_t size = 0; size < story.bytes().size(); ++size) {
        auto recording = Recording::read(std::make_unique<RecordingText>(story.bytes().substr(0, size)));
        // without a scan there is nothing to show: start, four cgroups, the scan
        const bool has_scan = size >= story.offsets()[6];
        ASSERT_EQ(recording.has_value(), has_scan) << size;
        if (!has_scan) continue;
        ASSERT_TRUE((*recording)->damage()) << size;
        const auto frame = std::upper_bound(story.offsets().begin(), story.offsets().end(), size) - 1;
        const auto is_between = size == *frame;
        EXPECT_EQ((*recording)->damage()->offset, *frame) << size;
        EXPECT_EQ((*recording)->damage()->number,
                  static_cast<std::uint64_t>(frame - story.offsets().begin()) + 1)
            << size << is_between;
        if (size % 97 != 0) continue;
        Player player(**recording);
        player.go_to((*recording)->end_ns());
        EXPECT_GE(player.scan().tasks.size(), 11U);
    }
}

TEST(Recording, AChangedBitIsFound) {
    const Story story;
    for (std::size_t at = story.offsets()[7]; at < story.bytes().size(); at += 13) {
        auto bytes = story.bytes();
        bytes[at] = static_cast<char>(bytes[at] ^ 0x10);
        const auto recording = open(std::move(bytes));
        ASSERT_TRUE(recording->damage()) << at;
        const auto frame = std::upper_bound(story.offsets().begin(), story.offsets().end(), at) - 1;
        EXPECT_EQ(recording->damage()->offset, *frame) << at;
    }
}

TEST(Recording, WhatIsNoRecordingIsRefused) {
    for (const auto* text : {"", "nsscope recording 2\n", "#!/bin/sh\necho hello there\n"}) {
        const auto recording = Recording::read(std::make_unique<RecordingText>(text));
        ASSERT_FALSE(recording);
        EXPECT_NE(recording.error().what.find("no recording"), std::string::npos);
    }
    EXPECT_FALSE(Recording::open("/dev/null"));
    EXPECT_FALSE(Recording::open("/nonexistent/file"));
    EXPECT_FALSE(Recording::open("/"));
}

TEST(Recording, RecordsOfAnotherVersionAreRefused) {
    std::string bytes(recording_magic), payload;
    Packer(payload).number(1'000'000);
    append_frame(bytes, FrameKind::start, 1, payload);
    const auto recording = Recording::read(std::make_unique<RecordingText>(bytes));
    ASSERT_FALSE(recording);
    EXPECT_NE(recording.error().what.find("version"), std::string::npos);
}

TEST(Recording, TimesAreReadInBothForms) {
    const auto recording = open(Story().bytes());
    EXPECT_EQ(*parse_time("0", *recording), Story::begin);
    EXPECT_EQ(*parse_time("1.25", *recording), Story::begin + 1'250'000'000);
    EXPECT_EQ(*parse_time("2026-11-22T01:47:45Z", *recording), Story::begin);
    EXPECT_EQ(*parse_time("2026-11-22T01:47:46.5Z", *recording), Story::begin + 1'500'000'000);
    for (const auto* text :
         {"", "x", "-1", "1x", "1.", "31", "2026-11-22", "2026-11-22T01:47:46", "99999999999999999999",
          "2026-11-22T01:47:46.Z", "2025-11-22T01:47:46Z", "9999-11-22T01:47:46Z"})
        EXPECT_FALSE(parse_time(text, *recording)) << text;
}

struct Told {
    std::size_t events = 0, exes = 0;
};

TEST(ReplaySource, TellsWhatIsWanted) {
    const auto recording = open(Story().bytes());
    const auto tell = [&](ReplayFilter filter) {
        ReplaySource source(*recording, std::move(filter));
        std::size_t told = 0;
        while (!source.has_ended()) told += source.read(3, [](std::span<const std::byte>) {});
        const auto counters = source.counters();
        std::uint64_t produced = 0, filtered = 0, lost = 0;
        for (const auto count : counters.produced) produced += count;
        for (const auto count : counters.filtered) filtered += count;
        lost = sum_of(counters.lost);
        EXPECT_EQ(produced, told + filtered + lost);
        return std::tuple(told, filtered, lost);
    };
    EXPECT_EQ(tell({.events = ~EventMask{0}}), std::tuple(8U, 0U, 3U));
    EXPECT_EQ(tell({.events = mask_of(EventType::ns_unshare)}), std::tuple(2U, 0U, 0U));
    EXPECT_EQ(tell({.events = ~EventMask{0}, .pid = 801}), std::tuple(3U, 5U, 3U));
    EXPECT_EQ(tell({.events = ~EventMask{0}, .comm = "dockerd"}), std::tuple(1U, 7U, 3U));
    EXPECT_EQ(tell({.events = ~EventMask{0}, .ns_types = 1U << static_cast<unsigned>(NsType::uts)}),
              std::tuple(3U, 5U, 3U));
}

} // namespace
} // namespace nsscope
