#include "kernel/attach_plan.hpp"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "kernel/features.hpp"

namespace nsscope {
namespace {

constexpr EventMask every_event = (1U << event_type_count) - 1;

TEST(AttachPlan, EveryEventIsReportedOrObserved) {
    std::set<Rung> rungs;
    for (const auto& step : attach_plan) rungs.insert(step.rung);
    for (const auto rung : rungs) {
        EventMask reported = 0;
        for (const auto& step : attach_plan)
            if (step.rung == rung) reported |= step.reports;
        EXPECT_EQ(reported | observed_by(rung), every_event) << name(rung);
        EXPECT_EQ(reported & observed_by(rung), 0u) << name(rung) << ": told of what it has to look for";
    }
}

/// Deaths are looked for where somebody was seen to leave: whoever sees that must run when only they are wanted.
TEST(AttachPlan, ProgramsThatSeeChangesSupportEveryEventOfNamespaces) {
    for (const auto& step : attach_plan) EXPECT_EQ(step.supports, ns_events) << step.program;
}

TEST(AttachPlan, StepsAreWellFormed) {
    std::set<std::pair<Rung, std::string_view>> programs;
    for (const auto& step : attach_plan) {
        EXPECT_TRUE(programs.emplace(step.rung, step.program).second) << step.program << " twice";
        EXPECT_FALSE(name(step.rung).empty());
        EXPECT_TRUE(std::ranges::any_of(features, [&](const Feature& f) { return f.name == step.feature; }))
            << step.feature;
        EXPECT_NE(step.reports, 0u) << step.program;
        EXPECT_EQ((step.reports | step.supports) & ~every_event, 0u) << step.program;
    }
}

TEST(AttachPlan, MasksHoldWhatTheirNamesSay) {
    EXPECT_EQ(ns_events, ns_changes | mask_of(EventType::ns_destroy));
    EventMask by_default = 0;
    for (const auto& type : event_types)
        if (type.by_default) by_default |= mask_of(type.type);
    EXPECT_EQ(by_default, ns_events);
    for (std::size_t i = 0; i < event_type_count; i++) {
        EXPECT_EQ(event_types[i].type, static_cast<EventType>(i));
        EXPECT_EQ(event_type_from_name(event_types[i].name), static_cast<EventType>(i));
    }
    EXPECT_EQ(event_type_from_name("ns.exec"), std::nullopt);
}

} // namespace
} // namespace nsscope
