#include "sysctl_writers.hpp"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "live.hpp"
#include "process.hpp"

namespace live {
namespace {

using nsscope::UniqueFd;
using How = SysctlWriter::How;

constexpr std::size_t longest_value = 8192;

bool put(const char* path, std::string_view text) {
    const UniqueFd fd(::open(path, O_WRONLY | O_CLOEXEC));
    return fd && ::write(fd.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

int attempt(int file, const Attempt& attempt, const char* value, std::size_t length) {
    std::array<char, 4096> unused{};
    const auto position = static_cast<off_t>(attempt.position);
    const auto done = attempt.is_write ? ::pwrite(file, value, length, position)
                                       : ::pread(file, unused.data(), unused.size(), position);
    return done < 0 ? errno : 0;
}

/// Kernels without modules have no kind of interface that can be added.
bool add_interface(const std::string& name) {
    const auto ip = find_in_path("ip");
    return run({ip, "link", "add", name, "type", "bridge"}).status == 0 ||
           run({ip, "link", "add", name, "type", "veth", "peer", "name", "p" + name}).status == 0;
}

bool rename_loopback(const std::string& name) {
    return run({find_in_path("ip"), "link", "set", "lo", "name", name}).status == 0;
}

/// Does as it is told, until nobody tells any more.
[[noreturn]] void serve(int socket, const std::vector<std::vector<UniqueFd>>& files) {
    std::array<char, sizeof(Attempt) + longest_value> message{};
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    while (true) {
        const auto size = ::recv(socket, message.data(), message.size(), 0);
        if (size < static_cast<ssize_t>(sizeof(Attempt))) ::_exit(0);
        Attempt asked;
        std::memcpy(&asked, message.data(), sizeof asked);
        const int result =
            attempt(files[asked.net][asked.setting].get(), asked, message.data() + sizeof asked,
                    static_cast<std::size_t>(size) - sizeof asked);
        if (::send(socket, &result, sizeof result, 0) != sizeof result) ::_exit(0);
    }
}

} // namespace

std::optional<int> SysctlWriter::try_it(const Attempt& attempt, const std::string& value) const {
    std::string message(reinterpret_cast<const char*>(&attempt), sizeof attempt);
    message += value;
    int result = 0;
    if (::send(socket_.get(), message.data(), message.size(), MSG_NOSIGNAL) < 0 ||
        ::recv(socket_.get(), &result, sizeof result, 0) != sizeof result)
        return std::nullopt;
    return result;
}

SysctlWriters::SysctlWriters(unsigned nets, const std::vector<std::string>& interfaces,
                             std::vector<Setting> settings)
    : pid_ns_(::open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC)),
      uts_ns_(::open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC)) {
    const auto keep_net = [this] {
        nets_.emplace_back(::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
        struct stat status {};
        if (!nets_.back() || ::fstat(nets_.back().get(), &status) != 0)
            problem_ = "cannot open a network namespace: " + errno_text();
        inums_.push_back(static_cast<std::uint32_t>(status.st_ino));
    };
    keep_net();
    if (::unshare(CLONE_NEWUTS) != 0) problem_ = "cannot make a UTS namespace: " + errno_text();
    while (nets_.size() < nets && problem_.empty()) {
        if (::unshare(CLONE_NEWNET) != 0) problem_ = "cannot make a network namespace: " + errno_text();
        for (const auto& name : interfaces)
            if (!add_interface(name) && interfaces.size() == 1 && !rename_loopback(name))
                problem_ = "cannot make the interface " + name;
        keep_net();
    }
    if (problem_.empty()) open_settings(std::move(settings));
}

SysctlWriters::~SysctlWriters() {
    if (!enter(0) || ::setns(uts_ns_.get(), CLONE_NEWUTS) != 0)
        std::abort(); // nothing that follows would be true
}

/// Those that the last network namespace has; in the first, some may be missing, and nobody is asked to write them there.
void SysctlWriters::open_settings(std::vector<Setting> settings) {
    for (auto& setting : settings)
        if (::access(("/proc/sys/" + setting.name).c_str(), F_OK) == 0)
            settings_.push_back(std::move(setting));
    for (unsigned net = 0; net < nets_.size(); net++) {
        auto& files = files_.emplace_back();
        if (!enter(net)) {
            problem_ = "cannot enter a network namespace: " + errno_text();
            return;
        }
        for (const auto& setting : settings_) {
            const auto path = "/proc/sys/" + setting.name;
            files.emplace_back(::open(path.c_str(), O_RDWR | O_CLOEXEC));
            if (!files.back()) files.back() = UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
        }
    }
}

bool SysctlWriters::enter(unsigned net) const { return ::setns(nets_[net].get(), CLONE_NEWNET) == 0; }

bool SysctlWriters::has(unsigned net, unsigned setting, bool to_write) const {
    const int fd = files_[net][setting].get();
    return fd >= 0 && (!to_write || (::fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDWR);
}

std::string SysctlWriters::value_of(unsigned net, unsigned setting) const {
    std::array<char, 4096> text{};
    const auto size = ::pread(files_[net][setting].get(), text.data(), text.size(), 0);
    return {text.data(), size > 0 ? static_cast<std::size_t>(size) : 0};
}

void SysctlWriters::set(unsigned net, unsigned setting, const std::string& value) const {
    // what is refused stays as it was
    static_cast<void>(::pwrite(files_[net][setting].get(), value.data(), value.size(), 0));
}

std::unique_ptr<SysctlWriter> SysctlWriters::start(const std::string& cgroup_directory, How how,
                                                   unsigned net) {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0 || !enter(net)) return {};
    UniqueFd ours(ends[0]), theirs(ends[1]);
    if (how == How::own_pid_ns && ::unshare(CLONE_NEWPID) != 0) return {};
    const auto child = ::fork();
    if (child == 0) {
        ours.reset();
        const auto procs = cgroup_directory + "/cgroup.procs";
        int ready = put(procs.c_str(), "0") ? 0 : errno;
        if (ready == 0 && how == How::own_user_ns &&
            (::unshare(CLONE_NEWUSER) != 0 || !put("/proc/self/uid_map", "0 0 1")))
            ready = errno;
        if (::send(theirs.get(), &ready, sizeof ready, 0) != sizeof ready || ready != 0) ::_exit(1);
        serve(theirs.get(), files_);
    }
    if (how == How::own_pid_ns && ::setns(pid_ns_.get(), CLONE_NEWPID) != 0) return {};
    theirs.reset();
    int ready = -1;
    if (child < 0 || ::recv(ours.get(), &ready, sizeof ready, 0) != sizeof ready || ready != 0) {
        problem_ = std::string("cannot start a writer: ") + std::strerror(ready);
        return {};
    }
    return std::make_unique<SysctlWriter>(child, std::move(ours));
}

} // namespace live
