// A cgroup namespace below a cgroup, against nsenter(1) and what the test made.

#include <cerrno>
#include <csignal>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgroup_dir.hpp"
#include "inspected.hpp"
#include "json.hpp"
#include "live.hpp"

namespace live {
namespace {

class InspectCgroup : public Live {};

/// The cgroup of a process in the unified hierarchy, from /proc/PID/cgroup.
std::string unified_in(const std::string& cgroup_file) {
    for (const auto& line : lines_of(cgroup_file))
        if (line.starts_with("0::")) return line.substr(3);
    return "none";
}

TEST_F(InspectCgroup, RootAndPathsFromBothSides) {
    const CgroupDir outer("inspect");
    if (!outer.problem().empty()) LIVE_SKIP(outer.problem());
    const auto inner = outer.directory() + "/in";
    ASSERT_EQ(::mkdir(inner.c_str(), 0755), 0) << errno_text();
    {
        const Subject subject([&] {
            if (const int error = write_text(outer.directory() + "/cgroup.procs", "0")) return error;
            return failed(::unshare(CLONE_NEWCGROUP));
        });
        ASSERT_EQ(subject.error(), 0);
        const auto check = [&](const std::string& inside, const std::string& outside) {
            const Inspected said({subject.proc() + "/ns/cgroup"});
            const auto& contents = said.contents("cgroup");
            const auto* member = find_in(json::array(contents, "members"), "pid", subject.pid());
            ASSERT_NE(member, nullptr);
            const auto* place = find_in(json::array(*member, "cgroups"), "hierarchy", 0);
            ASSERT_NE(place, nullptr);
            EXPECT_EQ(json::text(*place, "inside"), inside);
            EXPECT_EQ(json::text(*place, "outside"), outside);
            EXPECT_EQ(unified_in(within(subject, {"-C"}, {find_in_path("cat"), subject.proc() + "/cgroup"})),
                      inside);
            EXPECT_EQ(unified_in(read_file(subject.proc() + "/cgroup")), outside);
            const auto* root = find_in(json::array(contents, "roots"), "hierarchy", 0);
            ASSERT_NE(root, nullptr);
            EXPECT_EQ(json::text(*root, "path"), outer.path());
        };
        check("/", outer.path());
        ASSERT_EQ(write_text(inner + "/cgroup.procs", std::to_string(subject.pid())), 0);
        check("/in", outer.path() + "/in");
    }
    EXPECT_TRUE(wait_until([&] { return ::rmdir(inner.c_str()) == 0; }));
}

} // namespace
} // namespace live
