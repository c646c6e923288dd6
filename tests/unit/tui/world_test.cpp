#include <gtest/gtest.h>

#include "sample.hpp"

namespace nsscope::tui {
namespace {

TEST(World, WhatWasThereFromTheBeginningIsNotNew) {
    Sample sample;
    const auto world = sample.next();
    for (const auto& item : world->processes) EXPECT_FALSE(world->is_fresh(item.presence));
    EXPECT_EQ(world->live_processes, 2U);
    EXPECT_EQ(world->by_type[static_cast<std::size_t>(NsType::net)], 1U);
}

TEST(World, NewAndGoneStandOutForFiveSeconds) {
    Sample sample;
    sample.next();
    sample.process(10, 1, "new", {{NsType::net, 4026532000}});
    auto world = sample.next();
    ASSERT_NE(world->find_process(10), none);
    EXPECT_TRUE(world->is_fresh(world->processes[world->find_process(10)].presence));
    ASSERT_NE(world->find_namespace(NsType::net, 4026532000), none);
    EXPECT_TRUE(world->is_fresh(world->namespaces[world->find_namespace(NsType::net, 4026532000)].presence));
    sample.remove(10);
    world = sample.next();
    EXPECT_EQ(world->find_process(10), none);
    ASSERT_EQ(world->processes.size(), 3U);
    EXPECT_NE(world->processes[2].presence.gone_ns, 0U);
    EXPECT_EQ(world->namespaces.size(), world->live_namespaces + 1);
    for (int i = 0; i < 5; ++i) world = sample.next();
    EXPECT_EQ(world->processes.size(), 2U);
    EXPECT_EQ(world->namespaces.size(), world->live_namespaces);
}

TEST(World, APidThatIsUsedAgainIsAnotherProcess) {
    Sample sample;
    sample.process(10, 1, "old").cpu_ns = 5 * Sample::second;
    sample.next();
    sample.remove(10);
    auto& again = sample.process(10, 1, "new");
    again.start_ns = 900 * Sample::second;
    again.cpu_ns = 6 * Sample::second;
    const auto world = sample.next();
    const auto& item = world->processes[world->find_process(10)];
    EXPECT_TRUE(world->is_fresh(item.presence));
    EXPECT_FALSE(item.use.cpu) << "what another one used says nothing";
    EXPECT_EQ(world->processes.size(), 4U);
}

TEST(World, CpuAndMemoryAddUpByNamespace) {
    Sample sample;
    auto& first = sample.process(10, 1, "a", {{NsType::net, 4026532000}});
    first.cpu_ns = 0;
    first.rss_bytes = 1000;
    auto& second = sample.process(11, 10, "b", {{NsType::net, 4026532000}});
    second.cpu_ns = 0;
    second.rss_bytes = 2000;
    sample.next();
    for (auto& process : sample.look().processes)
        if (process.cpu_ns) process.cpu_ns = Sample::second / 4;
    const auto world = sample.next();
    const auto& use = world->namespaces[world->find_namespace(NsType::net, 4026532000)].use;
    ASSERT_TRUE(use.cpu);
    EXPECT_DOUBLE_EQ(*use.cpu, 50);
    EXPECT_EQ(use.memory, 3000U);
    EXPECT_FALSE(world->processes[world->find_process(1)].use.cpu) << "unknown is not 0";
}

TEST(World, WhatDiffersFromTheParent) {
    Sample sample;
    sample.process(10, 1, "a", {{NsType::net, 4026532000}});
    sample.process(11, 10, "b", {{NsType::net, 4026532000}});
    const auto world = sample.next();
    const auto net = 1U << static_cast<unsigned>(NsType::net);
    EXPECT_EQ(world->processes[world->find_process(10)].differs, net);
    EXPECT_EQ(world->processes[world->find_process(11)].differs, 0U);
}

TEST(World, EventsAreKeptUpToANumber) {
    Sample sample;
    std::shared_ptr<const World> world;
    for (int i = 0; i < 30; ++i) {
        for (int k = 0; k < 1000; ++k) sample.event(EventType::process_fork, 1, "fork");
        world = sample.next();
    }
    EXPECT_EQ(world->counts.all(), 30'000U);
    EXPECT_EQ(world->events(), World::most_events);
    EXPECT_EQ(world->event(world->events() - 1).seq, 30'000U);
    EXPECT_EQ(world->event(0).seq, 10'001U);
    EXPECT_DOUBLE_EQ(world->rates.back(), 1000);
    const auto& use = world->processes[world->find_process(1)].use;
    EXPECT_DOUBLE_EQ(use.forks.value_or(0), 1000);
}

} // namespace
} // namespace nsscope::tui
