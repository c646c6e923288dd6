#include "scan/runtime_state.hpp"

#include <filesystem>
#include <fstream>
#include <map>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fake_proc.hpp"
#include "scan/container_names.hpp"

namespace nsscope {
namespace {

const std::string fixtures = NSSCOPE_SOURCE_DIR "/tests/fixtures/runtimes";
const std::string docker_id = "d0c" + std::string(60, '0') + "1";
const std::string cart_id = "c0ffee" + std::string(57, '0') + "2";
const std::string sandbox_id = "5a4d" + std::string(59, '0') + "3";
const std::string crio_id = "c410" + std::string(59, '0') + "4";
const std::string podman_id = "b0d5" + std::string(59, '0') + "5";
const std::string uid = "2c48913c-b29f-11e7-9350-020968147796";

std::map<pid_t, ContainerRecord> by_pid(const RuntimeState& state) {
    std::map<pid_t, ContainerRecord> records;
    for (const auto& record : state.records) EXPECT_TRUE(records.emplace(record.init_pid, record).second);
    return records;
}

TEST(RuntimeState, OfEveryRuntime) {
    const auto state = read_runtime_state(fixtures);
    EXPECT_TRUE(state.issues.empty()) << state.issues.front().why;
    auto records = by_pid(state);
    EXPECT_EQ(records.size(), 9U);

    const auto& bare = records[1001];
    EXPECT_EQ(bare.container, (Container{"bare", "", "", std::nullopt}));
    EXPECT_EQ(bare.oci_runtime, "runc");
    EXPECT_EQ(bare.init_start_ticks, 10010U);
    EXPECT_EQ(bare.cgroups, (std::vector<std::string>{"/sys/fs/cgroup/unified/anything/bare",
                                                      "/sys/fs/cgroup/cpu/anything/bare",
                                                      "/sys/fs/cgroup/systemd/anything/bare"}));
    EXPECT_EQ(bare.user, std::nullopt);

    const auto& oats = records[1002];
    EXPECT_EQ(oats.container, (Container{"oats", "", "", std::nullopt}));
    EXPECT_EQ(oats.oci_runtime, "crun");
    EXPECT_EQ(oats.init_start_ticks, 10020U);
    EXPECT_EQ(oats.cgroups, std::vector<std::string>{"/oats"});

    EXPECT_EQ(records[1003].container, (Container{docker_id, "docker", "", std::nullopt}));
    EXPECT_EQ(records[1004].container,
              (Container{sandbox_id, "containerd", "", Pod{uid, "shop-7d4", "default", ""}}));
    EXPECT_EQ(records[1005].container,
              (Container{cart_id, "containerd", "cart", Pod{uid, "shop-7d4", "default", ""}}));
    EXPECT_EQ(records[1005].unit, "cri-containerd-" + cart_id + ".scope");
    EXPECT_EQ(records[1005].init_start_ticks, 0U);
    EXPECT_EQ(records[1006].container, (Container{crio_id, "cri-o", "db", Pod{uid, "db-0", "prod", ""}}));
    EXPECT_EQ(records[1007].container, (Container{podman_id, "podman", "", std::nullopt}));
    EXPECT_EQ(records[1008].container, (Container{"mine", "", "", std::nullopt}));
    EXPECT_EQ(records[1008].user, uid_t{1000});
    EXPECT_TRUE(records[1008].cgroups.empty());
    EXPECT_EQ(records[1009].container, (Container{"my-machine", "nspawn", "my-machine", std::nullopt}));
    EXPECT_EQ(records[1009].unit, "machine-my\\x2dmachine.scope");
}

TEST(RuntimeState, NothingThere) {
    const FakeProc empty;
    const auto state = read_runtime_state(empty.root());
    EXPECT_TRUE(state.records.empty());
    EXPECT_TRUE(state.issues.empty());
}

/// A directory with one good container, and others that a test adds.
class DamagedState : public testing::Test {
  protected:
    void SetUp() override { good("run/runc/a"); }
    void good(const std::string& directory) const {
        tree.write(directory + "/state.json", R"({"id":"a","init_process_pid":7,"init_process_start":8})");
    }
    /// Reads it all; there is one good container, and as many issues.
    [[nodiscard]] std::vector<Issue> issues() const {
        const auto state = read_runtime_state(tree.root());
        EXPECT_EQ(state.records.size(), 1U);
        return state.issues;
    }
    FakeProc tree;
};

TEST_F(DamagedState, IsNamedAndLosesNothing) {
    tree.write("run/runc/b/state.json", R"({"id":"b","init_process_pid")");
    tree.write("run/crun/c/status", "[]");
    tree.write("run/systemd/machines/d", "LEADER=3\n");
    const auto found = issues();
    ASSERT_EQ(found.size(), 3U);
    EXPECT_EQ(found[0].what, "state of a container runtime");
    EXPECT_EQ(
        found[0].why,
        tree.root() +
            "/run/runc/b/state.json: not JSON at byte 28: Missing a colon after a name of object member.");
    EXPECT_EQ(found[1].why, tree.root() + "/run/crun/c/status: not a JSON object");
    EXPECT_EQ(found[2].why, tree.root() + "/run/systemd/machines/d: has no NAME");
}

TEST_F(DamagedState, TooDeep) {
    tree.write("run/runc/b/state.json", std::string(1000000, '['));
    ASSERT_EQ(issues().size(), 1U);
    EXPECT_NE(issues()[0].why.find("nested deeper than 64 levels"), std::string::npos);
}

TEST_F(DamagedState, TooLong) {
    tree.write("run/runc/b/state.json", "{}");
    std::filesystem::resize_file(tree.root() + "/run/runc/b/state.json", 17U << 20U); // takes no room
    ASSERT_EQ(issues().size(), 1U);
    EXPECT_NE(issues()[0].why.find("larger than 16 MiB"), std::string::npos);
}

TEST_F(DamagedState, NotAFile) {
    tree.write("run/runc/b/x", "");
    tree.write("run/runc/c/x", "");
    tree.write("run/runc/d/state.json/x", "");
    ASSERT_EQ(::mkfifo((tree.root() + "/run/runc/b/state.json").c_str(), 0600), 0);
    std::filesystem::create_symlink("/etc/passwd", tree.root() + "/run/runc/c/state.json");
    const auto found = issues();
    ASSERT_EQ(found.size(), 3U);
    EXPECT_NE(found[0].why.find("b/state.json: is not a regular file"), std::string::npos) << found[0].why;
    EXPECT_NE(found[1].why.find("c/state.json: Too many levels of symbolic links"), std::string::npos)
        << found[1].why;
    EXPECT_NE(found[2].why.find("d/state.json: is not a regular file"), std::string::npos) << found[2].why;
}

TEST_F(DamagedState, ThousandsAreCounted) {
    for (int i = 0; i < 2000; ++i) tree.write("run/runc/x" + std::to_string(i) + "/state.json", "?");
    const auto found = issues();
    ASSERT_EQ(found.size(), 9U);
    EXPECT_EQ(found.back().count, 1992U);
}

TEST_F(DamagedState, HalfWrittenDirectoriesAreNone) {
    tree.write("run/runc/b/exec.fifo", "");
    tree.write("run/runc/c", "");
    tree.write("run/containerd/io.containerd.runtime.v2.task/k8s.io/d/config.json", "{}"); // not started
    EXPECT_TRUE(issues().empty());
}

TEST(ContainerNames, AreLookedUp) {
    ContainerNames names(fixtures);
    Container docker{docker_id, "docker", "", std::nullopt};
    Container podman{podman_id, "podman", "", std::nullopt};
    names.complete(docker);
    names.complete(podman);
    EXPECT_EQ(docker.name, "web");
    EXPECT_EQ(podman.name, "blog");

    Container stays{"web-1", "lxc", "web-1", std::nullopt};
    Container again{"db-3", "lxc", "db-3", std::nullopt};
    Container unknown{"no-3", "lxc", "no-3", std::nullopt};
    for (auto* container : {&stays, &again, &unknown}) names.complete(*container);
    EXPECT_EQ(stays.id, "web-1");
    EXPECT_EQ(again.id, "db");
    EXPECT_EQ(again.name, "db");
    EXPECT_EQ(unknown.id, "no-3");

    std::vector<Issue> issues;
    names.report(issues);
    EXPECT_TRUE(issues.empty());
}

TEST(ContainerNames, NoIdLeadsOutOfTheDirectory) {
    const FakeProc tree;
    tree.write("var/lib/docker/containers/x/config.v2.json", R"({"Name":"/x"})");
    tree.write("var/lib/docker/config.v2.json", R"({"Name":"/x"})");
    ContainerNames names(tree.root());
    for (const std::string& id : std::vector<std::string>{"x", "..", "", "../containers/x"}) {
        Container container{id, "docker", "", std::nullopt};
        names.complete(container);
        EXPECT_EQ(container.name, "");
    }
}

TEST(ContainerNames, DamageIsNamed) {
    const FakeProc tree;
    tree.write("var/lib/docker/containers/" + docker_id + "/config.v2.json", "{");
    tree.write("var/lib/containers/storage/overlay-containers/containers.json", "{}");
    ContainerNames names(tree.root());
    Container docker{docker_id, "docker", "", std::nullopt};
    Container podman{podman_id, "podman", "", std::nullopt};
    names.complete(docker);
    names.complete(podman);
    std::vector<Issue> issues;
    names.report(issues);
    ASSERT_EQ(issues.size(), 2U);
    EXPECT_NE(issues[1].why.find("containers.json: not a JSON array"), std::string::npos);
}

} // namespace
} // namespace nsscope
