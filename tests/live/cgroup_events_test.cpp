#include <algorithm>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

#include "cgroup_dir.hpp"
#include "json.hpp"
#include "live.hpp"
#include "oracle.hpp"
#include "stream.hpp"

namespace live {
namespace {

/// cgroup.mkdir, cgroup.rmdir and cgroup.attach.
class CgroupEvents : public Live {
  protected:
    /// Those about this cgroup or one below it.
    static std::vector<Record> about(const std::vector<Record>& records, const std::string& path) {
        std::vector<Record> found;
        std::ranges::copy_if(records, std::back_inserter(found), [&](const Record& record) {
            return record.event.starts_with("cgroup.") && record.cgroup && record.cgroup->path &&
                   record.cgroup->path->starts_with(path);
        });
        return found;
    }
    static std::uint64_t id_of(const std::string& directory) {
        struct stat status {};
        EXPECT_EQ(::stat(directory.c_str(), &status), 0) << errno_text();
        return status.st_ino;
    }
};

TEST_F(CgroupEvents, MakeMoveAndRemove) {
    Watch stream;
    std::string path, deep;
    std::uint64_t id = 0;
    std::vector<Step> steps;
    {
        const CgroupDir cgroup("events");
        if (!cgroup.problem().empty()) LIVE_SKIP(cgroup.problem());
        path = cgroup.path();
        id = id_of(cgroup.directory());
        // longer than the kernel's own buffer for the path
        std::vector<std::string> below;
        deep = path;
        for (std::string directory = cgroup.directory(); below.size() < 6;) {
            const std::string name = '/' + std::string(240, 'x');
            directory += name;
            deep += name;
            below.push_back(directory);
            ASSERT_EQ(::mkdir(directory.c_str(), 0755), 0) << errno_text();
        }
        steps = run_helper({"cgroup:" + cgroup.directory(), "unshare:uts"});
        for (auto directory = below.rbegin(); directory != below.rend(); ++directory)
            ASSERT_TRUE(wait_until([&] { return ::rmdir(directory->c_str()) == 0; })) << errno_text();
    }
    const auto records = about(stream.finish(), path);
    const auto count = [&](const std::string& event) {
        return std::ranges::count(records, event, &Record::event);
    };
    EXPECT_EQ(count("cgroup.mkdir"), 7);
    EXPECT_EQ(count("cgroup.rmdir"), 7);
    EXPECT_GE(count("cgroup.attach"), 1);
    ASSERT_FALSE(records.empty());
    EXPECT_EQ(records.front().event, "cgroup.mkdir");
    EXPECT_EQ(records.front().cgroup->path, path);
    EXPECT_EQ(records.front().cgroup->id, id);
    EXPECT_EQ(records.front().process->pid, static_cast<std::uint32_t>(::getpid()));
    EXPECT_EQ(records.back().event, "cgroup.rmdir");
    EXPECT_TRUE(std::ranges::any_of(records, [&](const Record& r) { return r.cgroup->path == deep; }));
    const auto attached = std::ranges::find(records, "cgroup.attach", &Record::event);
    ASSERT_NE(attached, records.end());
    EXPECT_EQ(attached->cgroup->id, id);
    EXPECT_TRUE(callers(steps).contains(attached->process->pid));
}

} // namespace
} // namespace live
