#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sched.h>
#include <sys/resource.h>

#include "helper_run.hpp"
#include "live.hpp"
#include "process.hpp"
#include "stream.hpp"

namespace live {
namespace {

/// `nsscope events` with a configuration that changes while it runs.
class Reload : public Live {
  protected:
    void SetUp() override {
        Live::SetUp();
        std::filesystem::create_directories(dir_.path());
    }
    [[nodiscard]] std::string in_dir(const std::string& name) const { return dir_.path() + "/" + name; }
    [[nodiscard]] std::string text_of(const std::string& name) const { return read_file(in_dir(name)); }
    [[nodiscard]] static std::size_t times(std::string_view text, std::string_view wanted) {
        std::size_t count = 0;
        for (auto at = text.find(wanted); at != std::string_view::npos; at = text.find(wanted, at + 1))
            ++count;
        return count;
    }
    void configure(const std::string& yaml) const { std::ofstream(in_dir("config")) << yaml; }

    void begin(const std::string& yaml, const std::string& output, std::vector<std::string> options = {}) {
        configure(yaml);
        options.insert(options.begin(), {program(), "events", "--config", in_dir("config")});
        process = std::make_unique<Process>(options);
        ASSERT_TRUE(wait_until([&] { return text_of(output).find("\"start\"") != std::string::npos; }))
            << process->errors();
    }
    /// Waits until an output was told of the change.
    void reload(const std::string& yaml, const std::string& output) const {
        const auto count = [&] { return times(text_of(output), "\"event\":\"reload\""); };
        const auto before = count();
        configure(yaml);
        process->signal(SIGHUP);
        ASSERT_TRUE(wait_until([&] { return count() > before; })) << process->errors();
    }
    [[nodiscard]] int end() const {
        process->signal(SIGTERM);
        return process->wait().value_or(-1);
    }
    [[nodiscard]] static std::size_t count_of(const std::vector<Record>& records, std::string_view event,
                                              std::uint32_t pid) {
        return static_cast<std::size_t>(std::ranges::count_if(records, [&](const Record& record) {
            return record.event == event && record.process && record.process->pid == pid;
        }));
    }

    Scratch dir_{"reload"};
    std::unique_ptr<Process> process;
};

TEST_F(Reload, KindsComeAndGoAndTheTotalsAddUp) {
    const auto output = "output: 'file:" + in_dir("events") + "'\n";
    begin("type: ns.unshare\n" + output, "events");
    Helper helper({"hold", "unshare:uts", "fork", "hold", "unshare:ipc", "fork", "hold", "unshare:uts"});
    ASSERT_TRUE(helper.wait_for("hold"));
    helper.go_on();
    ASSERT_TRUE(helper.wait_for("hold", 2));
    reload("type: [ns.unshare, process.fork]\n" + output, "events");
    helper.go_on();
    ASSERT_TRUE(helper.wait_for("hold", 3));
    ASSERT_TRUE(wait_until(
        [&] { return text_of("events").find("\"event\":\"process.fork\"") != std::string::npos; }));
    reload("type: process.fork\n" + output, "events");
    const auto pid = static_cast<std::uint32_t>(helper.pid());
    helper.go_on();
    static_cast<void>(helper.finish());
    EXPECT_EQ(end(), 0) << process->errors();
    const auto records = check_stream(text_of("events"), 0);
    EXPECT_EQ(count_of(records, "ns.unshare", pid), 2U) << "the third came when nobody asked for it";
    EXPECT_GE(count_of(records, "process.fork", pid), 1U);
    const auto first_fork = std::ranges::find(records, "process.fork", &Record::event);
    const auto first_reload = std::ranges::find(records, "reload", &Record::event);
    EXPECT_LT(first_reload, first_fork);
}

/// Other functions are hooked by then, or are not.
class ReloadClone : public Reload {};

TEST_F(ReloadClone, ThatFailsIsToldOnceItIsAskedFor) {
    const auto output = "output: 'file:" + in_dir("events") + "'\n";
    const auto told = [&] { return times(text_of("events"), "\"event\":\"ns.clone\""); };
    begin("type: ns.unshare\n" + output, "events");
    static_cast<void>(run_helper({"clone3:user,fs"}));
    reload("type: ns.clone\n" + output, "events");
    const auto steps = run_helper({"clone3:user,fs", "clone:user,fs"});
    EXPECT_TRUE(wait_until([&] { return told() >= 2; })) << text_of("events");
    EXPECT_EQ(end(), 0) << process->errors();
    const auto records = check_stream(text_of("events"), 0);
    EXPECT_EQ(count_of(records, "ns.clone", steps.front().who.pid), 2U);
}

TEST_F(Reload, NothingIsLostByIt) {
    Helper helper({"hold", "storm:100:" + std::to_string(often(20000))});
    ASSERT_TRUE(helper.wait_for("hold"));
    const auto output = "output: 'file:" + in_dir("events") + "'\n";
    const auto pid = std::to_string(helper.pid());
    const std::vector<std::string> ways{
        "type: ns.unshare\npid: " + pid + "\n", "type: ns.unshare\nfilter: 'pid = " + pid + "'\n",
        "type: ns.unshare\nuid: 0\n", "type: ns.unshare\nns-type: uts\nfilter: 'pid = " + pid + "'\n"};
    begin(ways[0] + output, "events");
    helper.go_on();
    for (std::size_t i = 1; i <= often(20); ++i) reload(ways[i % ways.size()] + output, "events");
    static_cast<void>(helper.finish());
    EXPECT_EQ(end(), 0) << process->errors();
    const auto records = check_stream(text_of("events"), 0);
    EXPECT_EQ(count_of(records, "ns.unshare", static_cast<std::uint32_t>(helper.pid())), often(20000));
}

TEST_F(Reload, OneThatIsBadIsToldAndChangesNothing) {
    const auto output = "output: 'file:" + in_dir("events") + "'\n";
    begin("type: ns.unshare\n" + output, "events");
    const std::vector<std::pair<std::string, std::string>> bad{
        {"typ: ns.setns\n" + output, ":1:1"},
        {"type: ns.nothing\n" + output, ":1:7"},
        {"type: ns.setns\noutput: 'file:/no/such/directory/file'\n", "cannot open"},
        {"type: ns.setns\noutput: 'nowhere:/x'\n", "no kind"},
        {"type: ns.setns\nfilter: 'uid ='\n" + output, "filter"},
        {"type: sysctl.write\n" + output, "guard"},
        {"type: [\n", ":2:1"}};
    std::size_t told = 0;
    for (const auto& [yaml, why] : bad) {
        configure(yaml);
        process->signal(SIGHUP);
        ++told;
        ASSERT_TRUE(wait_until([&] {
            const auto lines = lines_of(process->errors());
            return static_cast<std::size_t>(std::ranges::count_if(lines, [](const auto& line) {
                       return line.find("stays as it was") != std::string::npos;
                   })) >= told;
        })) << yaml;
        EXPECT_NE(process->errors().find(why), std::string::npos) << process->errors();
    }
    const auto steps = run_helper({"unshare:uts"});
    EXPECT_EQ(end(), 0);
    const auto records = check_stream(text_of("events"), 0);
    EXPECT_EQ(of_processes(records, callers(steps)).size(), 1U) << "as before";
    EXPECT_EQ(std::ranges::count(records, "reload", &Record::event), 0);
}

TEST_F(Reload, OutputsComeGoAndStay) {
    const auto with = [&](const std::vector<std::string>& names) {
        std::string yaml = "type: ns.unshare\noutput:\n";
        for (const auto& name : names) yaml += "  - 'file:" + in_dir(name) + "'\n";
        return yaml;
    };
    begin(with({"stays", "goes"}), "goes");
    static_cast<void>(run_helper({"unshare:uts"}));
    // what still waits in the ring when the configuration changes goes by the next one
    ASSERT_TRUE(
        wait_until([&] { return text_of("goes").find("\"event\":\"ns.unshare\"") != std::string::npos; }));
    reload(with({"comes", "stays"}), "stays");
    static_cast<void>(run_helper({"unshare:ipc"}));
    EXPECT_EQ(end(), 0) << process->errors();
    const auto stays = check_stream(text_of("stays"), 0), goes = check_stream(text_of("goes"), 0),
               comes = check_stream(text_of("comes"), 0);
    EXPECT_EQ(goes.back().totals->delivered + comes.back().totals->delivered, stays.back().totals->delivered);
    EXPECT_GE(goes.back().totals->delivered, 1U);
    EXPECT_GE(comes.back().totals->delivered, 1U);
}

TEST_F(Reload, AnOutputThatStaysTakesItsNewOptions) {
    const auto output = [&](const std::string& options) {
        return "type: ns.unshare\noutput: ['file:" + in_dir("all") + "', 'file:" + in_dir("events") +
               options + "']\n";
    };
    // what still waits in the ring when the configuration changes goes by the next one
    const auto storm = [&](std::size_t so_far) {
        static_cast<void>(run_helper({"storm:60:300"}));
        ASSERT_TRUE(wait_until([&] { return times(text_of("all"), "\"event\":\"ns.unshare\"") >= so_far; }));
    };
    begin(output(""), "events");
    storm(300);
    reload(output(",rotate-size=64K,keep=1000,filter=pid = 1"), "events");
    storm(600);
    reload(output(",rotate-size=64K,keep=1000"), "events");
    storm(900);
    EXPECT_EQ(end(), 0) << process->errors();
    std::string all;
    std::size_t files = 0;
    while (std::filesystem::exists(in_dir("events." + std::to_string(files + 1)))) ++files;
    EXPECT_GE(files, 1U);
    for (auto number = files; number > 0; --number) all += text_of("events." + std::to_string(number));
    const auto records = check_stream(all + text_of("events"), 0);
    EXPECT_GE(records.back().totals->delivered, 600U);
    EXPECT_GE(records.back().totals->filtered, 300U);
}

TEST_F(Reload, AnOutputThatComesLateGetsThePicture) {
    const auto with = [&](const std::vector<std::string>& names) {
        std::string yaml = "snapshot: true\noutput:\n";
        for (const auto& name : names) yaml += "  - 'file:" + in_dir(name) + "'\n";
        return yaml;
    };
    begin(with({"first"}), "first");
    ASSERT_TRUE(wait_until([&] { return text_of("first").find("\"sync\"") != std::string::npos; }));
    reload(with({"first", "late"}), "first");
    ASSERT_TRUE(wait_until([&] { return text_of("late").find("\"sync\"") != std::string::npos; }));
    EXPECT_EQ(end(), 0) << process->errors();
    const auto first = check_stream(text_of("first"), 0), late = check_stream(text_of("late"), 0);
    const auto exists = [](const std::vector<Record>& records) {
        return std::ranges::count(records, "ns.exists", &Record::event);
    };
    EXPECT_GT(exists(late), 7);
    const auto sync = std::ranges::find(late, "sync", &Record::event);
    EXPECT_EQ(sync->synced, exists(late));
    EXPECT_EQ(std::ranges::count(first, "sync", &Record::event), 1) << "who has one gets no other";
}

TEST_F(Reload, TheCommandLineStaysAsItWas) {
    const auto output = "output: 'file:" + in_dir("events") + "'\n";
    begin("type: ns.setns\n" + output, "events", {"--type", "ns.unshare"});
    reload("type: ns.clone\nring-size: 64K\n" + output, "events");
    EXPECT_NE(process->errors().find("ring-size stays as it was"), std::string::npos) << process->errors();
    const auto steps = run_helper({"unshare:uts"});
    EXPECT_EQ(end(), 0);
    EXPECT_EQ(of_processes(check_stream(text_of("events"), 0), callers(steps)).size(), 1U);
}

/// What runs beside the reader of the ring has not its priority: also what was begun later.
TEST_F(Reload, OnlyTheReaderOfTheRingGoesFirst) {
    const auto output = "output: ['file:" + in_dir("events") + "', 'file:" + in_dir("other") + "']\n";
    begin("type: ns.unshare\n" + output, "events");
    reload("type: ns.unshare\noutput: ['file:" + in_dir("events") + "', 'file:" + in_dir("third") + "']\n",
           "events");
    std::size_t threads = 0, first = 0;
    const auto tasks = "/proc/" + std::to_string(process->pid()) + "/task";
    for (const auto& task : std::filesystem::directory_iterator(tasks)) {
        const auto tid = std::stoi(task.path().filename());
        const int policy = ::sched_getscheduler(tid);
        if (policy < 0) continue; // that of the output that is no more has just ended
        ++threads;
        if (policy == SCHED_OTHER) continue;
        ++first;
        EXPECT_EQ(policy, SCHED_OTHER | SCHED_RESET_ON_FORK) << "it hurries only when its ring fills up";
        EXPECT_EQ(::getpriority(PRIO_PROCESS, static_cast<id_t>(tid)), -20);
        EXPECT_EQ(tid, process->pid());
    }
    EXPECT_GE(threads, 3U);
    EXPECT_EQ(first, 1U) << "the test runs as root, so it may";
    EXPECT_EQ(end(), 0);
}

} // namespace
} // namespace live
