#include "cgroup_dir.hpp"

#include <sstream>
#include <string>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "live.hpp"

namespace live {
namespace {

/// Where the whole unified hierarchy is mounted; empty: nowhere.
std::string find_mount() {
    std::istringstream mounts(read_file("/proc/self/mountinfo"));
    for (std::string line; std::getline(mounts, line);) {
        // ID PARENT DEVICE ROOT PLACE OPTIONS... - TYPE SOURCE SUPER-OPTIONS
        std::istringstream fields(line);
        std::string id, parent, device, root, place;
        fields >> id >> parent >> device >> root >> place;
        if (root == "/" && line.find(" - cgroup2 ") != std::string::npos) return place;
    }
    return {};
}

} // namespace

CgroupDir::CgroupDir(const std::string& name) {
    auto mount = find_mount();
    if (mount.empty()) {
        mounted_ = "/tmp/nsscope-live-cgroup2-" + std::to_string(::getpid());
        if (::mkdir(mounted_.c_str(), 0755) != 0 ||
            ::mount("none", mounted_.c_str(), "cgroup2", 0, nullptr) != 0) {
            problem_ = "cannot mount cgroup2: " + errno_text();
            return;
        }
        mount = mounted_;
    }
    path_ = "/nsscope-live-" + name + '-' + std::to_string(::getpid());
    directory_ = mount + path_;
    if (::mkdir(directory_.c_str(), 0755) != 0) problem_ = "cannot make a cgroup: " + errno_text();
}

CgroupDir::~CgroupDir() {
    // who was in it may still be on its way out
    if (problem_.empty()) (void)wait_until([this] { return ::rmdir(directory_.c_str()) == 0; });
    if (mounted_.empty()) return;
    ::umount2(mounted_.c_str(), MNT_DETACH);
    ::rmdir(mounted_.c_str());
}

} // namespace live
