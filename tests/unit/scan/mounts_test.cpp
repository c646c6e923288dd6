// nsfs bind mounts, made without privilege in a mount namespace of a child's own.
#include <fcntl.h>
#include <filesystem>

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "child.hpp"
#include "scan/proc_scan.hpp"

using namespace nsscope;

namespace {

constexpr int wrong = 1000; ///< beyond every errno: the scan said something else

/// In a user and mount namespace of its own: leaves a uts namespace to a bind mount alone, and scans.
int bind_and_scan(const std::string& place) {
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWUTS) != 0) return errno;
    if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return errno;
    struct stat uts {};
    struct stat user {};
    if (::stat("/proc/self/ns/uts", &uts) != 0 || ::stat("/proc/self/ns/user", &user) != 0) return errno;
    if (::mount("/proc/self/ns/uts", place.c_str(), nullptr, MS_BIND, nullptr) != 0) return errno;
    if (::unshare(CLONE_NEWUTS) != 0) return errno;

    const auto scan = scan_proc("/proc");
    if (!scan) return wrong;
    bool mounted = false;
    for (const auto& mount : scan->mounts)
        mounted |= mount.type == NsType::uts && mount.inum == uts.st_ino && mount.path == place;
    if (!mounted) return wrong + 1;
    for (const auto& task : scan->tasks)
        if (task.ns[static_cast<std::size_t>(NsSlot::uts)].inum == uts.st_ino) return wrong + 2;
    for (const auto& ns : scan->namespaces)
        if (ns.type == NsType::uts && ns.ref.inum == uts.st_ino)
            return ns.owner_user_ns == user.st_ino ? 0 : wrong + 3;
    return wrong + 4;
}

} // namespace

TEST(LiveMounts, NamespaceThatOnlyAMountHolds) {
    auto directory = (std::filesystem::temp_directory_path() / "nsscope mount XXXXXX").string();
    ASSERT_NE(::mkdtemp(directory.data()), nullptr);
    const auto place = directory + "/a\\b\tc";
    ::close(::open(place.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    {
        const Child child([&] { return bind_and_scan(place); });
        EXPECT_LT(child.error(), wrong);
        if (child.error() < wrong) SKIP_IF_REFUSED(child);
    }
    std::filesystem::remove_all(directory);
}
