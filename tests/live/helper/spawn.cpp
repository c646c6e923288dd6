#include "helper/spawn.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "helper/calls.hpp"
#include "helper/view.hpp"

namespace nshelper {
namespace {

struct ChildRun {
    int tell = -1;
    int leave = -1;
    int parents_end = -1; ///< of `leave`
    bool shares_memory = false;
    const std::function<int()>* body = nullptr;
};

std::array<int, 2> make_pipe() {
    std::array<int, 2> ends{-1, -1};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        std::perror("nshelper: pipe2");
        std::exit(1);
    }
    return ends;
}

void in_child(void* argument) {
    const auto& run = *static_cast<const ChildRun*>(argument);
    const auto birth = "{\"who\":" + to_json(who()) + ",\"view\":" + to_json(look()) + "}";
    if (::write(run.tell, birth.data(), birth.size()) < 0) ::_exit(1);
    if (run.shares_memory) ::_exit(0);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::close(run.tell);
    ::close(run.parents_end); // else the end of the parent would not be the end of the pipe
    char byte = 0;
    if (::read(run.leave, &byte, 1) != 1) ::_exit(0); // the parent is gone
    ::_exit((*run.body)());
}

long call(SpawnBy by, std::uint64_t flags, ChildRun& run) {
    clone_args args{};
    switch (by) {
#if defined(SYS_fork) && defined(SYS_vfork)
    case SpawnBy::fork: return call_with_child(SYS_fork, 0, 0, in_child, &run);
    case SpawnBy::vfork: return call_with_child(SYS_vfork, 0, 0, in_child, &run);
#else // newer architectures have neither; what their C library calls instead
    case SpawnBy::fork: return call_with_child(SYS_clone, SIGCHLD, 0, in_child, &run);
    case SpawnBy::vfork:
        return call_with_child(SYS_clone, CLONE_VM | CLONE_VFORK | SIGCHLD, 0, in_child, &run);
#endif
    case SpawnBy::clone:
        return call_with_child(SYS_clone, static_cast<long>(flags | SIGCHLD), 0, in_child, &run);
    case SpawnBy::clone3: break;
    }
    args.flags = flags;
    args.exit_signal = (flags & (CLONE_THREAD | CLONE_PARENT)) != 0 ? 0 : SIGCHLD; // else EINVAL
    return call_with_child(SYS_clone3, reinterpret_cast<long>(&args), sizeof args, in_child, &run);
}

std::string read_all(int fd) {
    std::string text;
    std::array<char, 4096> piece;
    for (ssize_t n; (n = ::read(fd, piece.data(), piece.size())) > 0;)
        text.append(piece.data(), static_cast<std::size_t>(n));
    return text;
}

} // namespace

const char* name_of(SpawnBy by) {
    constexpr std::array<const char*, 4> names{"fork", "vfork", "clone", "clone3"};
    return names[static_cast<std::size_t>(by)];
}

Spawned spawn(SpawnBy by, std::uint64_t flags, const std::function<int()>& body) {
    const auto tell = make_pipe();
    const auto leave = make_pipe();
    ChildRun run{.tell = tell[1],
                 .leave = leave[0],
                 .parents_end = leave[1],
                 .shares_memory = by == SpawnBy::vfork || (flags & CLONE_VM) != 0,
                 .body = &body};
    Spawned child;
    child.result = call(by, flags, run);
    ::close(tell[1]);
    ::close(leave[0]);
    if (child.result > 0) child.birth = read_all(tell[0]);
    ::close(tell[0]);
    child.leave = leave[1];
    return child;
}

void finish(const Spawned& child) {
    if (child.result > 0 && ::write(child.leave, "", 1) < 0 && errno != EPIPE) std::perror("nshelper: write");
    ::close(child.leave);
    if (child.result > 0) ::waitpid(static_cast<pid_t>(child.result), nullptr, 0);
}

} // namespace nshelper
