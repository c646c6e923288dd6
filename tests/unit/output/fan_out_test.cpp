#include "output/fan_out.hpp"

#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <deque>
#include <fstream>
#include <map>
#include <mutex>
#include <sstream>
#include <unistd.h>

#include <gtest/gtest.h>
#include <rapidjson/document.h>

namespace nsscope {
namespace {

/// What an output wrote, and whether it can write now.
struct Desk {
    std::mutex mutex;
    std::vector<std::string> records;
    std::atomic<bool> is_open = true;
    std::atomic<int> reopened = 0;
};

class DeskTarget : public RecordTarget {
  public:
    explicit DeskTarget(Desk& desk) : desk_(desk) {}
    [[nodiscard]] Written write(std::span<const RecordText> records) override {
        Written written;
        for (const auto& record : records) {
            if (!desk_.is_open) return {written.count, errno_failure(ENOSPC, "full").value()};
            const std::scoped_lock lock(desk_.mutex);
            desk_.records.emplace_back(record.text);
            ++written.count;
        }
        return written;
    }
    void reopen() override { ++desk_.reopened; }

  private:
    Desk& desk_;
};

class FanOutTest : public testing::Test {
  protected:
    void add(const std::string& spec) {
        auto parsed = OutputSpec::parse(spec);
        ASSERT_TRUE(parsed) << parsed.error().what;
        outputs.push_back({*parsed, std::make_unique<DeskTarget>(desks.emplace_back())});
    }
    void begin() {
        sink = std::make_unique<FanOut>(std::move(outputs));
        sink->start({.version = "0", .kernel = "k", .host = {}, .boot_id = {}, .rung = "r"}, {.seq = ++seq});
    }
    void event(std::uint32_t pid) {
        Event event;
        event.type = EventType::ns_unshare;
        event.task.emplace();
        event.task->pid = pid;
        event.syscall = Syscall::unshare;
        sink->event(event, {.seq = ++seq}, names);
        ++told;
        static_cast<void>(sink->flush());
    }
    void end() { sink->end({.produced = told, .delivered = told}, {.seq = ++seq}); }

    /// A whole stream: checks the numbers; returns how often each kind came.
    static std::map<std::string, std::uint64_t> check(const std::vector<std::string>& records) {
        std::map<std::string, std::uint64_t> kinds;
        std::uint64_t seq = 0, lost = 0;
        for (const auto& record : records) {
            rapidjson::Document document;
            document.Parse(record.c_str());
            EXPECT_FALSE(document.HasParseError()) << record;
            EXPECT_EQ(document["seq"].GetString(), std::to_string(++seq));
            const std::string kind = document["event"].GetString();
            ++kinds[kind];
            if (kind == "loss") lost += std::stoull(document["loss"]["count"].GetString());
            if (kind != "end") continue;
            const auto total = [&](const char* name) {
                return std::stoull(document["totals"][name].GetString());
            };
            EXPECT_EQ(total("produced"), total("delivered") + total("filtered") + total("lost"));
            EXPECT_EQ(total("delivered"), kinds["ns.unshare"]);
            EXPECT_EQ(total("lost"), lost);
            kinds["filtered"] = total("filtered");
        }
        kinds["lost"] = lost;
        return kinds;
    }

    std::deque<Desk> desks;
    std::vector<FanOut::Output> outputs;
    std::unique_ptr<FanOut> sink;
    Names names{[](std::uint64_t) { return std::nullopt; }};
    std::uint64_t seq = 0, told = 0;
};

TEST_F(FanOutTest, EachOutputHasItsOwnNumbersAndTotals) {
    add("stdout");
    add("stdout,filter=pid = 3");
    begin();
    for (std::uint32_t pid = 1; pid <= 5; ++pid) event(pid);
    end();
    EXPECT_TRUE(sink->drain().empty());
    EXPECT_EQ(check(desks[0].records)["ns.unshare"], 5U);
    auto some = check(desks[1].records);
    EXPECT_EQ(some["ns.unshare"], 1U);
    EXPECT_EQ(some["filtered"], 4U);
}

TEST_F(FanOutTest, OneThatIsStuckHoldsBackNobodyAndIsToldWhatItLost) {
    add("stdout,queue=64K");
    add("stdout");
    begin();
    desks[0].is_open = false;
    for (std::uint32_t pid = 1; pid <= 2000; ++pid) event(pid);
    EXPECT_GT(sink->lost(), 1000U);
    desks[0].is_open = true;
    for (int i = 0; i < 200; ++i) { // until it has caught up
        ::usleep(20'000);
        event(1);
        const std::scoped_lock lock(desks[0].mutex);
        if (!desks[0].records.empty() && desks[0].records.back().find("\"loss\"") == std::string::npos &&
            desks[0].records.size() > 100)
            break;
    }
    event(1);
    end();
    EXPECT_TRUE(sink->drain().empty());
    auto late = check(desks[0].records);
    EXPECT_EQ(late["lost"], sink->lost());
    EXPECT_EQ(late["ns.unshare"] + late["lost"], told);
    auto other = check(desks[1].records);
    EXPECT_EQ(other["ns.unshare"], told);
}

TEST_F(FanOutTest, WhatCannotBeWrittenAtTheEndIsSaid) {
    add("file:/desk");
    begin();
    desks[0].is_open = false;
    for (std::uint32_t pid = 1; pid <= 10; ++pid) event(pid);
    end();
    const auto left = sink->drain();
    ASSERT_EQ(left.size(), 1U);
    EXPECT_EQ(left[0].output, "file:/desk");
    EXPECT_LE(left[0].events, 10U);
    EXPECT_EQ(left[0].error->error_number, ENOSPC);
}

TEST_F(FanOutTest, ALossInTheKernelIsToldToAll) {
    add("stdout");
    add("stdout,filter=pid = 3");
    begin();
    const Loss loss{EventType::ns_clone, LossCause::ring_full, 7};
    sink->loss({&loss, 1}, {.seq = ++seq});
    sink->end({.produced = 7, .lost = 7}, {.seq = ++seq});
    EXPECT_TRUE(sink->drain().empty());
    for (auto& desk : desks) EXPECT_EQ(check(desk.records)["lost"], 7U);
}

TEST_F(FanOutTest, ReopensAll) {
    add("stdout");
    begin();
    sink->reopen();
    for (int i = 0; i < 500 && desks[0].reopened == 0; ++i) ::usleep(10'000);
    EXPECT_EQ(desks[0].reopened, 1);
}

class RecordsOfOutputsThatChange : public FanOutTest {
  protected:
    /// What the outputs are to be; each that does not go on gets the next desk.
    void reload(const std::vector<std::string>& texts) {
        std::vector<OutputSpec> specs;
        for (const auto& text : texts) specs.push_back(*OutputSpec::parse(text));
        const auto go_on = sink->which_go_on(specs);
        std::vector<FanOut::Output> next;
        for (std::size_t i = 0; i < specs.size(); ++i)
            next.push_back(
                {specs[i], go_on[i] ? nullptr : std::make_unique<DeskTarget>(desks.emplace_back())});
        sink->stage(std::move(next));
        sink->reload({.version = "0", .kernel = "k", .host = {}, .boot_id = {}, .rung = "r"},
                     {.produced = told, .delivered = told}, {.seq = ++seq});
    }
    std::map<std::string, std::uint64_t> of(std::size_t desk) { return check(desks[desk].records); }
};

TEST_F(RecordsOfOutputsThatChange, WhoStaysGoesOnWhoGoesEndsWhoComesBegins) {
    add("file:/a");
    add("file:/b");
    begin();
    event(1);
    reload({"file:/c", "file:/a,filter=pid = 3"});
    event(2);
    event(3);
    end();
    EXPECT_TRUE(sink->drain().empty());
    ASSERT_EQ(desks.size(), 3U);
    EXPECT_EQ(of(0)["ns.unshare"], 2U) << "1 and 3";
    EXPECT_EQ(of(0)["filtered"], 1U);
    EXPECT_EQ(of(0)["reload"], 1U);
    EXPECT_EQ(of(0)["start"], 1U);
    EXPECT_EQ(of(1)["ns.unshare"], 1U);
    EXPECT_EQ(of(1)["end"], 1U);
    EXPECT_EQ(of(2)["ns.unshare"], 2U);
    EXPECT_EQ(of(2)["start"], 1U);
}

TEST_F(RecordsOfOutputsThatChange, AnOutputThatIsStuckKeepsItsQueueAndItsAccounts) {
    add("file:/a,queue=64K");
    begin();
    desks[0].is_open = false;
    for (std::uint32_t pid = 1; pid <= 2000; ++pid) event(pid);
    const auto lost = sink->lost();
    EXPECT_GT(lost, 1000U);
    reload({"file:/a,queue=1M"});
    desks[0].is_open = true;
    event(1);
    end();
    EXPECT_TRUE(sink->drain().empty());
    EXPECT_EQ(of(0)["lost"], lost);
    EXPECT_EQ(of(0)["ns.unshare"] + lost, told);
}

TEST_F(RecordsOfOutputsThatChange, OtherOptionsOfAFileTakeAnotherTarget) {
    add("file:/a");
    begin();
    event(1);
    reload({"file:/a,keep=2"});
    event(2);
    end();
    EXPECT_TRUE(sink->drain().empty());
    ASSERT_EQ(desks.size(), 2U);
    auto all = desks[0].records;
    all.insert(all.end(), desks[1].records.begin(), desks[1].records.end());
    auto kinds = check(all);
    EXPECT_EQ(kinds["ns.unshare"], 2U);
    EXPECT_EQ(kinds["start"] + kinds["reload"] + kinds["end"], 3U);
}

TEST_F(RecordsOfOutputsThatChange, OfTwoOutputsToOnePlaceEachIsItself) {
    add("file:/a");
    add("file:/a,filter=pid = 2");
    begin();
    event(1);
    reload({"file:/a", "file:/a,filter=pid = 2"});
    event(2);
    end();
    EXPECT_TRUE(sink->drain().empty());
    ASSERT_EQ(desks.size(), 2U);
    EXPECT_EQ(of(0)["ns.unshare"], 2U);
    EXPECT_EQ(of(1)["ns.unshare"], 1U);
}

TEST_F(RecordsOfOutputsThatChange, WhatOneThatIsGoneCouldNotWriteIsSaidAtTheEnd) {
    add("file:/a");
    add("file:/b");
    begin();
    desks[0].is_open = false;
    event(1);
    reload({"file:/b"});
    reload({"file:/b"});
    event(2);
    end();
    const auto left = sink->drain();
    ASSERT_EQ(left.size(), 1U);
    EXPECT_EQ(left[0].output, "file:/a");
    EXPECT_EQ(left[0].events, 1U);
    EXPECT_EQ(of(1)["ns.unshare"], 2U);
}

TEST_F(RecordsOfOutputsThatChange, OnlyWhoHasNoPictureGetsIt) {
    const auto tell_picture = [this](bool resync) {
        Existing existing;
        sink->exists(existing, resync, {.seq = ++seq}, names);
        sink->sync(1, resync, {.seq = ++seq});
    };
    add("file:/a");
    begin();
    tell_picture(false);
    reload({"file:/a", "file:/b"});
    tell_picture(false);
    tell_picture(true);
    end();
    EXPECT_TRUE(sink->drain().empty());
    EXPECT_EQ(of(0)["ns.exists"], 2U);
    EXPECT_EQ(of(1)["ns.exists"], 2U);
    EXPECT_EQ(of(1)["sync"], 2U);
}

TEST(OutputSpec, SaysWhatIsWrong) {
    const std::map<std::string, std::string> wrong{
        {"", "no kind ''"},
        {"pipe:/x", "no kind 'pipe'"},
        {"file", "no path"},
        {"file:x", "does not begin with '/'"},
        {"journald:/x", "a path"},
        {"stdout,keep=1", "no option 'keep'"},
        {"stdout,format", "is no OPTION=VALUE"},
        {"stdout,format=xml", "format 'xml'"},
        {"stdout,queue=1", "queue '1'"},
        {"file:/x,rotate-size=18446744073709551615G", "rotate-size"},
        {"file:/x,rotate-time=-1", "rotate-time"},
        {"syslog,format=text", "format 'text'"},
    };
    for (const auto& [spec, what] : wrong) {
        const auto parsed = OutputSpec::parse(spec);
        ASSERT_FALSE(parsed) << spec;
        EXPECT_NE(parsed.error().what.find(what), std::string::npos) << parsed.error().what;
    }
    const auto good = OutputSpec::parse("file:/a,rotate-size=2M,rotate-time=1h,keep=3,fsync=always,queue=1M,"
                                        "filter=event in (ns.setns, ns.unshare)");
    ASSERT_TRUE(good) << good.error().what;
    EXPECT_EQ(good->file.rotate_bytes, 2U << 20U);
    EXPECT_EQ(good->file.rotate_ns, 3'600'000'000'000U);
    EXPECT_EQ(good->file.keep, 3U);
    EXPECT_EQ(good->queue_bytes, 1U << 20U);
    EXPECT_TRUE(good->filter);
    EXPECT_EQ(OutputSpec::parse("syslog")->path, "/dev/log");
    EXPECT_EQ(OutputSpec::parse("syslog:/a")->path, "/a");
}

} // namespace
} // namespace nsscope
