#include <csignal>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

#include "cgroup_dir.hpp"
#include "live.hpp"
#include "oracle.hpp"
#include "stream.hpp"

namespace live {
namespace {

using Lines = std::vector<std::string>;

/// What is kept out of the stream, and that it is counted.
class Filter : public Live {};

TEST_F(Filter, ByProcess) {
    Helper chosen({"hold", "unshare:uts", "clone3:ipc:unshare:net", "thread:unshare:ipc"});
    ASSERT_TRUE(chosen.wait_for("hold"));
    Stream stream({"--pid", std::to_string(chosen.pid()), "--type", "ns.unshare,ns.clone,ns.setns"});
    (void)run_helper({"unshare:uts", "clone3:uts"});
    chosen.go_on();
    auto steps = chosen.finish();
    const auto& records = stream.finish();
    // what its child does is the child's
    std::erase_if(steps,
                  [&](const Step& step) { return step.who.pid != static_cast<std::uint32_t>(chosen.pid()); });
    EXPECT_EQ(summary(expect_told(steps, records)),
              (Lines{"ns.unshare uts", "ns.clone ipc", "ns.unshare ipc"}));
    EXPECT_EQ(stream.totals().delivered, 3U);
    EXPECT_GE(stream.totals().filtered, 3U);
}

TEST_F(Filter, ByProcessTellsOfItsBirth) {
    Helper parent({"hold", "clone3:uts"});
    ASSERT_TRUE(parent.wait_for("hold"));
    Stream stream({"--type", "process.fork", "--pid", std::to_string(::getpid())});
    parent.go_on();
    (void)parent.finish();
    const auto steps = run_helper({"view"});
    std::vector<std::uint32_t> children;
    for (const auto& record : stream.finish()) {
        if (!record.is_happening()) continue;
        EXPECT_EQ(record.process->pid, static_cast<std::uint32_t>(::getpid())) << record.line;
        if (record.child->pid == record.child->tid)
            children.push_back(record.child->pid); // else our own threads
    }
    EXPECT_EQ(children, std::vector{steps.front().who.pid});
}

TEST_F(Filter, ByName) {
    Stream stream({"--comm", "chosen one"});
    const auto steps =
        run_helper({"unshare:uts", "comm:chosen one", "unshare:ipc", "comm:chosen two", "unshare:net"});
    EXPECT_EQ(summary(of_processes(stream.finish(), callers(steps))), Lines{"ns.unshare ipc"});
    EXPECT_EQ(stream.totals().delivered, 1U);
    EXPECT_GE(stream.totals().filtered, 2U);
}

TEST_F(Filter, ByUser) {
    Stream stream({"--uid", "4711", "--type", "ns.unshare"});
    const auto steps = run_helper({"unshare:uts", "uid:4711", "unshare:user"});
    EXPECT_EQ(summary(of_processes(stream.finish(), callers(steps))), Lines{"ns.unshare user"});
    EXPECT_EQ(stream.totals().delivered, 1U);
    EXPECT_GE(stream.totals().filtered, 1U);
}

TEST_F(Filter, ByFamily) {
    const auto sh = find_in_path("sh"), unshare = find_in_path("unshare");
    // one child from before nsscope begins, one from after, and an orphan
    Process family({sh, "-c",
                    sh + " -c 'read x; " + unshare + " --uts true'; " + unshare +
                        " --ipc true; (sleep 0.3; exec " + unshare + " --net true) & exit 0"});
    ASSERT_TRUE(wait_until([&] { // its first child waits
        const auto pid = std::to_string(family.pid());
        return !read_file("/proc/" + pid + "/task/" + pid + "/children").empty();
    }));
    Stream stream({"--pid", std::to_string(family.pid()), "--descendants", "--type", "ns.unshare"});
    static_cast<void>(run_helper({"unshare:uts"}));
    family.write_line();
    EXPECT_EQ(family.wait(), 0);
    EXPECT_TRUE(stream.wait_for([](const Record& record) {
        return record.event == "ns.unshare" && record.namespaces.at(0).type == "net";
    }));
    auto records = stream.finish();
    std::erase_if(records, [](const Record& record) { return !record.is_happening(); });
    EXPECT_EQ(summary(records), (Lines{"ns.unshare uts", "ns.unshare ipc", "ns.unshare net"}));
    EXPECT_GE(stream.totals().filtered, 1U);
}

/// What the kernel side keeps out does not come near the ring: of that a ring that nobody reads would tell.
TEST_F(Filter, IsInTheKernel) {
    const auto self = std::to_string(::getpid());
    const std::vector<Lines> ways{{"--type", "ns.setns"},
                                  {"--type", "ns.unshare", "--ns-type", "time"},
                                  {"--type", "ns.unshare", "--pid", self},
                                  {"--type", "ns.unshare", "--pid", "1", "--uid", "4711"},
                                  {"--type", "ns.unshare", "--uid", "4711"},
                                  {"--type", "ns.unshare", "--comm", "chosen one"}};
    for (auto way : ways) {
        way.insert(way.end(), {"--ring-size", "64K"});
        Stream stream(way);
        stream.process().signal(SIGSTOP);
        static_cast<void>(run_helper({"storm:60:" + std::to_string(many())}));
        stream.process().signal(SIGCONT);
        stream.finish();
        EXPECT_EQ(stream.totals().lost, 0U) << way.at(2);
        EXPECT_EQ(stream.totals().delivered, 0U) << way.at(2);
        if (way.at(1) == "ns.unshare")
            EXPECT_GE(stream.totals().filtered, many());
        else
            EXPECT_EQ(stream.totals().produced, 0U) << "it is not even looked at";
    }
}

TEST_F(Filter, ByExpression) {
    Stream stream(
        {"--filter", "comm = chosen and (ns.type in (uts, net) or error = EPERM) and event != ns.destroy"});
    const auto steps = run_helper({"unshare:uts", "comm:chosen", "unshare:uts", "unshare:ipc", "clone:net",
                                   "uid:65534", "unshare:ipc", "comm:other", "unshare:uts"});
    EXPECT_EQ(summary(of_processes(stream.finish(), callers(steps))),
              (Lines{"ns.unshare uts", "ns.clone net", "ns.unshare EPERM"}));
    EXPECT_EQ(stream.totals().delivered, 3U);
    EXPECT_GE(stream.totals().filtered, 3U);
}

TEST_F(Filter, ByAnExpressionThatCannotBeRead) {
    const auto done = nsscope({"events", "--filter", "comm = a ns.type = uts"});
    EXPECT_EQ(done.status, 2);
    EXPECT_EQ(done.output, "");
    EXPECT_EQ(done.errors, "nsscope: filter, column 10: expected 'and', 'or' or the end, found 'ns.type'\n"
                           "    comm = a ns.type = uts\n"
                           "             ^\n");
}

TEST_F(Filter, ByKindOfNamespace) {
    Stream stream({"--ns-type", "uts,pid"});
    const auto steps = run_helper({"unshare:uts", "unshare:net", "unshare:ipc,uts", "clone:pid", "clone:ipc",
                                   "bad-setns:fd", "uid:65534", "unshare:net", "unshare:uts"});
    const auto& records = stream.finish();
    EXPECT_EQ(summary(of_processes(records, callers(steps))),
              (Lines{"ns.unshare uts", "ns.unshare ipc uts", "ns.clone pid", "ns.setns EBADF",
                     "ns.unshare EPERM"}));
    for (const auto& record : records) {
        if (record.event != "ns.destroy") continue;
        EXPECT_TRUE(kinds(record) == "uts" || kinds(record) == "pid") << record.line;
    }
    EXPECT_GE(stream.totals().filtered, 3U);
}

TEST_F(Filter, ByKindOfEvent) {
    Stream stream({"--type", "ns.clone", "--type", "ns.setns"});
    const auto steps = run_helper({"unshare:uts", "clone:ipc", "setns-own:uts", "unshare:net"});
    const auto& records = stream.finish();
    EXPECT_EQ(summary(of_processes(records, callers(steps))), (Lines{"ns.clone ipc", "ns.setns"}));
    for (const auto& record : records) {
        if (!record.is_happening()) continue;
        EXPECT_TRUE(record.event == "ns.clone" || record.event == "ns.setns") << record.line;
    }
    // totals count what was asked for
    EXPECT_EQ(stream.totals().filtered, 0U);
}

TEST_F(Filter, ByCgroup) {
    CgroupDir cgroup("filter"), other("filtered");
    if (!cgroup.problem().empty()) LIVE_SKIP(cgroup.problem());
    Stream stream({"--type", "ns.clone,ns.unshare", "--cgroup", cgroup.path()});
    const auto steps = run_helper({"unshare:uts", "cgroup:" + cgroup.directory(), "unshare:ipc", "clone3:net",
                                   "cgroup:" + other.directory(), "unshare:uts"});
    ASSERT_FALSE(has_note(steps, "no cgroup"));
    EXPECT_EQ(summary(of_processes(stream.finish(), callers(steps))),
              (Lines{"ns.unshare ipc", "ns.clone net"}));
    EXPECT_EQ(stream.totals().delivered, 2U);
    EXPECT_GE(stream.totals().filtered, 2U);
}

/// What is wanted of cgroups the kernel side is told as they are heard of: then what is not does not come near the ring.
class CgroupFilter : public Live {
  protected:
    void SetUp() override {
        Live::SetUp();
        if (!outer_.problem().empty()) LIVE_SKIP(outer_.problem());
    }
    void TearDown() override {
        (void)wait_until([this] { return made_.empty() || ::rmdir(made_.c_str()) == 0; });
    }
    [[nodiscard]] std::string path_of(const std::string& name) const { return outer_.path() + '/' + name; }

    /// Storms outside, with nobody to read the ring, between events of a cgroup `name` that is made meanwhile.
    void expect_kept_out(Lines options, const std::string& name) {
        options.insert(options.end(), {"--type", "ns.unshare,ns.clone", "--ring-size", "64K"});
        Stream stream(options);
        made_ = outer_.directory() + '/' + name;
        ASSERT_EQ(::mkdir(made_.c_str(), 0755), 0) << errno_text();
        // whether a runtime has written down something of the cgroup out here is looked for a few times
        for (int i = 0; i < 12; ++i) {
            static_cast<void>(run_helper({"unshare:uts"}));
            std::this_thread::sleep_for(50ms);
        }
        const auto inside = run_helper({"cgroup:" + made_, "unshare:ipc"});
        ASSERT_FALSE(has_note(inside, "no cgroup"));
        ASSERT_TRUE(stream.wait_for([](const Record& record) { return record.event == "ns.unshare"; }));
        stream.process().signal(SIGSTOP);
        static_cast<void>(run_helper({"storm:60:" + std::to_string(many())}));
        static_cast<void>(run_helper({"cgroup:" + made_, "unshare:net", "clone3:uts"}));
        stream.process().signal(SIGCONT);
        Lines told;
        for (const auto& record : stream.finish())
            if (record.is_happening()) told.push_back(record.event + ' ' + kinds(record));
        EXPECT_EQ(told, (Lines{"ns.unshare ipc", "ns.unshare net", "ns.clone uts"}));
        EXPECT_EQ(stream.totals().lost, 0U);
        EXPECT_GE(stream.totals().filtered, many());
    }

  private:
    CgroupDir outer_{"outer"};
    std::string made_;
};

TEST_F(CgroupFilter, ByPathIsInTheKernel) { expect_kept_out({"--cgroup", path_of("later")}, "later"); }

TEST_F(CgroupFilter, ByContainerIsInTheKernel) {
    expect_kept_out({"--container", "eeee"}, "docker-" + std::string(64, 'e') + ".scope");
}

TEST_F(CgroupFilter, ByAnExpressionIsInTheKernel) {
    expect_kept_out({"--filter", "container.id ^= ffff and event in (ns.unshare, ns.clone)"},
                    "docker-" + std::string(64, 'f') + ".scope");
}

/// What a command says when it is called in a wrong way, or by someone who may not.
class Usage : public Live {
  protected:
    static void expect_one_line(const Finished& done) {
        EXPECT_EQ(lines_of(done.errors).size(), 1U) << done.errors;
        EXPECT_TRUE(done.errors.starts_with("nsscope: ")) << done.errors;
        EXPECT_EQ(done.output, "");
    }
};

TEST_F(Usage, OfWhatIsNotThere) {
    const std::vector<Lines> wrong{{"events", "--no-such-option"},
                                   {"events", "--type", "ns.nothing"},
                                   {"events", "--ns-type", "nothing"},
                                   {"events", "--pid", "nothing"},
                                   {"events", "--pid", "-1"},
                                   {"events", "--comm", "sixteen-bytes-16"},
                                   {"events", "--format", "nothing"},
                                   {"events", "--count", "0"},
                                   {"events", "--duration", "soon"},
                                   {"events", "--ring-size", "1"},
                                   {"events", "extra"},
                                   {"list", "--no-such-option"},
                                   {"list", "-t", "nothing"},
                                   {"list", "-o", "NOTHING"},
                                   {"list", "--source", "nothing"},
                                   {"list", "-p", "nothing"},
                                   {"nothing"},
                                   {}};
    for (const auto& words : wrong) {
        const auto done = nsscope(words);
        std::string command;
        for (const auto& word : words) command += ' ' + word;
        EXPECT_EQ(done.status, 2) << command;
        EXPECT_EQ(done.output, "") << command;
        EXPECT_NE(done.errors, "") << command;
    }
}

TEST_F(Usage, OfEventsWithoutPrivilege) {
    const auto done = nsscope({"events", "--duration", "1"}, {.uid = 65534});
    EXPECT_EQ(done.status, 1);
    expect_one_line(done);
}

TEST_F(Usage, OfEventsWithoutTracepoints) {
    const auto done =
        nsscope({"events", "--duration", "1"}, {.environment = {{"NSSCOPE_DISABLE", "tp_btf,raw_tp"}}});
    EXPECT_EQ(done.status, 1);
    expect_one_line(done);
}

TEST_F(Usage, OfAFeatureThatIsNone) {
    for (const std::string command : {"events", "list"}) {
        const auto done = nsscope({command}, {.environment = {{"NSSCOPE_DISABLE", "nothing"}}});
        EXPECT_NE(done.status, 0) << command;
        expect_one_line(done);
    }
}

TEST_F(Usage, OfAProcessThatIsNot) {
    for (const std::string source : {"bpf", "proc"}) {
        const auto done = nsscope({"list", "--source", source, "-p", "4194303"});
        EXPECT_EQ(done.status, 1) << source;
        expect_one_line(done);
    }
}

TEST_F(Usage, OfANamespaceThatIsNot) {
    for (const std::string source : {"bpf", "proc"}) {
        for (const std::string name : {"uts:[1]", "1", "/proc/self/ns/nothing"}) {
            const auto done = nsscope({"list", "--source", source, name});
            EXPECT_EQ(done.status, 1) << source << name;
            EXPECT_EQ(done.output, "");
        }
    }
}

} // namespace
} // namespace live
