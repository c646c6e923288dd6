#include "model/namespace_forest.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "model/place_containers.hpp"
#include "scan_builder.hpp"

namespace nsscope {
namespace {

using test::process;

/// A machine of processes in cgroups; each node of its forest is told as "NAME<PARENT".
class NamespaceForest : public testing::Test {
  protected:
    void add(pid_t pid, const std::string& cgroup, std::initializer_list<test::Change> changes = {}) {
        auto task = process(pid, changes);
        task.start_ns = static_cast<std::uint64_t>(pid);
        task.cgroups = static_cast<std::uint32_t>(scan.cgroups.size());
        scan.cgroups.push_back({0, "0::" + cgroup + "\n"});
        scan.tasks.push_back(task);
    }
    void know(NsType type, std::uint32_t inum, std::uint32_t owner, std::uint32_t parent = 0) {
        scan.namespaces.push_back(test::known(type, {inum, 0}, owner, parent));
    }
    void grow() {
        auto finding = find_containers(scan, {}, 100);
        auto processes = processes_of(scan);
        Scan copy = scan;
        snapshot = build_snapshot(std::move(copy));
        place_containers(snapshot, std::move(finding));
        snapshot.processes = std::move(processes);
    }
    [[nodiscard]] std::string name_of(const ForestNode& node) const {
        if (node.kind == ForestNode::Kind::container) return snapshot.containers[node.index].container.id;
        if (node.kind == ForestNode::Kind::process) return std::to_string(snapshot.processes[node.index].pid);
        const auto& ns = snapshot.namespaces[node.index];
        return std::string(name(ns.type)) + (ns.initial ? "" : std::to_string(ns.ref.inum));
    }
    /// Child -> parent, "" at the top.
    std::map<std::string, std::string> told(std::optional<pid_t> pid = {}, bool all = false,
                                            std::optional<NsType> type = {}) {
        grow();
        std::vector<std::size_t> chosen;
        for (std::size_t i = 0; i < snapshot.namespaces.size(); ++i) {
            const auto& ns = snapshot.namespaces[i];
            if (type && ns.type != *type) continue;
            if (pid && std::find(ns.members.begin(), ns.members.end(), *pid) == ns.members.end()) continue;
            chosen.push_back(i);
        }
        const auto forest = grow_forest(snapshot, {chosen, pid, all});
        std::map<std::string, std::string> nodes;
        for (const auto& node : forest.nodes) {
            const auto above = node.parent == Forest::no_node ? "" : name_of(forest.nodes[node.parent]);
            EXPECT_TRUE(nodes.emplace(name_of(node), above).second) << name_of(node) << " twice";
        }
        return nodes;
    }

    /// The names of what is in the tree of one namespace.
    std::set<std::string> of(NsType type, std::uint32_t inum, bool all = false) {
        grow();
        std::vector<std::size_t> chosen;
        for (std::size_t i = 0; i < snapshot.namespaces.size(); ++i)
            if (snapshot.namespaces[i].type == type && snapshot.namespaces[i].ref.inum == inum)
                chosen.push_back(i);
        std::set<std::string> names;
        for (const auto& node : grow_forest(snapshot, {chosen, {}, all, true}).nodes)
            names.insert(name_of(node));
        return names;
    }

    Scan scan;
    Snapshot snapshot;
};

using Names = std::set<std::string>;

TEST_F(NamespaceForest, OfOneNamespace) {
    add(1, "/");
    add(20, "/", {{NsSlot::user, {70, 0}}, {NsSlot::pid, {71, 0}}, {NsSlot::net, {72, 0}}});
    add(21, "/", {{NsSlot::user, {74, 0}}, {NsSlot::pid, {75, 0}}});
    add(22, "/", {{NsSlot::net, {76, 0}}});
    scan.namespaces = {test::user_ns(70, test::init_user, 1000), test::user_ns(74, 70, 1000)};
    know(NsType::pid, test::init_pid, test::init_user);
    know(NsType::pid, 71, 70, test::init_pid);
    know(NsType::pid, 75, 74, 71);
    know(NsType::net, 72, 70);
    know(NsType::net, 76, test::init_user);
    EXPECT_EQ(of(NsType::user, 70),
              (Names{"user", "user70", "user74", "net72", "pid71", "pid75", "20", "21"}));
    EXPECT_EQ(of(NsType::user, 74), (Names{"user", "user70", "user74", "pid75", "21"}));
    EXPECT_EQ(of(NsType::net, 76), (Names{"user", "net76", "pid", "22"})) << "who is in it, and where";
    EXPECT_FALSE(of(NsType::user, test::init_user).contains("1"));
    EXPECT_TRUE(of(NsType::user, test::init_user, true).contains("1"));
    EXPECT_TRUE(of(NsType::user, test::init_user).contains("21")) << "in a pid namespace of its own";
}

TEST_F(NamespaceForest, OfANamespaceThatContainersShare) {
    const std::string one(64, '1'), two(64, '2');
    add(1, "/");
    add(30, "/docker/" + one, {{NsSlot::net, {80, 0}}, {NsSlot::pid, {81, 0}}});
    add(31, "/docker/" + two, {{NsSlot::net, {80, 0}}, {NsSlot::pid, {82, 0}}});
    know(NsType::net, 80, test::init_user);
    know(NsType::pid, 81, test::init_user, test::init_pid);
    know(NsType::pid, 82, test::init_user, test::init_pid);
    EXPECT_EQ(of(NsType::net, 80), (Names{"user", "net80", one, two, "pid81", "pid82", "30", "31"}));
    EXPECT_EQ(of(NsType::pid, 81), (Names{"user", one, "pid81", "30"}));
}

TEST_F(NamespaceForest, OwnersAndPidNamespaces) {
    add(1, "/");
    add(20, "/", {{NsSlot::user, {70, 0}}, {NsSlot::pid, {71, 0}}, {NsSlot::net, {72, 0}}});
    add(21, "/", {{NsSlot::user, {70, 0}}, {NsSlot::pid, {73, 0}}});
    add(22, "/", {{NsSlot::user, {74, 0}}, {NsSlot::pid, {75, 0}}});
    scan.namespaces = {test::user_ns(70, test::init_user, 1000), test::user_ns(74, 70, 1000)};
    know(NsType::pid, test::init_pid, test::init_user);
    know(NsType::pid, 71, 70, test::init_pid);
    know(NsType::pid, 73, 70, 71);
    know(NsType::pid, 75, 74, 73);
    know(NsType::net, 72, 70);
    const auto nodes = told();
    EXPECT_EQ(nodes.at("user"), "");
    EXPECT_EQ(nodes.at("user70"), "user");
    EXPECT_EQ(nodes.at("user74"), "user70");
    EXPECT_EQ(nodes.at("net72"), "user70");
    EXPECT_EQ(nodes.at("pid"), "user");
    EXPECT_EQ(nodes.at("pid71"), "user70") << "its parent has another owner";
    EXPECT_EQ(nodes.at("pid73"), "pid71");
    EXPECT_EQ(nodes.at("pid75"), "user74");
    EXPECT_EQ(nodes.at("21"), "pid73");
    EXPECT_FALSE(nodes.contains("1")) << "the host's processes are left out";
    EXPECT_EQ(told({}, true).at("1"), "pid");
}

TEST_F(NamespaceForest, Containers) {
    add(1, "/");
    add(20, "/lxc/a", {{NsSlot::pid, {71, 0}}, {NsSlot::net, {72, 0}}});
    add(21, "/lxc/a", {{NsSlot::pid, {73, 0}}, {NsSlot::net, {72, 0}}});
    add(22, "/lxc/b", {{NsSlot::net, {72, 0}}});
    add(23, "/lxc/a/lxc/c", {{NsSlot::uts, {74, 0}}});
    add(24, "/lxc/a/lxc/d", {{NsSlot::user, {75, 0}}});
    scan.namespaces = {test::user_ns(75, test::init_user, 1000)};
    know(NsType::pid, 71, test::init_user, test::init_pid);
    know(NsType::pid, 73, test::init_user, 71);
    know(NsType::net, 72, test::init_user);
    know(NsType::uts, 74, test::init_user);
    const auto nodes = told();
    EXPECT_EQ(nodes.at("a"), "user");
    EXPECT_EQ(nodes.at("net72"), "a");
    EXPECT_EQ(nodes.at("pid71"), "a");
    EXPECT_EQ(nodes.at("pid73"), "pid71");
    EXPECT_EQ(nodes.at("20"), "pid71");
    EXPECT_EQ(nodes.at("21"), "pid73");
    EXPECT_EQ(nodes.at("b"), "user");
    EXPECT_EQ(nodes.at("22"), "b") << "in the host's pid namespace";
    EXPECT_EQ(nodes.at("c"), "a") << "a cgroup in its cgroup";
    EXPECT_EQ(nodes.at("uts74"), "c");
    EXPECT_EQ(nodes.at("user75"), "user");
    EXPECT_EQ(nodes.at("d"), "user75") << "another user namespace counts more";

    const auto forest = grow_forest(snapshot, {});
    std::string shared_by_b;
    for (const auto& one : forest.shared[1]) // b
        shared_by_b += std::string(name(snapshot.namespaces[one.ns].type)) + (one.container ? ":a " : " ");
    EXPECT_EQ(shared_by_b, "cgroup ipc mnt net:a pid time user uts ");
}

TEST_F(NamespaceForest, OfOneProcess) {
    add(1, "/");
    add(20, "/lxc/a", {{NsSlot::pid, {71, 0}}, {NsSlot::net, {72, 0}}});
    add(21, "/lxc/a", {{NsSlot::pid, {71, 0}}});
    add(22, "/lxc/b", {{NsSlot::net, {72, 0}}});
    know(NsType::pid, 71, test::init_user, test::init_pid);
    know(NsType::net, 72, test::init_user);
    const auto nodes = told(20);
    EXPECT_TRUE(nodes.contains("a") && nodes.contains("20") && nodes.contains("net72") &&
                nodes.contains("pid71"));
    EXPECT_FALSE(nodes.contains("b") || nodes.contains("21") || nodes.contains("22") || nodes.contains("1"));
    EXPECT_TRUE(told(1).contains("1"));
}

TEST_F(NamespaceForest, OfOneKind) {
    add(1, "/");
    add(20, "/lxc/a", {{NsSlot::pid, {71, 0}}, {NsSlot::net, {72, 0}}});
    add(30, "/", {{NsSlot::pid, {73, 0}}});
    know(NsType::pid, 71, test::init_user, test::init_pid);
    know(NsType::net, 72, test::init_user);
    know(NsType::pid, 73, test::init_user, test::init_pid);
    const auto nodes = told({}, false, NsType::net);
    EXPECT_EQ(nodes.at("20"), "a") << "what would be between them is left out";
    EXPECT_FALSE(nodes.contains("pid71") || nodes.contains("pid73") || nodes.contains("30"));
}

TEST_F(NamespaceForest, OfNothing) { EXPECT_TRUE(grow_forest({}, {}).nodes.empty()); }

} // namespace
} // namespace nsscope
