#include "kernel/attach_plan.hpp"

#include <algorithm>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "kernel/features.hpp"

namespace nsscope {
namespace {

/// But those of the guard, which has programs of its own.
constexpr EventMask every_event =
    ((1U << event_type_count) - 1) & ~(mask_of(EventType::sysctl_read) | mask_of(EventType::sysctl_write));

/// A kernel: which rungs work, which programs are refused, and which have nothing to be attached to.
struct Kernel {
    std::set<Rung> rungs{Rung::fentry, Rung::kprobe, Rung::tracepoint};
    std::set<std::string_view> refused;
    std::set<std::string_view> absent;

    [[nodiscard]] AttachPlan plan(EventMask events = ns_events) const {
        return plan_for(events, [this](const Attachment& step) {
            if (absent.contains(step.program)) return Usable::absent;
            return rungs.contains(step.rung) && !refused.contains(step.program) ? Usable::yes : Usable::no;
        });
    }
};

std::set<std::string_view> programs(const AttachPlan& plan) {
    std::set<std::string_view> names;
    for (const auto* step : plan.attachments) names.insert(step->program);
    return names;
}
std::optional<Rung> rung(const AttachPlan& plan, Place place) {
    return plan.rungs.at(static_cast<std::size_t>(place));
}

TEST(AttachPlan, TheBestRungThatThereIs) {
    Kernel kernel;
    EXPECT_EQ(rung(kernel.plan(), Place::calls), Rung::fentry);
    EXPECT_EQ(rung(kernel.plan(), Place::deaths), Rung::kprobe);
    kernel.rungs = {Rung::fentry, Rung::tracepoint};
    EXPECT_EQ(rung(kernel.plan(), Place::deaths), Rung::fentry);
    kernel.rungs = {Rung::kprobe, Rung::tracepoint};
    EXPECT_EQ(rung(kernel.plan(), Place::calls), Rung::kprobe);
    EXPECT_EQ(rung(kernel.plan(), Place::deaths), Rung::kprobe);
    kernel.rungs.erase(Rung::kprobe);
    EXPECT_EQ(rung(kernel.plan(), Place::calls), Rung::tracepoint);
    EXPECT_EQ(rung(kernel.plan(), Place::deaths), std::nullopt);
}

TEST(AttachPlan, OnFunctionRungsNoSystemCallIsTaxed) {
    for (const auto& refused : {"", "fexit_clone3", "kretprobe_setns"}) {
        Kernel kernel;
        kernel.refused = {refused};
        EXPECT_FALSE(programs(kernel.plan()).contains("sys_exit")) << refused;
    }
}

/// One that is refused takes with it those that make no sense without it, and nothing else.
TEST(AttachPlan, ARefusedProgramMovesItsPlaceAlone) {
    Kernel kernel;
    kernel.refused = {"fexit_setns"};
    const auto plan = kernel.plan();
    EXPECT_EQ(rung(plan, Place::calls), Rung::kprobe);
    EXPECT_EQ(rung(plan, Place::deaths), Rung::kprobe);
    EXPECT_FALSE(programs(plan).contains("fexit_unshare"));
    kernel.refused = {"fexit_setns", "kretprobe_clone"};
    EXPECT_EQ(rung(kernel.plan(), Place::calls), Rung::tracepoint);
}

TEST(AttachPlan, AKernelWithout32BitProgramsLacksNothing) {
    Kernel kernel;
    kernel.absent = {"fexit_unshare32", "fexit_setns32", "fexit_clone32", "fexit_clone332"};
    const auto plan = kernel.plan();
    EXPECT_EQ(rung(plan, Place::calls), Rung::fentry);
    EXPECT_FALSE(programs(plan).contains("fexit_setns32"));
    // but one that runs them, and does not let itself be hooked there, does
    kernel.absent.clear();
    kernel.refused = {"fexit_setns32"};
    EXPECT_EQ(rung(kernel.plan(), Place::calls), Rung::kprobe);
}

TEST(AttachPlan, DeathsByWhicheverFunctionThereIs) {
    Kernel kernel;
    EXPECT_TRUE(programs(kernel.plan()).contains("kprobe_ns_common_free"));
    EXPECT_FALSE(programs(kernel.plan()).contains("kprobe_proc_free_inum")) << "told twice";
    kernel.absent = {"fentry_ns_common_free", "kprobe_ns_common_free"};
    EXPECT_TRUE(programs(kernel.plan()).contains("kprobe_proc_free_inum"));
    EXPECT_EQ(kernel.plan().observed, 0U);
    kernel.absent.insert("fentry_proc_free_inum");
    kernel.absent.insert("kprobe_proc_free_inum");
    EXPECT_EQ(kernel.plan().observed, mask_of(EventType::ns_destroy));
    EXPECT_EQ(kernel.plan().missing, 0U);
}

TEST(AttachPlan, WhatCannotBeSeenIsSaid) {
    Kernel kernel;
    kernel.refused = {"task_newtask"};
    EXPECT_EQ(kernel.plan(every_event).missing,
              mask_of(EventType::ns_clone) | mask_of(EventType::process_fork));
    kernel.rungs.clear();
    EXPECT_EQ(kernel.plan(every_event).missing, every_event & ~mask_of(EventType::ns_destroy));
}

TEST(AttachPlan, WhatNobodyWantsIsNotAttached) {
    const Kernel kernel;
    EXPECT_EQ(programs(kernel.plan(mask_of(EventType::process_exit))),
              (std::set<std::string_view>{"sched_process_exit"}));
    EXPECT_TRUE(kernel.plan(0).attachments.empty());
    const auto unshares = programs(kernel.plan(mask_of(EventType::ns_unshare)));
    EXPECT_TRUE(unshares.contains("fexit_setns")) << "which changes what an unshare comes from";
    EXPECT_FALSE(unshares.contains("fexit_clone")) << "of those that succeed tells task_newtask";
    EXPECT_TRUE(programs(kernel.plan(mask_of(EventType::ns_clone))).contains("fexit_clone3"));
    Kernel without;
    without.rungs.erase(Rung::fentry);
    EXPECT_TRUE(programs(without.plan(mask_of(EventType::ns_clone))).contains("kretprobe_clone"));
    EXPECT_FALSE(programs(without.plan(mask_of(EventType::ns_unshare))).contains("kretprobe_clone"));
}

/// Deaths are looked for where somebody was seen to leave: whoever sees that must run when only they are wanted.
TEST(AttachPlan, ProgramsThatSeeChangesSupportEveryEventOfNamespaces) {
    for (const auto& place : places)
        EXPECT_TRUE(place.place == Place::deaths || place.place == Place::cgroups ||
                    place.supports == ns_events)
            << place.what;
}

TEST(AttachPlan, TheTableIsSound) {
    std::set<std::string_view> names;
    EventMask reported = 0;
    for (std::size_t i = 0; i < place_count; i++) {
        EXPECT_EQ(places.at(i).place, static_cast<Place>(i));
        reported |= places.at(i).reports;
    }
    EXPECT_EQ(reported, every_event);
    for (const auto& step : attach_plan) {
        EXPECT_TRUE(names.insert(step.program).second) << step.program << " twice";
        const auto is_rung = [&](const Feature& feature) { return feature.name == name(step.rung); };
        EXPECT_TRUE(step.rung == Rung::tracepoint || std::ranges::any_of(features, is_rung));
        // a choice is on one rung, and choices count up by one
        EXPECT_TRUE(std::ranges::all_of(attach_plan, [&](const Attachment& other) {
            return other.place != step.place || other.choice != step.choice || other.rung == step.rung;
        }));
        EXPECT_TRUE(step.choice == 0 || std::ranges::any_of(attach_plan, [&](const Attachment& other) {
                        return other.place == step.place && other.choice + 1 == step.choice;
                    }));
    }
}

const Attachment& step_of(std::string_view program) {
    return *std::ranges::find(attach_plan, program, &Attachment::program);
}

TEST(AttachPlan, OfWhatIsLostUnlessItIsRun) {
    EXPECT_EQ(lost_unless_run(step_of("task_newtask"), every_event), EventType::process_fork);
    EXPECT_EQ(lost_unless_run(step_of("task_newtask"), ns_events), std::nullopt)
        << "most births are no ns.clone";
    EXPECT_EQ(lost_unless_run(step_of("sched_process_exit"), process_events), EventType::process_exit);
    EXPECT_EQ(lost_unless_run(step_of("sched_process_exit"), ns_events), std::nullopt);
    EXPECT_EQ(lost_unless_run(step_of("fexit_unshare"), ns_events), EventType::ns_unshare);
    EXPECT_EQ(lost_unless_run(step_of("fexit_unshare"), cgroup_events), std::nullopt);
    EXPECT_EQ(lost_unless_run(step_of("sys_exit"), every_event), std::nullopt) << "most calls are no event";
    for (const auto& step : attach_plan) {
        if (!step.each) continue;
        EXPECT_NE(info(step.place).reports & mask_of(*step.each), 0U) << step.program;
    }
}

TEST(AttachPlan, MasksHoldWhatTheirNamesSay) {
    EXPECT_EQ(ns_events, ns_changes | mask_of(EventType::ns_destroy));
    for (std::size_t i = 0; i < event_type_count; i++) {
        EXPECT_EQ(event_types[i].type, static_cast<EventType>(i));
        EXPECT_EQ(event_type_from_name(event_types[i].name), static_cast<EventType>(i));
    }
    EXPECT_EQ(event_type_from_name("ns.exec"), std::nullopt);
}

} // namespace
} // namespace nsscope
