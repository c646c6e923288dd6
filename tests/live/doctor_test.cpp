#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <set>

#include "json.hpp"
#include "live.hpp"
#include "process.hpp"

namespace live {
namespace {

/// What `nsscope doctor` says of this kernel.
class Doctor : public Live {
  protected:
    static rapidjson::Document ask(const std::string& without, int& status) {
        const auto done = nsscope({"doctor", "--json"}, {.environment = {{"NSSCOPE_DISABLE", without}}});
        status = done.status;
        rapidjson::Document document;
        document.Parse(done.output.c_str());
        EXPECT_FALSE(document.HasParseError()) << done.output << done.errors;
        EXPECT_EQ(json::text(document, "schema"), "nsscope.doctor/1");
        return document;
    }
    static bool works(const rapidjson::Document& document, const std::string& name) {
        for (const auto& feature : json::array(document, "features").GetArray())
            if (json::text(feature, "name") == name) return json::at(feature, "works").GetBool();
        ADD_FAILURE() << "nothing of " << name;
        return false;
    }
    static std::set<std::string> rungs(const rapidjson::Document& document) {
        std::set<std::string> all;
        for (const auto& place : json::array(document, "rungs").GetArray())
            all.insert(json::at(place, "rung").IsNull() ? "none" : json::text(place, "rung"));
        return all;
    }
};

TEST_F(Doctor, SaysTheRungThatEventsStandOn) {
    int status = -1;
    const char* disabled = std::getenv("NSSCOPE_DISABLE");
    const auto document = ask(disabled != nullptr ? disabled : "", status);
    EXPECT_TRUE(status == 0 || status == 3) << status;
    EXPECT_TRUE(works(document, "ringbuf"));
    Process events({program(), "events", "--type", "all", "--duration", "0.01"});
    const auto start = events.wait_for_line([&](std::string_view line) {
        const auto all = rungs(document);
        return std::ranges::any_of(all, [&](const std::string& rung) {
            return line.find("\"rung\":\"" + rung + '"') != std::string_view::npos;
        });
    });
    ASSERT_TRUE(start) << events.output();
    std::printf("start %s\n", start->c_str()); // for docs/kernels.md: tests/vm/run
}

TEST_F(Doctor, SaysWhatIsLostWithout) {
    int status = -1;
    const auto document = ask("fentry,kprobe", status);
    EXPECT_EQ(status, 3);
    EXPECT_FALSE(works(document, "fentry"));
    EXPECT_FALSE(works(document, "kprobe"));
    EXPECT_EQ(rungs(document), (std::set<std::string>{"tracepoint", "none"})) << "deaths have none";
    for (const auto& feature : json::array(document, "features").GetArray())
        for (const char* member : {"why", "without", "needs"})
            EXPECT_EQ(json::at(feature, member).IsNull(), json::at(feature, "works").GetBool());
}

TEST_F(Doctor, FailsWhereNoEventsCanBeSeen) {
    for (const std::string without : {"raw_tp,tp_btf", "btf"}) {
        int status = -1;
        const auto document = ask(without, status);
        EXPECT_EQ(status, 1) << without;
        EXPECT_EQ(rungs(document), std::set<std::string>{"none"});
    }
}

/// Without the kernel's own types `list` goes on by /proc, and says so; `events` wants them from a file.
TEST_F(Doctor, OfAKernelWithoutItsOwnTypes) {
    const ProcessOptions without{.environment = {{"NSSCOPE_DISABLE", "btf"}}};
    const auto refused = nsscope({"events", "--duration", "0.01"}, without);
    EXPECT_EQ(refused.status, 1);
    EXPECT_NE(refused.errors.find("--btf"), std::string::npos) << refused.errors;
    EXPECT_EQ(lines_of(refused.errors).size(), 1U);

    const auto listed = nsscope({"list", "-J"}, without);
    EXPECT_NE(listed.output.find("\"source\":\"proc\""), std::string::npos) << listed.errors;

    Process events({program(), "events", "--btf", "/sys/kernel/btf/vmlinux", "--type", "ns.unshare"},
                   without);
    const auto start = events.wait_for_line(
        [](std::string_view line) { return line.find("\"event\":\"start\"") != std::string_view::npos; });
    ASSERT_TRUE(start) << events.errors();
    EXPECT_EQ(start->find("\"rung\":\"fentry\""), std::string::npos) << "which takes the kernel's own";
    const auto made = run({helper(), "unshare:uts"});
    EXPECT_EQ(made.status, 0);
    EXPECT_TRUE(events.wait_for_line([](std::string_view line) {
        return line.find("\"event\":\"ns.unshare\"") != std::string_view::npos &&
               line.find("nshelper") != std::string_view::npos;
    })) << events.output();
    events.signal(SIGINT);
    EXPECT_EQ(events.wait(), 0) << events.errors();

    const Scratch recording("recording"), another("another");
    Process recorded(
        {program(), "record", "--btf", "/sys/kernel/btf/vmlinux", "--duration", "1.5", recording.path()},
        without);
    EXPECT_EQ(recorded.wait(), 0) << recorded.errors();
    EXPECT_EQ(nsscope({"record", "--duration", "0.1", another.path()}, without).status, 3);

    const auto wrong = nsscope({"events", "--btf", "/proc/self/exe", "--duration", "0.01"}, without);
    EXPECT_EQ(wrong.status, 1) << "no BTF";
}

} // namespace
} // namespace live
