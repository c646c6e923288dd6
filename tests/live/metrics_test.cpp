#include <csignal>
#include <sstream>

#include "helper_run.hpp"
#include "http.hpp"
#include "live.hpp"
#include "process.hpp"
#include "stream.hpp"

namespace live {
namespace {

class MetricsOf : public Live {};

std::string scrape(std::uint16_t port) { return http_get(port, "/metrics"); }

/// The value of a metric; -1: it is not there.
double value_of(const std::string& text, const std::string& metric) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);)
        if (line.starts_with(metric + " ")) return std::stod(line.substr(metric.size() + 1));
    return -1;
}

TEST_F(MetricsOf, AStreamAreWhatItsTotalsSay) {
    const Scratch file("metrics");
    const auto port = free_port();
    Process process({program(), "events", "--type", "ns.unshare", "--metrics", std::to_string(port),
                     "--output", "file:" + file.path()});
    ASSERT_TRUE(wait_until([&] { return read_file(file.path()).find("\"start\"") != std::string::npos; }))
        << process.errors();
    static_cast<void>(run_helper({"storm:60:500"}));
    std::string text;
    const std::string unshares = "nsscope_events_total{event=\"ns.unshare\"}";
    EXPECT_TRUE(wait_until([&] {
        text = scrape(port);
        return value_of(text, unshares) >= 500;
    })) << text;
    process.signal(SIGTERM);
    EXPECT_EQ(process.wait(), 0) << process.errors();
    const auto records = check_stream(read_file(file.path()), 0);
    EXPECT_LE(value_of(text, unshares), static_cast<double>(records.back().totals->delivered));
    EXPECT_EQ(value_of(text, "nsscope_event_latency_seconds_count"), value_of(text, unshares));
    EXPECT_EQ(value_of(text, "nsscope_output_lost_total{output=\"file:" + file.path() + "\"}"), 0);
    EXPECT_NE(text.find("nsscope_build_info{version="), std::string::npos);
    EXPECT_GE(value_of(text, "nsscope_output_queue_records{output=\"file:" + file.path() + "\"}"), 0);
    EXPECT_GE(value_of(text, "nsscope_namespaces{type=\"uts\"}"), 1);
    EXPECT_GE(value_of(text, "nsscope_namespace_processes{type=\"pid\",initial=\"true\"}"), 1);
    EXPECT_GE(value_of(text, "nsscope_containers"), 0);
}

TEST_F(MetricsOf, NamespacesAreCountedAsTheyAreNow) {
    const Scratch file("metrics");
    const auto port = free_port();
    Process process({program(), "events", "--type", "ns.unshare", "--metrics", std::to_string(port),
                     "--output", "file:" + file.path()});
    ASSERT_TRUE(wait_until([&] { return read_file(file.path()).find("\"start\"") != std::string::npos; }));
    const std::string others = "nsscope_namespace_processes{type=\"time\",initial=\"false\"}";
    const auto before = value_of(scrape(port), others);
    EXPECT_GE(before, 0);
    // nobody else here makes one of these; before 6.3 not the one who execs is in it, but its child
    Process holder({find_in_path("unshare"), "--time", "--fork", "--kill-child", "sleep", "100"});
    EXPECT_TRUE(wait_until([&] { return value_of(scrape(port), others) > before; }));
    process.signal(SIGTERM);
    EXPECT_EQ(process.wait(), 0);
}

TEST_F(MetricsOf, AnAddressThatIsNoneIsRefused) {
    for (const std::string& where :
         std::vector<std::string>{"", "x", "0", ":80", "65536", "localhost:80", "[::1]:80", "1.2.3.4,80:80"})
        EXPECT_EQ(nsscope({"events", "--metrics", where}).status, 2) << where;
}

} // namespace
} // namespace live
