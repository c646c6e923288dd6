#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>

#include "helper_run.hpp"
#include "http.hpp"
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
        static_cast<void>(run_helper({"unshare:uts", "storm:60:300"}));
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

/// The value that Prometheus has for a query, once it has one.
std::optional<double> ask_prometheus(std::uint16_t port, const std::string& query) {
    const auto answer = http_get(port, "/api/v1/query?query=" + query);
    const auto body = answer.find("\r\n\r\n");
    rapidjson::Document document;
    if (body == std::string::npos || document.Parse(answer.c_str() + body + 4).HasParseError())
        return std::nullopt;
    if (!document.IsObject() || json::text(document, "status") != "success") return std::nullopt;
    const auto& result = json::array(json::at(document, "data"), "result");
    if (result.Size() != 1) return std::nullopt;
    return std::stod(json::array(result[0], "value")[1].GetString());
}

TEST_F(Clients, PrometheusScrapesTheMetrics) {
    const auto prometheus = find_in_path("prometheus");
    if (prometheus.empty()) LIVE_SKIP("prometheus is not installed");
    const auto ours = free_port();
    Helper helper({"hold", "storm:60:700", "hold"});
    ASSERT_TRUE(helper.wait_for("hold"));
    Process process({program(), "events", "--type", "ns.unshare", "--pid", std::to_string(helper.pid()),
                     "--metrics", std::to_string(ours), "--output", "file:" + in_dir("witness")});
    ASSERT_TRUE(wait_until([&] {
        return read_file(in_dir("witness")).find("\"start\"") != std::string::npos;
    })) << process.errors();
    std::ofstream(in_dir("prometheus.yml"))
        << "global: {scrape_interval: 1s}\n"
        << "scrape_configs:\n"
        << "  - job_name: nsscope\n"
        << "    static_configs: [{targets: ['127.0.0.1:" << ours << "']}]\n";
    const auto its = free_port();
    Process server({prometheus, "--config.file=" + in_dir("prometheus.yml"),
                    "--storage.tsdb.path=" + in_dir("tsdb"),
                    "--web.listen-address=127.0.0.1:" + std::to_string(its)});
    helper.go_on();
    ASSERT_TRUE(helper.wait_for("hold", 2));
    const auto becomes = [&](const std::string& query, double value) {
        return wait_until([&] { return ask_prometheus(its, query) == value; }, 2 * patience);
    };
    EXPECT_TRUE(becomes("nsscope_events_total%7Bevent=%22ns.unshare%22%7D", 700)) << server.errors();
    EXPECT_TRUE(becomes("nsscope_event_latency_seconds_count", 700));
    EXPECT_TRUE(becomes("sum(nsscope_events_lost_total)%20or%20vector(0)", 0));
    EXPECT_TRUE(becomes("count(nsscope_namespaces)", 8)) << "a kind each";
    EXPECT_TRUE(becomes("nsscope_build_info", 1));
    EXPECT_TRUE(becomes("up", 1));
    helper.go_on();
    static_cast<void>(helper.finish());
    process.signal(SIGTERM);
    EXPECT_EQ(process.wait(), 0) << process.errors();
    EXPECT_EQ(check_stream(read_file(in_dir("witness")), 0).back().totals->delivered, 700U);
    server.signal(SIGTERM);
    EXPECT_EQ(server.wait(), 0);
}

} // namespace
} // namespace live
