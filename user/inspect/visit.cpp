#include "inspect/visit.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace nsscope {

namespace {

/// What happened where nothing may be allocated or thrown.
struct Outcome {
    const char* call = nullptr; ///< that failed
    int error = 0;
};

/// Whether nsscope is in it already: then there is nothing to join, and no privilege to have.
bool is_own(const HeldNamespace& ns) {
    struct stat own {
    }, other{};
    return ::stat(fmt::format("/proc/self/ns/{}", name(ns.type)).c_str(), &own) == 0 &&
           ::fstat(ns.file.get(), &other) == 0 && own.st_dev == other.st_dev && own.st_ino == other.st_ino;
}

Outcome join(const HeldNamespace& ns) {
    // A thread shares its root and working directory with the others, which setns(2) refuses (fs_struct users).
    if (ns.type == NsType::mnt && ::unshare(CLONE_FS) != 0) return {"unshare", errno};
    if (::setns(ns.file.get(), static_cast<int>(info(ns.type).clone_flag)) != 0) return {"setns", errno};
    return {};
}

Result<void> result_of(const Outcome& outcome, const HeldNamespace& ns) {
    if (outcome.call == nullptr) return {};
    const bool denied = outcome.error == EPERM;
    return errno_failure(
        outcome.error, fmt::format("cannot enter {}:[{}] ({})", name(ns.type), ns.ref.inum, outcome.call),
        denied ? "this takes CAP_SYS_ADMIN in its owning user namespace and in nsscope's own" : "");
}

/// In the child, which may call only what is safe after fork(2).
[[noreturn]] void sit_in(const HeldNamespace& ns, int tell, int stay) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    // Whoever rules the namespace must not get hold of what nsscope has open.
    ::prctl(PR_SET_DUMPABLE, 0);
    const auto outcome = join(ns);
    const bool told = ::write(tell, &outcome, sizeof outcome) == sizeof outcome;
    char byte = 0;
    while (told && outcome.call == nullptr && ::read(stay, &byte, 1) < 0 && errno == EINTR) {
    }
    ::_exit(0);
}

struct Pipe {
    UniqueFd read_end, write_end;
    [[nodiscard]] static Result<Pipe> make() {
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_CLOEXEC) != 0) return errno_failure("cannot make a pipe");
        return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
    }
};

} // namespace

Result<void> visit_by_thread(const HeldNamespace& ns, const std::function<void()>& read) {
    if (is_own(ns)) {
        read();
        return {};
    }
    Outcome outcome;
    std::thread visitor([&] {
        outcome = join(ns);
        if (outcome.call == nullptr) read();
    });
    visitor.join();
    return result_of(outcome, ns);
}

Result<void> visit_by_process(const HeldNamespace& ns, const std::function<void(pid_t)>& read) {
    auto tell = Pipe::make();
    auto stay = Pipe::make();
    if (!tell || !stay) return Failure((tell ? stay : tell).error());
    const pid_t child = ::fork();
    if (child < 0) return errno_failure("cannot fork");
    if (child == 0) {
        stay->write_end.reset();
        sit_in(ns, tell->write_end.get(), stay->read_end.get());
    }
    tell->write_end.reset();
    stay->read_end.reset();
    Outcome outcome;
    if (::read(tell->read_end.get(), &outcome, sizeof outcome) != sizeof outcome)
        outcome = {"a child process ended before its time", ECHILD};
    if (outcome.call == nullptr) read(child);
    stay->write_end.reset();
    while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
    }
    return result_of(outcome, ns);
}

} // namespace nsscope
