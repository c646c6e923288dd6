#include "live.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <ftw.h>
#include <iterator>
#include <sched.h>
#include <sstream>
#include <sys/mount.h>
#include <thread>
#include <unistd.h>

namespace live {

bool may_skip() {
    const char* forbidden = std::getenv("NSSCOPE_NO_SKIP");
    return forbidden == nullptr || std::strcmp(forbidden, "1") != 0;
}

bool is_brief() {
    const char* brief = std::getenv("NSSCOPE_LIVE_BRIEF");
    return brief != nullptr && std::strcmp(brief, "1") == 0;
}

std::size_t many() { return is_brief() ? 1000 : 5000; }
std::size_t often(std::size_t times) { return is_brief() ? times / 10 : times; }

std::string program() {
    const char* chosen = std::getenv("NSSCOPE");
    return chosen != nullptr ? chosen : NSSCOPE_PROGRAM;
}

std::string helper() {
    std::array<char, PATH_MAX> self{};
    const auto length = ::readlink("/proc/self/exe", self.data(), self.size());
    const std::string path(self.data(), length > 0 ? static_cast<std::size_t>(length) : 0);
    return path.substr(0, path.rfind('/') + 1) + "nshelper";
}

std::string find_in_path(const std::string& name) {
    const char* path = std::getenv("PATH");
    std::istringstream directories(path != nullptr ? path : "/usr/sbin:/usr/bin:/sbin:/bin");
    for (std::string directory; std::getline(directories, directory, ':');) {
        auto candidate = directory + '/' + name;
        if (::access(candidate.c_str(), X_OK) == 0) return candidate;
    }
    return {};
}

std::string read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string errno_text() { return std::strerror(errno); }

bool wait_until(const std::function<bool()>& is_so, Duration timeout) {
    const auto begin = std::chrono::steady_clock::now();
    while (!is_so()) {
        const auto waited = std::chrono::steady_clock::now() - begin;
        if (waited > timeout) return false;
        // to ask may be work, in a VM for a second, while to sleep is none
        std::this_thread::sleep_for(std::clamp<std::chrono::nanoseconds>(waited / 4, 5ms, 250ms));
    }
    return true;
}

Scratch::Scratch(const std::string& name)
    : path_("/tmp/nsscope-live-" + name + '-' + std::to_string(::getpid())) {}

Scratch::~Scratch() {
    ::umount2(path_.c_str(), MNT_DETACH);
    // what is below it as well, but not what is mounted there
    const auto remove = [](const char* path, const struct stat*, int, struct FTW*) {
        static_cast<void>(::remove(path));
        return 0;
    };
    ::nftw(path_.c_str(), remove, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

bool have_own_mounts() {
    return ::unshare(CLONE_NEWNS) == 0 && ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
}

void Live::SetUp() {
    if (::geteuid() != 0) LIVE_SKIP("needs root, to trace and to make namespaces");
}

} // namespace live
