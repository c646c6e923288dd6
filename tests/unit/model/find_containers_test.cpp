#include "model/find_containers.hpp"

#include <gtest/gtest.h>

#include "model/place_containers.hpp"
#include "scan_builder.hpp"

namespace nsscope {
namespace {

using test::process;

const std::string id(64, 'a');
const std::string other(64, 'b');
constexpr std::uint64_t hz = 100;
constexpr std::uint64_t tick = 10'000'000; // ns

/// A machine whose processes are in cgroups, and the records of its runtimes.
class FindContainers : public testing::Test {
  protected:
    /// A process in the cgroups of `text`; without a line break it is a path in the unified hierarchy.
    ScannedTask& add(pid_t pid, const std::string& text, std::initializer_list<test::Change> changes = {}) {
        auto task = process(pid, changes);
        task.start_ns = static_cast<std::uint64_t>(pid) * tick + 1;
        task.cgroups = static_cast<std::uint32_t>(scan.cgroups.size());
        scan.cgroups.push_back({0, text.ends_with('\n') ? text : "0::" + text + "\n"});
        scan.tasks.push_back(task);
        return scan.tasks.back();
    }
    /// What runc says of a container whose init process is `pid`.
    ContainerRecord& record(const std::string& name, pid_t pid, const std::string& cgroup = {}) {
        ContainerRecord r;
        r.container.id = name;
        r.oci_runtime = "runc";
        r.init_pid = pid;
        r.init_start_ticks = static_cast<std::uint64_t>(pid);
        if (!cgroup.empty()) r.cgroups = {cgroup};
        records.push_back(r);
        return records.back();
    }
    /// "runtime:id" of the container that a process is in, or "none".
    std::string told(pid_t pid) {
        const auto finding = find_containers(scan, records, hz);
        for (const auto& p : finding.processes)
            if (p.pid == pid) {
                const auto& c = finding.containers[p.container].container;
                return c.runtime + ":" + (c.id == id ? "ID" : c.id);
            }
        return "none";
    }

    Scan scan;
    std::vector<ContainerRecord> records;
};

TEST_F(FindContainers, ByTheNameOfTheCgroup) {
    add(10, "/docker/" + id);
    add(11, "/docker/" + id + "/below");
    add(12, "/user.slice");
    add(13, "9:name=systemd:/docker/" + id + "\n0::/\n"); // a v1 hierarchy
    for (const pid_t pid : {10, 11, 13}) EXPECT_EQ(told(pid), "docker:ID") << pid;
    EXPECT_EQ(told(12), "none");
    const auto finding = find_containers(scan, records, hz);
    ASSERT_EQ(finding.containers.size(), 1U) << "one container, however many cgroups it has";
    EXPECT_EQ(finding.containers[0].cgroup, "/docker/" + id);
    EXPECT_EQ(finding.containers[0].init_pid, 10);
}

TEST_F(FindContainers, BareOnesByTheirRecord) {
    add(20, "/any/name");
    add(21, "/any/name/below");
    add(22, "/any");
    add(23, "/any/name2");
    record("c1", 20, "/sys/fs/cgroup/unified/any/name");
    EXPECT_EQ(told(20), "runc:c1");
    EXPECT_EQ(told(21), "runc:c1");
    EXPECT_EQ(told(22), "none");
    EXPECT_EQ(told(23), "none");
}

TEST_F(FindContainers, InitMayBeBelowItsCgroup) {
    add(20, "/any/name/init.scope");
    add(21, "/any/name/system.slice/a.service");
    record("c1", 20, "/any/name");
    EXPECT_EQ(told(21), "runc:c1");
}

TEST_F(FindContainers, InAHierarchyOfVersionOne) {
    add(20, "4:memory:/deep/down/c1\n1:cpu:/c1\n0::/\n");
    add(21, "4:memory:/deep/down\n1:cpu:/c1/x\n0::/\n");
    record("c1", 20, "/sys/fs/cgroup/cpu/c1");
    EXPECT_EQ(told(20), "runc:c1");
    EXPECT_EQ(told(21), "runc:c1");
}

TEST_F(FindContainers, AnotherGenerationOfTheId) {
    add(20, "/c1");
    record("c1", 20, "/c1").init_start_ticks = 19; // the record of one that had this pid before
    EXPECT_EQ(told(20), "none");
    records.clear();
    record("c1", 21, "/c1"); // whose init process is gone
    EXPECT_EQ(told(20), "none");
    record("c1", 20, "/c1");
    EXPECT_EQ(told(20), "runc:c1");
}

TEST_F(FindContainers, ARecordWithoutAStartTimeNeedsItsCgroup) {
    add(1, "/");
    add(20, "/machine.slice/cri-x.scope/init.scope", {{NsSlot::pid, {77, 0}}});
    record("c1", 20).init_start_ticks = 0;
    EXPECT_EQ(told(20), "none");
    records[0].unit = "cri-x.scope";
    EXPECT_EQ(told(20), "runc:c1");
    records[0].unit = "cri-y.scope";
    EXPECT_EQ(told(20), "none");
}

TEST_F(FindContainers, TheRootIsNobodysCgroup) {
    add(1, "/");
    add(20, "/");
    record("c1", 20, "/");
    EXPECT_EQ(told(20), "none");
    EXPECT_EQ(told(1), "none");
}

TEST_F(FindContainers, WithoutACgroupByItsPidNamespace) {
    add(1, "/session");
    add(20, "/session", {{NsSlot::pid, {77, 0}}});
    add(21, "/session", {{NsSlot::pid, {77, 0}}});
    add(22, "/session", {{NsSlot::pid, {78, 0}}});
    add(23, "/session");
    record("c1", 20);
    record("c2", 23); // shares the pid namespace of its parent
    EXPECT_EQ(told(20), "runc:c1");
    EXPECT_EQ(told(21), "runc:c1");
    EXPECT_EQ(told(22), "none");
    EXPECT_EQ(told(23), "none");
    EXPECT_EQ(told(1), "none");
}

TEST_F(FindContainers, AUserSpeaksForItselfOnly) {
    add(1, "/");
    add(20, "/system.slice/a.service", {{NsSlot::pid, {77, 0}}}).uid = 0;
    auto& claim = record("mine", 20, "/system.slice/a.service");
    claim.user = 1000;
    EXPECT_EQ(told(20), "none") << "somebody else's service";
    scan.tasks[1].uid = 1000;
    EXPECT_EQ(told(20), "runc:mine") << "by its pid namespace";
    add(21, "/system.slice/a.service");
    EXPECT_EQ(told(21), "none") << "and not by a cgroup that is not the user's";
    scan.tasks[1].uid = 100000;
    EXPECT_EQ(told(20), "none");
    scan.tasks[1].ns[static_cast<std::size_t>(NsSlot::user)] = {500, 0};
    scan.namespaces.push_back(test::user_ns(500, test::init_user, 1000));
    EXPECT_EQ(told(20), "runc:mine") << "in a user namespace of the user's";
    scan.namespaces.back().owner_uid = 1001;
    EXPECT_EQ(told(20), "none");
}

TEST_F(FindContainers, AUsersCgroup) {
    const std::string slice = "/user.slice/user-1000.slice/user@1000.service/user.slice/";
    add(20, slice + "crun-mine.scope");
    add(21, slice + "other.scope");
    record("mine", 20, slice + "crun-mine.scope").user = 1000;
    EXPECT_EQ(told(20), "runc:mine");
    EXPECT_EQ(told(21), "none");
    records[0].user = 100;
    EXPECT_EQ(told(20), "none");
}

TEST_F(FindContainers, NameAndRecordTogether) {
    const std::string uid = "2c48913c-b29f-11e7-9350-020968147796";
    const std::string path = "/kubepods/burstable/pod" + uid + "/" + id;
    add(20, path);
    auto& said = record(id, 20, "/sys/fs/cgroup" + path);
    said.container.runtime = "containerd";
    said.container.name = "cart";
    said.container.pod = Pod{"", "shop", "default", ""};
    const auto finding = find_containers(scan, records, hz);
    ASSERT_EQ(finding.containers.size(), 1U);
    EXPECT_EQ(finding.containers[0].container,
              (Container{id, "containerd", "cart", Pod{uid, "shop", "default", "burstable"}}));
    EXPECT_EQ(finding.containers[0].init_pid, 20);
    EXPECT_EQ(finding.containers[0].cgroup, path);
}

TEST_F(FindContainers, TheManagerComesBeforeItsRuntime) {
    add(20, "/machine.slice/libpod-" + id + ".scope/container");
    record(id, 20, "/machine.slice/libpod-" + id + ".scope/container");
    EXPECT_EQ(told(20), "podman:ID");
}

TEST_F(FindContainers, TheInnermostCounts) {
    add(20, "/c1");
    add(21, "/c1/docker/" + id); // by its name, in one by its record
    add(22, "/docker/" + id + "/inner");
    record("c1", 20, "/c1");
    record("c2", 22, "/docker/" + id + "/inner");
    EXPECT_EQ(told(20), "runc:c1");
    EXPECT_EQ(told(21), "docker:ID");
    EXPECT_EQ(told(22), "runc:c2");
}

TEST_F(FindContainers, TheSameIdInTwoPlaces) {
    add(20, "/lxc.payload.a/lxc.payload.web");
    add(21, "/lxc.payload.b/lxc.payload.web");
    EXPECT_EQ(find_containers(scan, records, hz).containers.size(), 2U);
}

TEST_F(FindContainers, WithoutTextsNothingIsTold) {
    add(20, "\n");
    scan.cgroups[0].text.clear();
    scan.tasks.push_back(process(21)); // in cgroups that nobody looked at
    record("c1", 20, "/c1");
    record("c2", 21, "/c1");
    EXPECT_TRUE(find_containers(scan, records, hz).containers.empty());
}

// Whose is a namespace?

class PlaceContainers : public FindContainers {
  protected:
    /// The ids of the containers with a process in the namespace, the one that it belongs to in brackets.
    std::string told_of(NsType type, std::uint32_t inum) {
        auto finding = find_containers(scan, records, hz);
        Scan copy = scan;
        auto snapshot = build_snapshot(std::move(copy));
        place_containers(snapshot, std::move(finding));
        const auto* ns = find(snapshot, type, inum);
        if (ns == nullptr) return "no such namespace";
        std::string text;
        for (const auto place : ns->containers) {
            const auto& name = snapshot.containers[place].container.id;
            text += text.empty() ? "" : " ";
            text += ns->container == place ? "[" + name + "]" : name;
        }
        return text;
    }
};

TEST_F(PlaceContainers, ItsOwn) {
    add(20, "/lxc/a", {{NsSlot::net, {70, 0}}});
    add(21, "/lxc/a", {{NsSlot::net, {70, 0}}});
    EXPECT_EQ(told_of(NsType::net, 70), "[a]");
    EXPECT_EQ(told_of(NsType::user, test::init_user), "a") << "shared with the host";
}

TEST_F(PlaceContainers, SharedByTwo) {
    add(30, "/lxc/b", {{NsSlot::net, {70, 0}}});
    add(40, "/lxc/a", {{NsSlot::net, {70, 0}}});
    EXPECT_EQ(told_of(NsType::net, 70), "[b] a");
    scan.tasks[1].start_ns = 1; // pids have wrapped around
    EXPECT_EQ(told_of(NsType::net, 70), "b [a]");
}

TEST_F(PlaceContainers, AProcessOfTheHostInIt) {
    add(10, "/user.slice", {{NsSlot::net, {70, 0}}});
    add(20, "/lxc/a", {{NsSlot::net, {70, 0}}});
    EXPECT_EQ(told_of(NsType::net, 70), "[a]");
    add(5, "/user.slice", {{NsSlot::net, {71, 0}}});
    EXPECT_EQ(told_of(NsType::net, 71), "");
}

TEST_F(PlaceContainers, OfAProcess) {
    add(10, "/user.slice");
    add(20, "/lxc/a");
    auto finding = find_containers(scan, records, hz);
    auto snapshot = build_snapshot(std::move(scan));
    EXPECT_EQ(container_of(snapshot, 20), std::nullopt) << "nobody has looked";
    place_containers(snapshot, std::move(finding));
    EXPECT_EQ(container_of(snapshot, 20), 0U);
    EXPECT_EQ(container_of(snapshot, 10), std::nullopt);
    EXPECT_EQ(container_of(snapshot, 21), std::nullopt);
}

} // namespace
} // namespace nsscope
