#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sys/socket.h>
#include <thread>

#include "helper_run.hpp"
#include "live.hpp"
#include "process.hpp"
#include "socket_reader.hpp"

namespace live {
namespace {

/// Counts a stream as it comes, without keeping it.
class Tally {
  public:
    void add(std::string_view line) {
        const auto event = text_of(line, "\"event\":\"");
        if (std::stoull(std::string(text_of(line, "\"seq\":\""))) != ++seq_) ++gaps_;
        if ((seq_ == 1) != (event == "start") || has_ended_) ++gaps_;
        if (event == "loss") lost_ += number(line, "\"loss\":{\"count\":\"");
        if (event == "end") {
            has_ended_ = true;
            produced = number(line, "\"produced\":\"");
            delivered = number(line, "\"delivered\":\"");
            filtered = number(line, "\"filtered\":\"");
            lost = number(line, "\"lost\":\"");
        } else if (event != "start" && event != "reload" && event != "loss") {
            ++happened_;
        }
    }
    void check(const std::string& name) const {
        EXPECT_TRUE(has_ended_) << name;
        EXPECT_EQ(gaps_, 0U) << name;
        EXPECT_EQ(delivered, happened_) << name;
        EXPECT_EQ(lost, lost_) << name << ": what was told while it went on";
        EXPECT_EQ(produced, delivered + filtered + lost) << name;
    }
    std::uint64_t produced = 0, delivered = 0, filtered = 0, lost = 0; ///< as `end` has them

  private:
    [[nodiscard]] static std::string_view text_of(std::string_view line, std::string_view key) {
        const auto at = line.find(key);
        if (at == std::string_view::npos) return {};
        const auto begin = at + key.size();
        return line.substr(begin, line.find('"', begin) - begin);
    }
    [[nodiscard]] static std::uint64_t number(std::string_view line, std::string_view key) {
        return std::stoull(std::string(text_of(line, key)));
    }
    std::uint64_t seq_ = 0, happened_ = 0, lost_ = 0, gaps_ = 0;
    bool has_ended_ = false;
};

Tally tally_of(const std::string& path) {
    Tally tally;
    for (unsigned number = 1000; number > 0; --number) {
        std::ifstream part(path + "." + std::to_string(number));
        for (std::string line; std::getline(part, line);) tally.add(line);
    }
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) tally.add(line);
    return tally;
}

class Soak : public Live {
  protected:
    void SetUp() override {
        Live::SetUp();
        std::filesystem::create_directories(dir_.path());
    }
    [[nodiscard]] std::string in_dir(const std::string& name) const { return dir_.path() + "/" + name; }

    /// One of several configurations; those with a number for which there is an output that comes and goes have its name.
    void configure(unsigned number) {
        static const std::array<std::string, 3> types{
            "[ns.unshare, process.fork, process.exec, process.exit]", "ns.unshare",
            "[ns.unshare, ns.clone, process.exec]"};
        std::ofstream file(in_dir("config"));
        file << "ring-size: 64K\ntype: " << types.at(number % types.size()) << "\noutput:\n"
             << "  - 'file:" << in_dir("all") << ",rotate-size=16M,keep=1000,queue=256M'\n"
             << "  - 'unix:" << in_dir("stream") << ",queue=" << 64 + 64 * (number % 2) << "K'\n"
             << "  - 'unixgram:" << in_dir("datagrams") << ",queue=64K"
             << (number % 4 == 1 ? ",filter=event = ns.unshare" : "") << "'\n";
        if (number % 2 == 1) {
            extras_.push_back(in_dir("extra" + std::to_string(number)));
            file << "  - 'file:" << extras_.back() << "'\n";
        }
    }

    Scratch dir_{"soak"};
    std::vector<std::string> extras_;
};

/// What the program says at its end; no output but these two was ever behind.
std::string summary(const Tally& all, std::uint64_t by_outputs) {
    return std::to_string(all.produced) + " produced, " + std::to_string(all.delivered) + " delivered, " +
           std::to_string(all.filtered) + " filtered, " + std::to_string(all.lost) + " lost by the kernel, " +
           std::to_string(by_outputs) + " by outputs";
}

/// Ten seconds, or NSSCOPE_SOAK_SECONDS.
TEST_F(Soak, TheTotalsAddUpWhateverHappens) {
    const char* wanted = std::getenv("NSSCOPE_SOAK_SECONDS");
    const auto length = std::chrono::seconds(wanted != nullptr ? std::atoi(wanted) : is_brief() ? 4 : 10);
    Tally of_stream, of_datagrams;
    SocketReader stream(in_dir("stream"), SOCK_STREAM, [&](std::string_view line) { of_stream.add(line); });
    SocketReader datagrams(in_dir("datagrams"), SOCK_DGRAM,
                           [&](std::string_view line) { of_datagrams.add(line); });
    configure(0);
    Process process({program(), "events", "--config", in_dir("config")});
    ASSERT_TRUE(wait_until([&] { return read_file(in_dir("all")).find("\"start\"") != std::string::npos; }))
        << process.errors();

    unsigned reloads = 0;
    const auto end = std::chrono::steady_clock::now() + length;
    for (unsigned round = 1; std::chrono::steady_clock::now() < end; ++round) {
        if (round % 3 == 0) process.signal(SIGSTOP); // nobody reads the ring
        static_cast<void>(run_helper({"storm:60:1000"}));
        if (round % 3 == 0) process.signal(SIGCONT);
        static_cast<void>(run_helper({"churn:0.05"}));
        if (round % 4 == 1) stream.is_there() ? stream.go() : stream.come();
        if (round % 4 == 3) datagrams.is_there() ? datagrams.go() : datagrams.come();
        if (round % 2 == 0) {
            configure(++reloads);
            process.signal(SIGHUP);
        }
        std::this_thread::sleep_for(50ms);
    }
    stream.come();
    datagrams.come();
    process.signal(SIGTERM);
    EXPECT_EQ(process.wait(60s), 3) << process.errors();
    stream.go();
    datagrams.go();

    const auto all = tally_of(in_dir("all"));
    all.check("all");
    of_stream.check("stream");
    of_datagrams.check("datagrams");
    EXPECT_GT(all.lost, 0U) << "the ring was too small";
    EXPECT_GT(all.delivered, 0U);
    EXPECT_EQ(of_stream.produced, all.produced);
    EXPECT_EQ(of_datagrams.produced, all.produced);
    EXPECT_EQ(of_stream.filtered, all.filtered);
    const auto by_outputs = of_stream.lost + of_datagrams.lost - 2 * all.lost;
    for (const auto& extra : extras_) {
        if (!std::filesystem::exists(extra)) continue; // the next configuration came too soon
        tally_of(extra).check(extra);
    }
    EXPECT_NE(process.errors().find(summary(all, by_outputs)), std::string::npos)
        << summary(all, by_outputs) << '\n'
        << process.errors();
}

} // namespace
} // namespace live
