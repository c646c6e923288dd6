#include <cstdlib>
#include <ctime>
#include <functional>

#include <gtest/gtest.h>

#include "../output/golden.hpp"
#include "base/text.hpp"
#include "events/record.hpp"
#include "samples.hpp"

namespace nsscope {
namespace {

/// Times are shown in local time: here it is UTC, or where a test says.
class RecordText : public testing::Test {
  protected:
    void SetUp() override { set_zone("UTC"); }
    void TearDown() override {
        ::unsetenv("TZ");
        ::tzset();
    }
    static void set_zone(const char* zone) {
        ::setenv("TZ", zone, 1);
        ::tzset();
    }
    static std::string to_text(const Event& event) {
        auto names = samples::names();
        std::string line;
        append_text(line, event, samples::position, names);
        return line;
    }
};

TEST_F(RecordText, EveryRecord) {
    std::string text;
    append_start_text(text, samples::start(), samples::position);
    text += '\n';
    for (const auto& sample : samples::all()) text += to_text(sample.event) + '\n';
    append_loss_text(text, samples::losses, samples::position);
    text += '\n';
    append_end_text(text, samples::totals, samples::position);
    text += '\n';
    expect_golden("events/text.txt", text);
}

TEST_F(RecordText, HarmlessToATerminal) {
    std::string start;
    append_start_text(start, samples::start(), samples::position);
    auto lines = std::vector{start};
    for (const auto& sample : samples::all()) lines.push_back(to_text(sample.event));
    for (const auto& line : lines) {
        for (const char c : line) {
            EXPECT_GE(static_cast<unsigned char>(c), 0x20) << line;
            EXPECT_NE(c, '\x7f') << line;
        }
        EXPECT_EQ(to_utf8(line), line);
        for (const std::string_view hidden : {"\u202e", "\u200b", "\u009b"})
            EXPECT_EQ(line.find(hidden), std::string::npos) << line;
    }
}

TEST_F(RecordText, TimesAreLocal) {
    const auto event = samples::ends().front().event;
    EXPECT_TRUE(to_text(event).starts_with("01:47:45.000000 "));
    set_zone("XYZ-02:30");
    EXPECT_TRUE(to_text(event).starts_with("04:17:45.000000 "));
}

TEST_F(RecordText, StartThatObservesNothing) {
    auto start = samples::start();
    start.observed = 0;
    std::string line;
    append_start_text(line, start, samples::position);
    EXPECT_TRUE(line.ends_with("by tracepoint")) << line;
}

TEST_F(RecordText, AppendsOnly) {
    auto names = samples::names();
    std::string line = "before ";
    append_text(line, samples::ends().front().event, samples::position, names);
    EXPECT_TRUE(line.starts_with("before 01:47:45")) << line;
    EXPECT_EQ(line.find('\n'), std::string::npos);
}

} // namespace
} // namespace nsscope
