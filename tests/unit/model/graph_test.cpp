#include "model/graph.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <map>
#include <random>
#include <set>
#include <vector>

#include "scan_builder.hpp"

namespace nsscope {
namespace {

using test::process;

Graph::Who who(pid_t pid, pid_t tid, std::uint64_t start_ns = 5) {
    return {.pid = pid, .tid = tid, .ppid = 1, .uid = 0, .start_ns = start_ns, .comm = "t"};
}

const NsRef& in(const ScannedTask& task, NsSlot slot) { return task.ns[static_cast<std::size_t>(slot)]; }

/// The tasks of a graph, by thread.
std::map<pid_t, ScannedTask> tasks_of(const Graph& graph) {
    std::map<pid_t, ScannedTask> tasks;
    for (auto& task : graph.scan().tasks) tasks.emplace(task.tid, task);
    return tasks;
}

const ScannedNamespace* find(const Scan& scan, NsType type, NsRef ref) {
    for (const auto& found : scan.namespaces)
        if (found.type == type && found.ref == ref) return &found;
    return nullptr;
}

Graph graph_of(std::vector<ScannedTask> tasks, std::vector<ScannedNamespace> namespaces = {}) {
    Scan scan;
    scan.source = "bpf";
    scan.tasks = std::move(tasks);
    scan.namespaces = std::move(namespaces);
    Graph graph;
    graph.load(scan);
    return graph;
}

TEST(Graph, GivesBackTheScanThatItTookIn) {
    const auto graph =
        graph_of({process(1), process(7)}, {test::known(NsType::uts, {70, 700}, test::init_user)});
    const auto scan = graph.scan();
    EXPECT_EQ(scan.source, "bpf");
    EXPECT_EQ(scan.tasks.size(), 2U);
    EXPECT_NE(find(scan, NsType::uts, {70, 700}), nullptr);
    EXPECT_EQ(graph.unexplained(), 0U);
}

TEST(Graph, AChildIsWhereItsParentIsButForWhatTheCallMadeNew) {
    auto graph = graph_of({process(7, {{NsSlot::net, {70, 700}}})});
    const Graph::Move made[] = {{NsSlot::uts, {80, 800}}};
    graph.birth(7, who(8, 8), made);
    graph.birth(7, who(8, 8), {}); // process.fork follows ns.clone
    const auto child = tasks_of(graph).at(8);
    EXPECT_EQ(in(child, NsSlot::net), (NsRef{70, 700}));
    EXPECT_EQ(in(child, NsSlot::uts), (NsRef{80, 800}));
    const auto scan = graph.scan();
    const auto* uts = find(scan, NsType::uts, {80, 800});
    ASSERT_NE(uts, nullptr);
    EXPECT_EQ(uts->owner_user_ns, test::init_user);
}

TEST(Graph, AUserNamespaceOwnsWhatTheSameCallMade) {
    auto graph = graph_of({process(7)});
    const Graph::Move made[] = {
        {NsSlot::net, {80, 800}}, {NsSlot::user, {81, 801}}, {NsSlot::pid, {82, 802}}};
    graph.birth(7, who(8, 8), made);
    const auto scan = graph.scan();
    EXPECT_EQ(find(scan, NsType::net, {80, 800})->owner_user_ns, 81U);
    const auto* user = find(scan, NsType::user, {81, 801});
    EXPECT_EQ(user->parent, test::init_user);
    EXPECT_TRUE(user->has_owner_uid);
    const auto* pid = find(scan, NsType::pid, {82, 802});
    EXPECT_EQ(pid->parent, test::init_pid);
    EXPECT_EQ(pid->owner_user_ns, 81U);
    EXPECT_EQ(in(tasks_of(graph).at(8), NsSlot::pid_for_children), (NsRef{82, 802}));
}

TEST(Graph, UnshareOfPidChangesTheChildrenAlone) {
    auto graph = graph_of({process(7)});
    const Graph::Move unshared[] = {{NsSlot::pid_for_children, {82, 802}}};
    graph.move(who(7, 7), unshared);
    EXPECT_EQ(in(tasks_of(graph).at(7), NsSlot::pid).inum, test::init_pid);
    const Graph::Move born_in[] = {{NsSlot::pid, {82, 802}}};
    graph.birth(7, who(8, 8), born_in);
    EXPECT_EQ(in(tasks_of(graph).at(8), NsSlot::pid), (NsRef{82, 802}));
    EXPECT_EQ(find(graph.scan(), NsType::pid, {82, 802})->parent, test::init_pid);
}

TEST(Graph, AFirstThreadWaitsForTheOthersAndTheyTakeItAlong) {
    auto graph = graph_of({process(7), test::thread(7, 8), test::thread(7, 9)});
    graph.exit(who(7, 7));
    auto tasks = tasks_of(graph);
    EXPECT_EQ(in(tasks.at(7), NsSlot::net).inum, 0U);
    EXPECT_EQ(in(tasks.at(7), NsSlot::pid).inum, test::init_pid);
    graph.exit(who(7, 8));
    EXPECT_EQ(graph.threads(), 2U);
    graph.exit(who(7, 9));
    EXPECT_EQ(graph.threads(), 0U);
    EXPECT_EQ(graph.processes(), 0U);
}

/// Their exits were told before: nothing would ever take them away.
TEST(Graph, ZombiesInAScanAreGone) {
    const auto zombie = [](pid_t pid, pid_t tid) {
        return test::task_in(pid, tid,
                             {{NsSlot::user, {test::init_user, 0}}, {NsSlot::pid, {test::init_pid, 0}}});
    };
    auto graph = graph_of({process(6), zombie(7, 7), zombie(8, 8), test::thread(8, 9)});
    EXPECT_FALSE(tasks_of(graph).contains(7));
    EXPECT_TRUE(tasks_of(graph).contains(8)) << "it waits for the other thread";
    graph.exit(who(8, 9, 0));
    EXPECT_EQ(graph.threads(), 1U);
    EXPECT_EQ(graph.processes(), 1U);
}

TEST(Graph, AThreadThatExecsTakesOverTheProcess) {
    auto graph = graph_of({process(7), test::thread(7, 8, {{NsSlot::net, {70, 700}}})});
    graph.exit(who(7, 7));
    auto after = who(7, 7);
    after.comm = "sleep";
    graph.exec(after);
    const auto tasks = tasks_of(graph);
    ASSERT_EQ(tasks.size(), 1U);
    EXPECT_EQ(in(tasks.at(7), NsSlot::net), (NsRef{70, 700}));
    EXPECT_EQ(tasks.at(7).comm, "sleep");
    graph.exit(after);
    EXPECT_EQ(graph.threads(), 0U);
}

TEST(Graph, ANumberThatIsUsedAgainIsAnotherTask) {
    auto first = process(7, {{NsSlot::net, {70, 700}}});
    first.start_ns = 1'230'000'000; // from /proc: whole clock ticks
    auto graph = graph_of({process(2), first});
    graph.exit(who(7, 7, 9'990'000'000)); // of one that the scan did not see any more
    EXPECT_EQ(graph.threads(), 2U);
    graph.birth(2, who(7, 7, 4'000'000'000), {});
    EXPECT_EQ(in(tasks_of(graph).at(7), NsSlot::net).inum, test::init_net);
    graph.exit(who(7, 7, 1'234'567'890)); // late news of the first
    EXPECT_EQ(graph.threads(), 2U);
    graph.exit(who(7, 7, 4'000'000'000));
    EXPECT_EQ(graph.threads(), 1U);
}

TEST(Graph, ANamespaceNumberThatIsUsedAgainIsAnotherNamespace) {
    auto graph = graph_of({process(7)}, {test::known(NsType::uts, {80, 800}, 4711)});
    graph.destroy(NsType::uts, {80, 799}); // an earlier one
    EXPECT_NE(find(graph.scan(), NsType::uts, {80, 800}), nullptr);
    const Graph::Move next[] = {{NsSlot::uts, {80, 801}}};
    graph.move(who(7, 7), next);
    const auto scan = graph.scan();
    EXPECT_EQ(find(scan, NsType::uts, {80, 800}), nullptr);
    ASSERT_NE(find(scan, NsType::uts, {80, 801}), nullptr);
    EXPECT_EQ(find(scan, NsType::uts, {80, 801})->owner_user_ns, test::init_user);
}

TEST(Graph, KnowsWhoIsInAnotherCgroupThanBefore) {
    Scan first;
    first.tasks = {process(7), process(8)};
    first.tasks[0].cgroups = first.tasks[1].cgroups = 0;
    first.cgroups.push_back({.id = 40, .text = "0::/a"});
    Graph graph;
    graph.load(first);
    auto moved = who(8, 8, 0);
    moved.cgroup_id = 41;
    graph.attach(moved);
    moved.pid = moved.tid = 9;
    graph.birth(8, moved, {});
    const auto scan = graph.scan();
    const auto cgroup_of = [&](pid_t pid) {
        const auto task = std::ranges::find(scan.tasks, pid, &ScannedTask::tid);
        return scan.cgroups.at(task->cgroups);
    };
    EXPECT_EQ(cgroup_of(7).text, "0::/a");
    EXPECT_EQ(cgroup_of(8).id, 41U);
    EXPECT_EQ(cgroup_of(8).text, "") << "what else it is in is not known any more";
    EXPECT_EQ(cgroup_of(9).id, 41U);
}

TEST(Graph, CountsWhatItCannotExplain) {
    auto graph = graph_of({process(7)});
    const Graph::Move moved[] = {{NsSlot::uts, {80, 800}}};
    graph.move(who(99, 99), moved);
    graph.birth(98, who(97, 97), {});
    EXPECT_EQ(graph.unexplained(), 2U);
    EXPECT_EQ(in(tasks_of(graph).at(99), NsSlot::uts), (NsRef{80, 800}));
    EXPECT_EQ(in(tasks_of(graph).at(97), NsSlot::uts).inum, 0U);
}

/// A machine in which anything may happen, and a note of what did.
class Machine {
  public:
    explicit Machine(std::uint32_t seed) : random_(seed) {
        for (pid_t pid = 1; pid <= 5; ++pid) tasks_.emplace(pid, process(pid));
    }

    /// Does one thing, and tells the graph.
    void step(Graph& graph) {
        switch (pick(4)) {
        case 0: fork(graph); break;
        case 1: exit(graph); break;
        default: switch_namespace(graph);
        }
    }
    [[nodiscard]] Scan scan() const {
        Scan scan;
        for (const auto& [tid, task] : tasks_) scan.tasks.push_back(task);
        return scan;
    }
    [[nodiscard]] const std::map<pid_t, ScannedTask>& tasks() const { return tasks_; }

  private:
    std::size_t pick(std::size_t most) {
        return std::uniform_int_distribution<std::size_t>(0, most - 1)(random_);
    }
    ScannedTask& any() {
        return std::next(tasks_.begin(), static_cast<std::ptrdiff_t>(pick(tasks_.size())))->second;
    }
    static Graph::Who name(const ScannedTask& task) {
        auto who = nsscope::who(task.pid, task.tid, task.start_ns);
        who.ppid = task.ppid;
        return who;
    }

    void fork(Graph& graph) {
        if (tasks_.size() > 40) return;
        const auto& parent = any();
        auto child = parent;
        do child.pid = child.tid = static_cast<pid_t>(2 + pick(60)); // numbers are used again
        while (tasks_.contains(child.tid));
        child.ppid = parent.pid;
        child.start_ns = ++clock_;
        child.comm = "t";
        std::vector<Graph::Move> moves;
        const auto slot = slot_at(pick(8));
        if (pick(3) == 0 && slot != NsSlot::pid && slot != NsSlot::time)
            moves.push_back({slot, child.ns[static_cast<std::size_t>(slot)] = fresh()});
        graph.birth(parent.tid, name(child), moves);
        tasks_.emplace(child.tid, child);
    }
    void exit(Graph& graph) {
        if (tasks_.size() < 3) return;
        const auto task = any();
        graph.exit(name(task));
        tasks_.erase(task.tid);
    }
    void switch_namespace(Graph& graph) {
        auto& task = any();
        const auto slot = slot_at(pick(8));
        if (slot == NsSlot::pid || slot == NsSlot::time) return;
        const auto to = pick(2) == 0 ? fresh() : any().ns[static_cast<std::size_t>(slot)];
        task.ns[static_cast<std::size_t>(slot)] = to;
        const Graph::Move move{slot, to};
        graph.move(name(task), {&move, 1});
    }
    NsRef fresh() { return {static_cast<std::uint32_t>(100 + pick(20)), ++id_}; }

    std::mt19937 random_;
    std::map<pid_t, ScannedTask> tasks_;
    std::uint64_t clock_ = 1000, id_ = 1000;
};

TEST(Graph, FollowsAMachineInWhichAnythingHappens) {
    for (std::uint32_t seed = 1; seed <= 20; ++seed) {
        Machine machine(seed);
        Graph graph;
        graph.load(machine.scan());
        for (int i = 0; i < 2000; ++i) machine.step(graph);
        const auto tasks = tasks_of(graph);
        ASSERT_EQ(tasks.size(), machine.tasks().size());
        for (const auto& [tid, truth] : machine.tasks()) {
            ASSERT_TRUE(tasks.contains(tid));
            EXPECT_EQ(tasks.at(tid).ns, truth.ns) << "seed " << seed << ", task " << tid;
            EXPECT_EQ(tasks.at(tid).start_ns, truth.start_ns);
        }
        EXPECT_EQ(graph.unexplained(), 0U);
    }
}

} // namespace
} // namespace nsscope
