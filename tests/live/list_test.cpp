#include <algorithm>
#include <fcntl.h>
#include <fstream>
#include <memory>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

#include "forest.hpp"
#include "kernel/task_iter.hpp"
#include "live.hpp"

namespace live {
namespace {

/// `nsscope list`: what it must say whatever it has it from.
class List : public Live {
  protected:
    static std::string view_text(const SeenView& view, bool with_for_children) {
        std::string text;
        for (std::size_t slot = 0; slot < (with_for_children ? slot_names.size() : slot_pid_for_children);
             slot++)
            text += std::string(slot_names[slot]) + std::to_string(view[slot].inum) + ' ';
        return text;
    }
};

class ListSources : public List, public testing::WithParamInterface<unsigned> {};

TEST_P(ListSources, AgreeOnAForest) {
    const Forest forest(GetParam(), 12);
    ASSERT_GT(forest.pids().size(), 12U);
    std::vector<std::string> unlike;
    std::size_t own = 0;
    // who comes or goes between the two looks is left out, but may have been a parent or a thread of one who stays
    for (int attempt = 0; attempt < 5; attempt++) {
        const auto before = living();
        const auto bpf = list({"--source", "bpf"});
        const auto proc = list({"--source", "proc"});
        const auto after = living();
        std::set<pid_t> stable;
        for (const auto& [pid, start] : before)
            if (after.contains(pid) && after.at(pid) == start && !proc.hidden.contains(pid))
                stable.insert(pid);
        unlike = differences(bpf, proc, stable);
        own = 0;
        for (const auto& [key, ns] : bpf.namespaces) own += is_within(ns, forest.pids()) ? 1 : 0;
        if (unlike.empty()) break;
    }
    EXPECT_EQ(unlike, std::vector<std::string>{});
    EXPECT_GT(own, 10U);
}

/// Against what those say who are in it: every thread's namespaces and their ids, who is where and how many threads, what is
/// below what, and what they left behind.
TEST_P(ListSources, SayWhatTheForestSays) {
    const Forest forest(GetParam(), 12);
    std::map<NsKey, std::set<pid_t>> members;
    std::map<NsKey, std::uint32_t> threads;
    std::map<NsKey, std::uint64_t> ids;
    std::map<std::uint32_t, SeenView> of_process; // of the main threads
    for (const auto& task : forest.tasks()) {
        if (task.tid == task.pid) of_process[task.pid] = task.view;
        for (std::size_t slot = 0; slot < slot_pid_for_children; slot++) {
            const NsKey key(slot_names[slot], task.view[slot].inum);
            members[key].insert(static_cast<pid_t>(task.pid));
            threads[key]++;
            ids[key] = task.view[slot].id;
        }
    }
    ASSERT_GT(of_process.size(), 12U);
    constexpr std::size_t slot_user = 6;
    for (const std::string& source : std::vector<std::string>{"bpf", "proc"}) {
        const auto listed = list({"--source", source});
        std::size_t own = 0, held = 0;
        for (const auto& [key, pids] : members) {
            const auto found = listed.namespaces.find(key);
            ASSERT_NE(found, listed.namespaces.end()) << source << ' ' << key.first << key.second;
            const auto& ns = found->second;
            EXPECT_EQ(ns.id.value_or(0), ids[key]);
            EXPECT_TRUE(std::ranges::includes(ns.members, pids)) << source << ' ' << key.first << key.second;
            if (!is_within(ns, forest.pids())) continue;
            own++;
            EXPECT_EQ(ns.members, pids) << source << ' ' << key.first << key.second;
            EXPECT_EQ(ns.nthreads, threads[key]) << source << ' ' << key.first << key.second;
        }
        EXPECT_GT(own, 10U);
        std::size_t deepest = 0;
        for (const auto& task : forest.tasks()) {
            const auto parent = of_process.find(task.ppid);
            if (task.tid != task.pid || parent == of_process.end()) continue;
            for (const auto slot : {slot_pid, slot_user}) {
                if (task.view[slot] == parent->second[slot] || slot == slot_pid) continue;
                const auto& ns = listed.namespaces.at({slot_names[slot], task.view[slot].inum});
                EXPECT_EQ(ns.parent, parent->second[slot].inum) << source;
                EXPECT_EQ(ns.owner_ns, parent->second[slot].inum) << source;
            }
            std::size_t depth = 0;
            for (auto inum = std::optional(task.view[slot_user].inum); inum && depth < 40; depth++)
                inum = listed.namespaces.at({"user", *inum}).parent;
            deepest = std::max(deepest, depth);
        }
        EXPECT_GT(deepest, 5U) << "nested five deep below the initial one";
        const std::map<int, std::string> hows{{1, "fd "}, {2, "socket "}, {3, "mount "}};
        for (const auto& task : forest.tasks()) {
            if (task.how == 0) continue;
            const NsKey key(task.how == 2 ? "net" : "uts", task.inum);
            const auto found = listed.namespaces.find(key);
            ASSERT_NE(found, listed.namespaces.end()) << source << ' ' << key.first << key.second;
            EXPECT_EQ(found->second.members, std::set<pid_t>{}) << source;
            held++;
            const auto prefix = hows.at(task.how) + std::to_string(task.how == 3 ? task.mnt : task.pid) +
                                ' ' + (task.how == 3 ? "/" : std::to_string(task.fd));
            EXPECT_TRUE(std::ranges::any_of(found->second.pins,
                                            [&](const auto& pin) { return pin.starts_with(prefix); }))
                << source << ' ' << prefix << ": " << testing::PrintToString(found->second.pins);
        }
        EXPECT_GT(held, 0U);
    }
}

INSTANTIATE_TEST_SUITE_P(Seed, ListSources, testing::Values(1, 2, 3, 20261121));

class ListBoth : public List, public testing::WithParamInterface<std::string> {};

TEST_P(ListBoth, OfOneProcess) {
    Helper helper({"unshare:uts,net", "thread:unshare:ipc+hold"});
    ASSERT_TRUE(helper.wait_for("hold"));
    const auto steps = helper.steps();
    const auto listed = list({"--source", GetParam(), "-p", std::to_string(helper.pid())});
    std::set<NsKey> expected;
    for (const auto& step : steps)
        if (step.call == "unshare")
            for (std::size_t slot = 0; slot < slot_pid_for_children; slot++)
                expected.emplace(slot_names[slot], (*step.after)[slot].inum);
    EXPECT_EQ(expected.size(), 9U); // the thread has an ipc namespace of its own
    std::set<NsKey> got;
    for (const auto& [key, ns] : listed.namespaces) {
        got.insert(key);
        EXPECT_TRUE(ns.members.contains(helper.pid()));
    }
    EXPECT_EQ(got, expected);
    (void)helper.finish();
}

TEST_P(ListBoth, OfAProcessWithAnUglyName) {
    Process process({helper(), "comm:a) R\n1 \xFF", "storm:5:1", "hold"}); // steps that do not say the name
    std::optional<ListedNamespace> found;
    EXPECT_TRUE(wait_until([&] {
        const auto listed = list({"--source", GetParam(), "-t", "uts"});
        for (const auto& [key, ns] : listed.namespaces)
            if (ns.members == std::set<pid_t>{process.pid()}) found = ns;
        return found.has_value();
    }));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->leader->comm, "a) R\n1 \xEF\xBF\xBD");
    EXPECT_EQ(found->leader->cmdline, helper() + " comm:a) R\n1 \xEF\xBF\xBD storm:5:1 hold");
    EXPECT_EQ(found->nthreads, 1U);
}

TEST_P(ListBoth, OfOneNamespace) {
    Helper helper({"unshare:uts", "hold"});
    ASSERT_TRUE(helper.wait_for("hold"));
    const auto seen = helper.steps().at(1).after->at(7);
    const auto inum = std::to_string(seen.inum);
    for (const auto& name :
         {"uts:[" + inum + "]", "uts:" + inum, inum, "/proc/" + std::to_string(helper.pid()) + "/ns/uts"}) {
        const auto listed = list({"--source", GetParam(), name});
        ASSERT_EQ(listed.namespaces.size(), 1U) << name;
        const auto& [key, ns] = *listed.namespaces.begin();
        EXPECT_EQ(key, NsKey("uts", seen.inum));
        EXPECT_EQ(ns.id.value_or(0), seen.id);
        EXPECT_EQ(ns.members, std::set<pid_t>{helper.pid()});
        EXPECT_EQ(ns.leader->comm, "nshelper");
        EXPECT_FALSE(ns.initial);
    }
    (void)helper.finish();
}

TEST_P(ListBoth, OfANestedUserNamespace) {
    Helper helper({"unshare:user", "map", "unshare:user,pid", "fork:hold"});
    ASSERT_TRUE(helper.wait_for("hold"));
    const auto steps = helper.steps();
    const auto outer = steps.at(1).after->at(6).inum, inner = steps.at(2).after->at(6).inum;
    const auto listed = list({"--source", GetParam()});
    ASSERT_TRUE(listed.namespaces.contains({"user", inner}));
    const auto& ns = listed.namespaces.at({"user", inner});
    EXPECT_EQ(ns.parent, outer);
    EXPECT_EQ(ns.owner_uid, 0U);
    EXPECT_EQ(ns.nprocs, 2U);
    const auto pid_ns = steps.back().note == "hold" ? steps.at(3).child->view[slot_pid].inum : 0;
    ASSERT_TRUE(listed.namespaces.contains({"pid", pid_ns}));
    EXPECT_EQ(listed.namespaces.at({"pid", pid_ns}).owner_ns, inner);
    EXPECT_EQ(listed.namespaces.at({"pid", pid_ns}).nprocs, 1U);
    // the one between has no process, and is there all the same
    ASSERT_TRUE(listed.namespaces.contains({"user", outer}));
    EXPECT_EQ(listed.namespaces.at({"user", outer}).nprocs, 0U);
    EXPECT_TRUE(listed.namespaces.at({"user", outer}).pinned_by.contains("child"));
    (void)helper.finish();
}

TEST_P(ListBoth, OfWhatWaitsForChildren) {
    Helper helper({"unshare:time", "unshare:pid", "fork", "hold"});
    ASSERT_TRUE(helper.wait_for("hold"));
    const auto view = *helper.steps().at(3).after;
    const auto listed = list({"--source", GetParam()});
    const NsKey time{"time", view[slot_time_for_children].inum};
    ASSERT_TRUE(listed.namespaces.contains(time));
    EXPECT_EQ(listed.namespaces.at(time).nprocs, 0U);
    EXPECT_TRUE(listed.namespaces.at(time).pinned_by.contains("for_children"));
    (void)helper.finish();
}

TEST_P(ListBoth, OfWhatAMountHolds) {
    ASSERT_TRUE(have_own_mounts()) << errno_text();
    const Scratch scratch("list");
    const auto& place = scratch.path();
    std::ofstream(place).put('\n');
    Helper helper({"unshare:net", "hold"});
    ASSERT_TRUE(helper.wait_for("hold"));
    const auto inum = helper.steps().at(1).after->at(3).inum;
    ASSERT_EQ(::mount(("/proc/" + std::to_string(helper.pid()) + "/ns/net").c_str(), place.c_str(), nullptr,
                      MS_BIND, nullptr),
              0);
    const NsKey key{"net", inum};
    EXPECT_FALSE(list({"--source", GetParam(), "-P"}).namespaces.contains(key)) << "a process is in it";
    (void)helper.finish();
    const auto listed = list({"--source", GetParam(), "-P"});
    for (const auto& [name, ns] : listed.namespaces) EXPECT_EQ(ns.nprocs, 0U);
    ASSERT_TRUE(listed.namespaces.contains(key));
    EXPECT_TRUE(listed.namespaces.at(key).pinned_by.contains("mount"));
}

/// As many levels below the initial one as there can be, in all but the last of which there is no process.
TEST_P(ListBoth, UserNamespacesToTheirFullDepth) {
    constexpr unsigned deepest = 33; // below one at level 32: create_user_ns(), kernel/user_namespace.c
    std::vector<std::string> steps;
    for (unsigned i = 0; i < deepest; i++) steps.insert(steps.end(), {"unshare:user", "map"});
    steps.insert(steps.end(), {"unshare:user", "hold"}); // one too many
    Helper helper(steps);
    ASSERT_TRUE(helper.wait_for("hold"));
    const auto listed = list({"--source", GetParam()});
    const ListedNamespace* ns = nullptr;
    for (const auto& [key, each] : listed.namespaces)
        if (key.first == "user" && is_within(each, {helper.pid()})) ns = &each;
    ASSERT_NE(ns, nullptr);
    unsigned depth = 0;
    for (; ns->parent; depth++) {
        const auto parent = listed.namespaces.find({"user", *ns->parent});
        ASSERT_NE(parent, listed.namespaces.end()) << depth;
        ns = &parent->second;
        EXPECT_TRUE(ns->initial || (ns->members.empty() && ns->pinned_by.contains("child"))) << depth;
    }
    EXPECT_TRUE(ns->initial);
    EXPECT_EQ(depth, deepest);
    (void)helper.finish();
}

TEST_P(ListBoth, WithoutPrivilegeIsPartial) {
    const auto listed = list({"--source", GetParam() == "bpf" ? "auto" : "proc"}, {.uid = 65534});
    EXPECT_EQ(listed.status, 3);
    EXPECT_FALSE(listed.complete);
    EXPECT_FALSE(listed.namespaces.empty());
    EXPECT_NE(listed.errors, "");
}

/// So few descriptors for everything that is started meanwhile.
class FewDescriptors {
  public:
    explicit FewDescriptors(rlim_t few) {
        (void)::getrlimit(RLIMIT_NOFILE, &before_);
        const rlimit limit{few, few};
        ok_ = ::setrlimit(RLIMIT_NOFILE, &limit) == 0;
    }
    FewDescriptors(const FewDescriptors&) = delete;
    FewDescriptors& operator=(const FewDescriptors&) = delete;
    ~FewDescriptors() { (void)::setrlimit(RLIMIT_NOFILE, &before_); } // root may raise it again
    [[nodiscard]] bool ok() const { return ok_; }

  private:
    rlimit before_{};
    bool ok_ = false;
};

/// Where there are no ids, namespaces are held open, as far as there are descriptors; what is in doubt then is told, and there.
TEST_P(ListBoth, MoreThanCanBeHeld) {
    std::vector<std::unique_ptr<Helper>> helpers;
    for (int i = 0; i < 12; i++) {
        helpers.push_back(std::make_unique<Helper>(
            std::vector<std::string>{"unshare:uts", "unshare:ipc", "unshare:net", "thread:hold"}));
        ASSERT_TRUE(helpers.back()->wait_for("hold"));
    }
    const FewDescriptors few(272); // nsscope leaves 256 for other things
    ASSERT_TRUE(few.ok()) << errno_text();
    const auto listed = list({"--source", GetParam()}, {.environment = {{"NSSCOPE_DISABLE", "iter_ns_id"}}});
    EXPECT_EQ(listed.status, 3);
    EXPECT_FALSE(listed.complete);
    EXPECT_NE(listed.errors.find("RLIMIT_NOFILE"), std::string::npos) << listed.errors;
    for (const auto& helper : helpers) {
        std::size_t found = 0;
        for (const auto& [key, ns] : listed.namespaces) found += is_within(ns, {helper->pid()}) ? 1 : 0;
        EXPECT_EQ(found, 3U);
        (void)helper->finish();
    }
}

INSTANTIATE_TEST_SUITE_P(Each, ListBoth, testing::Values("bpf", "proc"),
                         [](const testing::TestParamInfo<std::string>& source) { return source.param; });

TEST_F(List, FallsBackWithAWord) {
    const auto listed = list({}, {.environment = {{"NSSCOPE_DISABLE", "iter_task,listns"}}});
    EXPECT_EQ(listed.source, "proc");
    EXPECT_NE(listed.errors.find("/proc"), std::string::npos) << listed.errors;
    const auto refused =
        nsscope({"list", "--source", "bpf"}, {.environment = {{"NSSCOPE_DISABLE", "iter_task"}}});
    EXPECT_EQ(refused.status, 1);
    EXPECT_EQ(refused.output, "");
}

TEST_F(List, UsesTheIteratorWhereItCan) {
    const auto listed = list({}, {.environment = {{"NSSCOPE_DISABLE", "listns"}}}); // else /proc may do
    EXPECT_TRUE(listed.source == "bpf" || listed.source == "bpf+proc") << listed.source;
}

TEST_F(List, IsTheSameThroughTheOtherLoader) {
    const Forest forest(5, 6);
    const auto with = list({"--source", "bpf"});
    const auto without = list({"--source", "bpf"}, {.environment = {{"NSSCOPE_DISABLE", "iter_task_light"}}});
    EXPECT_EQ(differences(with, without, forest.pids()), std::vector<std::string>{});
}

/// What is on the kernel's lists, and no task or file has shown, goes through a map of fixed size.
TEST_F(List, WhatTheKernelsListsHaveNoRoomForIsCounted) {
    Helper one({"unshare:net", "hold"}), other({"unshare:net", "hold"});
    ASSERT_TRUE(one.wait_for("hold") && other.wait_for("hold"));
    const auto is_about_lists = [](const nsscope::Issue& issue) {
        return issue.what == "namespaces on the kernel's own lists";
    };
    const auto whole = nsscope::scan_bpf();
    ASSERT_TRUE(whole) << whole.error().what;
    EXPECT_EQ(std::ranges::count_if(whole->issues, is_about_lists), 0);
    const auto cut = nsscope::scan_bpf(1);
    ASSERT_TRUE(cut) << cut.error().what;
    const auto issue = std::ranges::find_if(cut->issues, is_about_lists);
    if (issue == cut->issues.end()) LIVE_SKIP("this kernel's lists cannot be walked");
    EXPECT_GE(issue->count, 2U); // three network namespaces at least, of which one has room
    EXPECT_GE(cut->tasks.size(), 2U);
    (void)one.finish();
    (void)other.finish();
}

TEST_F(List, TableHasARowForEach) {
    Helper helper({"unshare:uts", "hold"});
    ASSERT_TRUE(helper.wait_for("hold"));
    const auto pid = std::to_string(helper.pid());
    const auto table =
        nsscope({"list", "-n", "-r", "-o", "NS,TYPE,NPROCS,PID,PPID,UID,COMMAND", "-p", pid, "-t", "uts"});
    EXPECT_TRUE(table.status == 0 || table.status == 3);
    const auto inum = std::to_string(helper.steps().at(1).after->at(7).inum);
    EXPECT_TRUE(table.output.starts_with(inum + " uts 1 " + pid + ' ' + std::to_string(::getpid()) + " 0 "))
        << table.output;
    EXPECT_EQ(lines_of(table.output).size(), 1U);
    (void)helper.finish();
}

} // namespace
} // namespace live
