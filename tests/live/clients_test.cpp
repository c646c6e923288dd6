#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>

#include "helper_run.hpp"
#include "json.hpp"
#include "live.hpp"
#include "process.hpp"
#include "stream.hpp"

namespace live {
namespace {

/// Programs that others use to take in what nsscope writes: what went in comes out, count for count.
class Clients : public Live {
  protected:
    void SetUp() override {
        Live::SetUp();
        std::filesystem::create_directories(dir_.path());
    }
    [[nodiscard]] std::string in_dir(const std::string& name) const { return dir_.path() + "/" + name; }
    /// Runs nsscope with this output, lets something happen, and returns the stream as a file beside it has it.
    [[nodiscard]] std::vector<Record> stream_to(const std::string& output) const {
        Process process({program(), "events", "--type", "ns.unshare", "--output", output, "--output",
                         "file:" + in_dir("witness")});
        EXPECT_TRUE(wait_until([&] {
            return read_file(in_dir("witness")).find("\"start\"") != std::string::npos;
        })) << process.errors();
        static_cast<void>(run_helper({"unshare:uts", "storm:1:300"}));
        process.signal(SIGTERM);
        EXPECT_EQ(process.wait(), 0) << process.errors();
        return check_stream(read_file(in_dir("witness")), 0);
    }
    Scratch dir_{"clients"};
};

TEST_F(Clients, Jq) {
    if (find_in_path("jq").empty()) LIVE_SKIP("jq is not installed");
    const auto records = stream_to("file:" + in_dir("events"));
    const auto done = run({find_in_path("jq"), "-s",
                           "[.[]|select(.event==\"ns.unshare\")|.process.pid]|length", in_dir("events")});
    EXPECT_EQ(done.status, 0) << done.errors;
    EXPECT_EQ(done.output, std::to_string(records.back().totals->delivered) + "\n");
}

TEST_F(Clients, RsyslogTakesTheRecordsApart) {
    const std::string rsyslogd = "/usr/sbin/rsyslogd";
    if (!std::filesystem::exists(rsyslogd)) LIVE_SKIP("rsyslog is not installed");
    std::ofstream(in_dir("rsyslog.conf"))
        << "global(workDirectory=\"" << dir_.path() << "\" maxMessageSize=\"256k\")\n"
        << "module(load=\"imuxsock\" SysSock.Use=\"off\")\n"
        << "module(load=\"mmjsonparse\")\n"
        << "input(type=\"imuxsock\" Socket=\"" << in_dir("log")
        << "\" useSpecialParser=\"off\" parseHostname=\"on\""
        << " ruleset=\"all\" RateLimit.Interval=\"0\")\n"
        << "template(name=\"out\" type=\"string\" string=\"%$!event% %$!seq%\\n\")\n"
        << "ruleset(name=\"all\") { action(type=\"mmjsonparse\") action(type=\"omfile\" file=\""
        << in_dir("taken") << "\" template=\"out\") }\n";
    Process daemon({rsyslogd, "-n", "-f", in_dir("rsyslog.conf"), "-i", in_dir("pid")});
    ASSERT_TRUE(wait_until([&] { return std::filesystem::exists(in_dir("log")); })) << daemon.errors();
    const auto records = stream_to("syslog:" + in_dir("log"));
    const auto taken = [&] { return lines_of(read_file(in_dir("taken"))); };
    EXPECT_TRUE(wait_until([&] { return taken().size() >= records.size(); }));
    daemon.signal(SIGTERM);
    static_cast<void>(daemon.wait());
    std::vector<std::string> expected;
    for (const auto& record : records) expected.push_back(record.event + " " + std::to_string(record.seq));
    EXPECT_EQ(taken(), expected);
}

TEST_F(Clients, TheJournal) {
    const std::string journald = "/lib/systemd/systemd-journald";
    if (!std::filesystem::exists(journald) || find_in_path("journalctl").empty())
        LIVE_SKIP("systemd's journal is not installed");
    if (!have_own_mounts()) LIVE_SKIP("no mount namespace of its own");
    // a journal of our own: its sockets are where ours are looked for
    ASSERT_EQ(run({find_in_path("mount"), "-t", "tmpfs", "none", "/run"}).status, 0);
    std::filesystem::create_directories("/run/systemd/journal");
    std::filesystem::create_directories("/run/log/journal");
    {
        Process daemon({journald});
        ASSERT_TRUE(wait_until([&] { return std::filesystem::exists("/run/systemd/journal/socket"); }))
            << daemon.errors();
        const auto records = stream_to("journald");
        const auto entries = [&] {
            return lines_of(
                run({find_in_path("journalctl"), "-D", "/run/log/journal", "-o", "json", "-t", "nsscope"})
                    .output);
        };
        EXPECT_TRUE(wait_until([&] { return entries().size() >= records.size(); }));
        std::vector<std::string> seen, expected;
        for (const auto& line : entries()) {
            rapidjson::Document entry;
            entry.Parse(line.data(), line.size());
            ASSERT_FALSE(entry.HasParseError()) << line;
            const auto record = parse_record(json::text(entry, "MESSAGE"));
            seen.push_back(json::text(entry, "NSSCOPE_EVENT") + " " + std::to_string(record.seq));
        }
        for (const auto& record : records)
            expected.push_back((record.is_happening() ? record.event : "nsscope") + " " +
                               std::to_string(record.seq));
        EXPECT_EQ(seen, expected);
        daemon.signal(SIGTERM);
        static_cast<void>(daemon.wait());
    }
    EXPECT_EQ(run({find_in_path("umount"), "-l", "/run"}).status, 0);
}

} // namespace
} // namespace live
