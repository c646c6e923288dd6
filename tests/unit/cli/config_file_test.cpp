#include "cli/config_file.hpp"

#include <CLI/CLI.hpp>
#include <gtest/gtest.h>

#include "cli/events_options.hpp"

namespace nsscope {
namespace {

struct Taken {
    EventsOptions options;
    Result<void> result;
};
Taken take(std::string_view yaml, const std::vector<std::string>& words = {}) {
    Taken taken;
    CLI::App app;
    declare_events_options(app, taken.options);
    app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
    taken.result = take_config_text(app, yaml, "f");
    return taken;
}

TEST(ConfigOfRecords, HasEveryKindOfOption) {
    const auto taken = take("type: [ns.setns, ns.unshare]\n"
                            "pid: 17\n"
                            "descendants: true\n"
                            "uid: 0\n"
                            "ring-size: 2M\n"
                            "duration: 1.5\n"
                            "output:\n  - 'file:/a,filter=event in (ns.setns, ns.clone)'\n  - stdout\n"
                            "filter: \"comm = \\\"a b\\\"\"\n");
    ASSERT_TRUE(taken.result) << taken.result.error().what;
    EXPECT_EQ(taken.options.types, (std::vector<std::string>{"ns.setns", "ns.unshare"}));
    EXPECT_EQ(taken.options.pid, 17U);
    EXPECT_TRUE(taken.options.descendants);
    EXPECT_EQ(taken.options.uid, 0U);
    EXPECT_EQ(taken.options.ring_bytes, 2U << 20U);
    EXPECT_EQ(taken.options.duration_s, 1.5);
    EXPECT_EQ(taken.options.outputs,
              (std::vector<std::string>{"file:/a,filter=event in (ns.setns, ns.clone)", "stdout"}));
    EXPECT_EQ(taken.options.filter, "comm = \"a b\"");
}

TEST(ConfigOfRecords, TheCommandLineGoesBefore) {
    const auto taken = take("pid: 17\ntype: ns.setns\n", {"--pid", "4"});
    ASSERT_TRUE(taken.result);
    EXPECT_EQ(taken.options.pid, 4U);
    EXPECT_EQ(taken.options.types, (std::vector<std::string>{"ns.setns"}));
}

TEST(ConfigOfRecords, SaysWhereItIsWrong) {
    const std::vector<std::pair<std::string, std::string>> wrong{
        {"", "f:1:1: "},
        {"- a\n", "f:1:1: "},
        {"typ: a\n", "f:1:1: 'typ'"},
        {"config: a\n", "f:1:1: "},
        {"check: true\n", "f:1:1: "},
        {"help: true\n", "f:1:1: "},
        {"replay: a\n", "f:1:1: "},
        {"[a]: b\n", "f:1:1: "},
        {"pid: 1\npid: 2\n", "f:2:1: 'pid' a second time"},
        {"pid: x\n", "f:1:6: "},
        {"pid: -1\n", "f:1:6: "},
        {"pid: [1, 2]\n", "f:1:6: "},
        {"pid: {a: b}\n", "f:1:6: "},
        {"type: []\n", "f:1:7: "},
        {"type: [ns.setns, ns.nothing]\n", "f:1:7: "},
        {"snapshot: perhaps\n", "f:1:11: "},
        {"ring-size: 1\n", "f:1:12: "},
        {"metrics: 0\n", "f:1:10: "},
        {"a: [\n", "f:2:1: "},
        {"pid: 1\n---\npid: 2\n", "f:"},
    };
    for (const auto& [yaml, where] : wrong) {
        const auto taken = take(yaml);
        ASSERT_FALSE(taken.result) << yaml;
        EXPECT_TRUE(taken.result.error().what.starts_with(where)) << yaml << taken.result.error().what;
    }
}

TEST(ConfigOfRecords, GivenOptionsAreReadAgainTogetherWithTheFile) {
    EventsOptions options;
    CLI::App app;
    declare_events_options(app, options);
    const std::vector<std::string> words{"--type",   "ns.setns,ns.clone", "--snapshot",  "--uid", "7",
                                         "--output", "file:/a,keep=1",    "--ring-size", "1M"};
    app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
    const GivenOptions given(app);
    const auto again = given.with_file("/dev/null");
    EXPECT_FALSE(again) << "an empty file is no mapping";
    const auto all = given.with_file(NSSCOPE_SOURCE_DIR "/packaging/nsscope.yaml");
    ASSERT_TRUE(all) << all.error().what;
    EXPECT_EQ(all->types, options.types);
    EXPECT_TRUE(all->snapshot);
    EXPECT_EQ(all->uid, 7U);
    EXPECT_EQ(all->outputs, options.outputs);
    EXPECT_EQ(all->ring_bytes, 1U << 20U);
}

TEST(PlanOfRecords, RefusesWhatDoesNotGoTogether) {
    EventsOptions options;
    options.descendants = true;
    EXPECT_FALSE(plan_of(options));
    options.pid = 4;
    EXPECT_TRUE(plan_of(options));
    options.types = {"sysctl.write"};
    EXPECT_FALSE(plan_of(options));
    options.types = {};
    options.outputs = {"fil:/a"};
    EXPECT_FALSE(plan_of(options));
    options.outputs = {};
    options.filter = "uid =";
    EXPECT_FALSE(plan_of(options));
}

TEST(PlanOfRecords, TheKernelSortsOutWhatItCan) {
    EventsOptions options;
    options.types = {"ns.setns"};
    options.uid = 3;
    options.comm = "a";
    auto plan = plan_of(options);
    ASSERT_TRUE(plan);
    EXPECT_EQ(plan->trace.uid, 3U);
    EXPECT_EQ(plan->trace.comm, "a");
    EXPECT_FALSE(plan->trace.is_live);
    EXPECT_EQ(plan->wanted.unfiltered & mask_of(EventType::ns_setns), 0U) << "not looked at twice";
    EXPECT_TRUE(plan->outputs.empty());
    options.config = "f";
    plan = plan_of(options);
    ASSERT_TRUE(plan);
    EXPECT_TRUE(plan->trace.is_live);
    EXPECT_NE(plan->wanted.unfiltered & mask_of(EventType::ns_setns), 0U) << "as it may change";
    EXPECT_EQ(plan->outputs.size(), 1U);
}

} // namespace
} // namespace nsscope
