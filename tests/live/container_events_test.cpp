#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <unistd.h>

#include "live.hpp"
#include "process.hpp"
#include "stream.hpp"

namespace live {
namespace {

const std::size_t count = often(50);

/// Containers that are gone when anybody looks: each runs for 20 ms.
class ShortContainers : public Live, public testing::WithParamInterface<std::string> {
  protected:
    void SetUp() override {
        Live::SetUp();
        if (IsSkipped() || HasFatalFailure()) return;
        for (const std::string& needed : std::vector<std::string>{GetParam(), "busybox"})
            if (find_in_path(needed).empty()) LIVE_SKIP(needed + " is not installed");
        namespace fs = std::filesystem;
        fs::create_directories(bundle_.path() + "/rootfs/bin");
        fs::create_directories(bundle_.path() + "/rootfs/proc");
        fs::create_directories(bundle_.path() + "/rootfs/dev");
        fs::copy_file(find_in_path("busybox"), bundle_.path() + "/rootfs/bin/busybox");
        std::ofstream(bundle_.path() + "/config.json")
            << R"({"ociVersion":"1.0.2","process":{"user":{"uid":0,"gid":0},"cwd":"/",)"
            << R"("args":["/bin/busybox","sleep","0.02"]},"root":{"path":"rootfs"},)"
            << R"("mounts":[{"destination":"/proc","type":"proc","source":"proc"}],)"
            << R"("linux":{"namespaces":[{"type":"pid"},{"type":"mount"},{"type":"ipc"},{"type":"uts"},)"
            << R"({"type":"network"}]}})";
    }
    /// One after the other, in the unified hierarchy.
    [[nodiscard]] Finished run_all(const std::string& prefix) const {
        const auto manager = GetParam() == "crun" ? " --cgroup-manager=cgroupfs" : "";
        const auto script =
            "{ umount -R /sys/fs/cgroup; mount -t cgroup2 none /sys/fs/cgroup; } 2>/dev/null; cd " +
            bundle_.path() + "; for i in $(seq " + std::to_string(count) + "); do " + GetParam() + manager +
            " run " + prefix + "$i </dev/null || exit 1; done";
        return run({find_in_path("unshare"), "-m", find_in_path("sh"), "-c", script}, {}, 120s);
    }
    Scratch bundle_{"short-containers-" + GetParam()};
};

TEST_P(ShortContainers, AreAllAttributed) {
    const auto prefix = "nsscope-short-" + std::to_string(::getpid()) + "-" + GetParam() + "-";
    Stream stream({"--type", "all"});
    const auto done = run_all(prefix);
    ASSERT_EQ(done.status, 0) << done.output << done.errors;
    ASSERT_TRUE(stream.wait_for(
        [&](const Record& record) {
            return record.event == "container.exit" && record.container->id == prefix + std::to_string(count);
        },
        patience, {"container.exit"}));
    const auto& records = stream.finish();
    EXPECT_EQ(stream.status(), 0);

    std::map<std::string, std::set<std::string>> ids; // by event
    std::map<std::uint32_t, std::string> inits;
    std::size_t without_namespaces = 0;
    for (const auto& record : records) {
        if (!record.container || !record.container->id.starts_with(prefix)) continue;
        EXPECT_EQ(record.container->runtime, GetParam()) << record.line;
        ids[record.event].insert(record.container->id);
        if (record.event != "container.start") continue;
        inits[record.process->pid] = record.container->id;
        EXPECT_EQ(record.process->comm, "busybox");
        if (record.namespaces.size() != 8) ++without_namespaces;
    }
    EXPECT_EQ(ids["container.start"].size(), count);
    EXPECT_EQ(ids["container.exit"].size(), count);
    EXPECT_EQ(inits.size(), count);
    EXPECT_EQ(without_namespaces, 0U);
    std::size_t of_inits = 0;
    for (const auto& record : records) { // all that they did once they were in place
        if (!record.process || !inits.contains(record.process->pid) || record.process->comm != "busybox")
            continue;
        ++of_inits;
        ASSERT_TRUE(record.container) << record.line;
        EXPECT_EQ(record.container->id, inits[record.process->pid]) << record.line;
    }
    EXPECT_GE(of_inits, 3 * count) << "start, exec, exit";
}

INSTANTIATE_TEST_SUITE_P(Runtimes, ShortContainers, testing::Values("crun", "runc"),
                         [](const auto& runtime) { return runtime.param; });

} // namespace
} // namespace live
