#include <csignal>
#include <unistd.h>

#include "live.hpp"
#include "oracle.hpp"
#include "stream.hpp"

namespace live {
namespace {

using Lines = std::vector<std::string>;

/// process.fork, process.exec and process.exit.
class Lifecycle : public Live {
  protected:
    static std::string exit_text(const Record& record) {
        if (record.exit_code && !record.exit_signal) return "code " + std::to_string(*record.exit_code);
        if (!record.exit_code && record.exit_signal) return "signal " + std::to_string(*record.exit_signal);
        return "neither or both";
    }
    /// What this process, its threads and its children did, in the order of the stream.
    static Lines story(const std::vector<Record>& records, std::uint32_t pid) {
        Lines lines;
        for (const auto& record : records) {
            if (!record.process) continue;
            const auto& task = *record.process;
            const bool is_own = task.pid == pid;
            if (!is_own && task.ppid != pid && !(record.child && record.child->pid == pid)) continue;
            const std::string who = !is_own ? "child" : task.tid == task.pid ? "it" : "thread";
            auto line = who + ' ' + record.event;
            if (record.event == "process.fork")
                line += record.child->tid == record.child->pid ? " process" : " thread";
            if (record.event == "process.exit") line += ' ' + exit_text(record);
            lines.push_back(line);
        }
        return lines;
    }
};

TEST_F(Lifecycle, OfAFamily) {
    Stream stream({"--type", "all"});
    Helper helper({"fork:exit:7", "clone:uts:die:9", "thread:view", "vfork", "exec:exit:3"});
    const auto steps = helper.finish(3);
    const auto& records = stream.finish();
    auto told = story(records, static_cast<std::uint32_t>(helper.pid()));
    // Who joined the thread may run on before do_exit() comes to sched_process_exit.
    const std::string of_thread = "thread process.exit code 0";
    EXPECT_EQ(std::erase(told, of_thread), 1U);
    EXPECT_EQ(told, (Lines{"child process.fork process", // the test made it
                           "it process.exec", "it process.fork process", "child process.exit code 7",
                           "it ns.clone", "it process.fork process", "child process.exit signal 9",
                           "it process.fork thread", "it process.fork process", "child process.exit code 0",
                           "it process.exec", "it process.exit code 3"}));
}

TEST_F(Lifecycle, TellsEachTaskOnce) {
    Stream stream({"--type", "process.fork,process.exec,process.exit"});
    const auto done = run({helper(), is_brief() ? "churn:0.1" : "churn:1"});
    EXPECT_EQ(done.status, 0) << done.errors;
    const auto steps = parse_steps(done.output);
    const auto pid = steps.front().who.pid;
    std::map<std::uint32_t, std::map<std::string, int>> told; // by child
    for (const auto& record : stream.finish()) {
        if (!record.process) continue;
        if (record.event == "process.fork" && record.process->pid == pid) told[record.child->pid]["fork"]++;
        if (record.event != "process.fork" && record.process->ppid == pid)
            told[record.process->pid][record.event.substr(8)]++;
    }
    EXPECT_EQ(told.size(), steps.back().count);
    std::size_t executed = 0;
    for (auto& [child, what] : told) {
        EXPECT_EQ(what["fork"], 1) << child;
        EXPECT_EQ(what["exit"], 1) << child;
        executed += static_cast<std::size_t>(what["exec"]);
    }
    EXPECT_EQ(executed, (steps.back().count + 3) / 4);
}

TEST_F(Lifecycle, OfAnExecIsTheNewProgram) {
    Stream stream({"--type", "process.exec"});
    Helper helper({"hold", "thread:exec:view"});
    ASSERT_TRUE(helper.wait_for("hold"));
    helper.go_on();
    const auto steps = helper.finish();
    const auto told = of_processes(stream.finish(), callers(steps));
    ASSERT_EQ(told.size(), 2U);
    for (const auto& record : told) {
        EXPECT_EQ(record.process->exe, live::helper());
        EXPECT_EQ(record.process->tid, record.process->pid); // the thread took over
    }
    EXPECT_EQ(told[0].process->comm, "nshelper");
    EXPECT_EQ(told[1].process->comm, "exe"); // it was run as /proc/self/exe
}

TEST_F(Lifecycle, IsSilentUnlessAskedFor) {
    Watch stream;
    const auto steps = run_helper({"fork", "thread:view", "exec:view"});
    EXPECT_TRUE(of_processes(stream.finish(), callers(steps)).empty());
    EXPECT_FALSE(steps.empty());
}

TEST_F(Lifecycle, OfAThreadThatLeavesItsProcessBehind) {
    Stream stream({"--type", "process.fork,process.exit"});
    Helper helper({"thread:exit:5"}); // ends the whole process
    const auto steps = helper.finish(5);
    std::size_t exits = 0;
    for (const auto& record : of_processes(stream.finish(), callers(steps)))
        if (record.event == "process.exit") exits++;
    EXPECT_EQ(exits, 2U); // both threads, the first by the other's exit_group(2)
}

} // namespace
} // namespace live
