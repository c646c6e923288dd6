#include <fstream>
#include <map>
#include <regex>
#include <unistd.h>

#include "live.hpp"
#include "oracle.hpp"
#include "stream.hpp"

namespace live {
namespace {

/// What one call was, in words that both sides have: "unshare CLONE_NEWUTS = ok".
std::string call_text(const std::string& name, std::set<std::string> flags, const std::string& outcome) {
    auto text = name;
    for (const auto& flag : flags) text += ' ' + flag;
    return text + " = " + outcome;
}

/// The line of a call that another one came between: "PID unshare(... <unfinished ...>", "PID <... unshare resumed>...".
std::vector<std::string> whole_lines(std::istream& log) {
    static const std::regex resumed(R"(^(\d+) +<\.\.\. \w+ resumed>(.*)$)");
    std::vector<std::string> lines;
    std::map<std::string, std::string> begun; // by pid
    const std::string mark = " <unfinished ...>";
    for (std::string line; std::getline(log, line);) {
        std::smatch parts;
        if (line.ends_with(mark)) {
            begun[line.substr(0, line.find(' '))] = line.substr(0, line.size() - mark.size());
        } else if (std::regex_match(line, parts, resumed)) {
            lines.push_back(begun[parts[1]] + parts[2].str());
        } else {
            lines.push_back(line);
        }
    }
    return lines;
}

std::multiset<std::string> by_strace(const std::string& path) {
    static const std::regex call(R"(^\d+ +(unshare|setns|clone|clone3)\((.*)\) += (-?\d+)(?: (E\w+))?.*$)");
    static const std::regex flag("CLONE_NEW[A-Z]+");
    std::ifstream log(path);
    std::multiset<std::string> calls;
    for (const auto& line : whole_lines(log)) {
        std::smatch parts;
        if (!std::regex_match(line, parts, call)) continue;
        const auto arguments = parts[2].str();
        std::set<std::string> flags;
        for (std::sregex_iterator at(arguments.begin(), arguments.end(), flag), end; at != end; ++at)
            flags.insert(at->str());
        const auto name = parts[1].str();
        if (name.starts_with("clone") && flags.empty())
            continue; // births into the parent's namespaces are no events
        calls.insert(call_text(name, flags, parts[4].matched ? parts[4].str() : "ok"));
    }
    return calls;
}

std::multiset<std::string> by_nsscope(const std::vector<Record>& records) {
    std::multiset<std::string> calls;
    for (const auto& record : records) {
        const auto flags = record.syscall->flags.value_or(std::vector<std::string>{});
        if (record.event == "ns.clone" && flags.empty()) continue;
        calls.insert(call_text(record.syscall->name, {flags.begin(), flags.end()},
                               record.syscall->error.value_or("ok")));
    }
    return calls;
}

TEST(Strace, Agrees) {
    if (::geteuid() != 0) LIVE_SKIP("needs root");
    const auto strace = find_in_path("strace");
    if (strace.empty()) LIVE_SKIP("strace(1) is not installed");
    const Scratch scratch("strace");
    const auto& log = scratch.path();
    Watch stream;
    const auto done = run({strace,
                           "-f",
                           "-e",
                           "trace=unshare,setns,clone,clone3,fork,vfork",
                           "-o",
                           log,
                           helper(),
                           "unshare:uts",
                           "unshare:net,ipc",
                           "unshare:0",
                           "unshare:uts,0x1",
                           "clone:uts,ipc",
                           "clone3:mnt,pid",
                           "clone3:user,fs",
                           "peer:uts,net",
                           "setns:uts",
                           "setns:net:any",
                           "setns-pidfd:uts,net",
                           "bad-setns:fd",
                           "bad-setns:kind",
                           "thread:unshare:cgroup+clone:net",
                           "unshare:pid",
                           "fork:unshare:mnt+clone3:uts",
                           "vfork",
                           "uid:65534:uts",
                           "unshare:uts",
                           "clone:ipc"});
    if (done.errors.find("ptrace") != std::string::npos) LIVE_SKIP("strace may not trace: " + done.errors);
    EXPECT_EQ(done.status, 0) << done.errors;
    std::set<std::uint32_t> pids;
    for (const auto& step : parse_steps(done.output)) {
        pids.insert(step.who.pid);
        if (step.child) pids.insert(step.child->who.pid);
    }
    const auto& records = stream.finish();
    const auto theirs = by_strace(log);
    EXPECT_GT(theirs.size(), 15U);
    EXPECT_EQ(by_nsscope(of_processes(records, pids)), theirs);
}

/// Programs that are not ours.
TEST(UtilLinux, IsTold) {
    if (::geteuid() != 0) LIVE_SKIP("needs root");
    const auto unshare = find_in_path("unshare"), nsenter = find_in_path("nsenter");
    if (unshare.empty() || nsenter.empty()) LIVE_SKIP("unshare(1) and nsenter(1) are not installed");
    Helper target({"unshare:uts,ipc", "hold"});
    ASSERT_TRUE(target.wait_for("hold"));
    Watch stream;
    Process first({unshare, "--uts", "--pid", "--fork", "--", unshare, "--net", "true"});
    first.end_input();
    EXPECT_EQ(first.wait(), 0) << first.errors();
    Process second({nsenter, "--uts", "--ipc", "--target", std::to_string(target.pid()), "true"});
    second.end_input();
    EXPECT_EQ(second.wait(), 0) << second.errors();
    const auto& records = stream.finish();
    std::set<std::uint32_t> pids{static_cast<std::uint32_t>(first.pid())};
    for (const auto& record : records)
        if (record.child && record.child->ppid == static_cast<std::uint32_t>(first.pid()))
            pids.insert(record.child->pid);
    EXPECT_EQ(summary(of_processes(records, pids)),
              (std::vector<std::string>{"ns.unshare uts pid+", "ns.clone pid", "ns.unshare net"}));
    std::multiset<std::string> entered;
    for (const auto& record : of_processes(records, {static_cast<std::uint32_t>(second.pid())}))
        for (const auto& change : record.namespaces) entered.insert(record.event + ' ' + change.type);
    EXPECT_EQ(entered, (std::multiset<std::string>{"ns.setns ipc", "ns.setns uts"}));
    (void)target.finish();
}

} // namespace
} // namespace live
