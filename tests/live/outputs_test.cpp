#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sys/socket.h>
#include <unistd.h>

#include "helper_run.hpp"
#include "json.hpp"
#include "live.hpp"
#include "process.hpp"
#include "socket_reader.hpp"
#include "stream.hpp"

namespace live {
namespace {

class Outputs : public Live {
  protected:
    void SetUp() override {
        Live::SetUp();
        std::filesystem::create_directories(dir_.path());
    }
    [[nodiscard]] std::string in_dir(const std::string& name) const { return dir_.path() + "/" + name; }
    /// `nsscope events` with these outputs and no other stream; waits until it has begun.
    [[nodiscard]] std::unique_ptr<Process> begin(std::vector<std::string> outputs,
                                                 std::vector<std::string> options = {}) const {
        std::vector<std::string> words{program(), "events"};
        words.insert(words.end(), options.begin(), options.end());
        for (const auto& output : outputs) words.insert(words.end(), {"--output", output});
        words.insert(words.end(), {"--output", "file:" + in_dir("witness")});
        auto process = std::make_unique<Process>(words);
        EXPECT_TRUE(wait_until([&] {
            return read_file(in_dir("witness")).find("\"start\"") != std::string::npos;
        })) << process->errors();
        return process;
    }
    static std::function<void(std::string_view)> appender(std::string& text) {
        return [&text](std::string_view record) { (text += record) += '\n'; };
    }
    Scratch dir_{"outputs"};
};

const std::vector<std::string> unshares{"--type", "ns.unshare"};

TEST_F(Outputs, EachIsAWholeStream) {
    std::string by_stream, by_datagrams;
    SocketReader stream(in_dir("stream"), SOCK_STREAM, appender(by_stream));
    SocketReader datagrams(in_dir("datagrams"), SOCK_DGRAM, appender(by_datagrams));
    const auto process = begin({"file:" + in_dir("some") + ",filter=pid = 1", "unix:" + in_dir("stream"),
                                "unixgram:" + in_dir("datagrams"), "file:" + in_dir("text") + ",format=text"},
                               unshares);
    const auto steps = run_helper({"unshare:uts", "unshare:ipc", "storm:60:500"});
    process->signal(SIGTERM);
    EXPECT_EQ(process->wait(), 0) << process->errors();
    stream.go();
    datagrams.go();
    const auto witness = check_stream(read_file(in_dir("witness")), 0);
    EXPECT_GE(witness.back().totals->delivered, 502U);
    EXPECT_EQ(check_stream(by_stream, 0).size(), witness.size());
    EXPECT_EQ(check_stream(by_datagrams, 0).size(), witness.size());
    const auto none = check_stream(read_file(in_dir("some")), 0);
    EXPECT_EQ(none.size(), 2U) << "start and end";
    EXPECT_EQ(none.back().totals->filtered, witness.back().totals->produced);
    EXPECT_EQ(lines_of(read_file(in_dir("text"))).size(), witness.size());
}

TEST_F(Outputs, AFileIsRotatedAndLosesNothing) {
    const auto process =
        begin({"file:" + in_dir("events") + ",rotate-size=64K,keep=1000"}, {"--type", "ns.unshare"});
    static_cast<void>(run_helper({"storm:2:2000"}));
    process->signal(SIGTERM);
    EXPECT_EQ(process->wait(), 0) << process->errors();
    std::size_t files = 0;
    for (unsigned number = 1; std::filesystem::exists(in_dir("events." + std::to_string(number))); ++number)
        ++files;
    EXPECT_GT(files, 5U);
    std::string all;
    for (auto number = files; number > 0; --number) {
        const auto part = read_file(in_dir("events." + std::to_string(number)));
        EXPECT_LE(part.size(), 64U << 10U);
        EXPECT_TRUE(part.ends_with('\n'));
        all += part;
    }
    const auto records = check_stream(all + read_file(in_dir("events")), 0);
    EXPECT_GE(records.back().totals->delivered, 2000U);
}

TEST_F(Outputs, AFileThatWasMovedIsOpenedAnewOnHangup) {
    const auto process = begin({"file:" + in_dir("events")}, unshares);
    static_cast<void>(run_helper({"unshare:uts"}));
    ASSERT_TRUE(
        wait_until([&] { return read_file(in_dir("events")).find("ns.unshare") != std::string::npos; }));
    std::filesystem::rename(in_dir("events"), in_dir("moved"));
    process->signal(SIGHUP);
    ASSERT_TRUE(wait_until([&] {
        static_cast<void>(run_helper({"unshare:ipc"}));
        return std::filesystem::exists(in_dir("events"));
    }));
    process->signal(SIGTERM);
    EXPECT_EQ(process->wait(), 0);
    const auto records = check_stream(read_file(in_dir("moved")) + read_file(in_dir("events")), 0);
    EXPECT_GT(records.size(), 3U);
}

TEST_F(Outputs, AReaderThatGoesAwayAndComesBackMissesNothingThatIsNotCounted) {
    std::string text;
    SocketReader reader(in_dir("socket"), SOCK_DGRAM, appender(text));
    const auto process = begin({"unixgram:" + in_dir("socket") + ",queue=64K"}, unshares);
    static_cast<void>(run_helper({"storm:60:100"}));
    ASSERT_TRUE(wait_until([&] { return reader.records() > 10; }));
    reader.go();
    static_cast<void>(run_helper({"storm:60:2000"})); // more than the queue holds
    reader.come();
    static_cast<void>(run_helper({"unshare:uts"}));
    const auto before = reader.records();
    ASSERT_TRUE(wait_until([&] { return reader.records() > before; }));
    static_cast<void>(run_helper({"unshare:uts"}));
    process->signal(SIGTERM);
    EXPECT_EQ(process->wait(), 3) << "something was lost";
    reader.go();
    const auto records = check_stream(text, 3);
    const auto loss = std::ranges::find(records, "loss", &Record::event);
    ASSERT_NE(loss, records.end());
    EXPECT_EQ(loss->loss_by.at(0).cause, "sink_behind");
    EXPECT_EQ(loss->loss_by.at(0).event, "ns.unshare");
    const auto witness = check_stream(read_file(in_dir("witness")), 0);
    EXPECT_EQ(witness.back().totals->produced, records.back().totals->produced);
    EXPECT_EQ(witness.back().totals->lost, 0U) << "one output does not hold back another";
}

TEST_F(Outputs, AFullDiskIsSurvived) {
    if (!have_own_mounts()) LIVE_SKIP("no mount namespace of its own");
    const auto disk = in_dir("disk");
    std::filesystem::create_directories(disk);
    ASSERT_EQ(run({find_in_path("mount"), "-t", "tmpfs", "-o", "size=256k", "none", disk}).status, 0);
    const auto process = begin({"file:" + disk + "/events"}, unshares);
    static_cast<void>(run_helper({"storm:60:2000"})); // a megabyte
    ASSERT_TRUE(wait_until([&] { return read_file(disk + "/events").size() > 200'000; }));
    ASSERT_EQ(run({find_in_path("mount"), "-o", "remount,size=64m", disk}).status, 0);
    process->signal(SIGTERM);
    EXPECT_EQ(process->wait(), 0) << process->errors();
    const auto records = check_stream(read_file(disk + "/events"), 0);
    EXPECT_GE(records.back().totals->delivered, 2000U);
    EXPECT_EQ(run({find_in_path("umount"), disk}).status, 0);
}

TEST_F(Outputs, WhatIsWrongIsToldAtOnce) {
    const std::vector<std::pair<std::string, int>> wrong{{"fil:/tmp/x", 2},
                                                         {"file:relative", 2},
                                                         {"file", 2},
                                                         {"file:/tmp/x,keep=-1", 2},
                                                         {"stdout,rotate-size=1", 2},
                                                         {"stdout,filter=uid ! 0", 2},
                                                         {"file:/no/such/directory/file", 1}};
    for (const auto& [output, status] : wrong) {
        const auto done = nsscope({"events", "--output", output});
        EXPECT_EQ(done.status, status) << output << ": " << done.errors;
        EXPECT_FALSE(done.errors.empty()) << output;
    }
}

TEST_F(Outputs, AConfigurationIsCheckedToItsPlace) {
    const auto check = [&](const std::string& yaml) {
        std::ofstream(in_dir("config")) << yaml;
        return nsscope({"events", "--check", "--config", in_dir("config")});
    };
    EXPECT_EQ(check("type: [ns.setns, ns.unshare]\noutput:\n  - 'stdout,format=text'\n").status, 0);
    for (const auto& [yaml, place] :
         std::vector<std::pair<std::string, std::string>>{{"typ: [ns.setns]\n", ":1:1"},
                                                          {"pid: 1\ntype: ns.nothing\n", ":2:7"},
                                                          {"- a\n", ":1:1"},
                                                          {"type: [\n", ":2:1"}}) {
        const auto done = check(yaml);
        EXPECT_EQ(done.status, 2) << yaml;
        EXPECT_NE(done.errors.find(place), std::string::npos) << done.errors;
    }
    EXPECT_EQ(check("output: 'nowhere:/x'\n").status, 2);
    EXPECT_EQ(check("filter: 'uid ='\n").status, 2);
}

TEST_F(Outputs, OptionsComeFromAFileAndTheCommandLineGoesBefore) {
    std::ofstream(in_dir("config")) << "type: ns.setns\ncount: 1\noutput: 'file:" << in_dir("configured")
                                    << "'\n";
    Process process({program(), "events", "--config", in_dir("config"), "--type", "ns.unshare"});
    ASSERT_TRUE(wait_until([&] {
        return read_file(in_dir("configured")).find("start") != std::string::npos;
    })) << process.errors();
    static_cast<void>(run_helper({"unshare:uts"}));
    EXPECT_EQ(process.wait(), 0);
    const auto records = check_stream(read_file(in_dir("configured")), 0);
    EXPECT_EQ(records.at(1).event, "ns.unshare");
    EXPECT_EQ(records.size(), 3U);
}

} // namespace
} // namespace live
