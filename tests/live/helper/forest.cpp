#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <pthread.h>
#include <random>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/sched.h>

#include "helper/calls.hpp"
#include "helper/steps.hpp"
#include "helper/view.hpp"

namespace nshelper {
namespace {

using Random = std::mt19937;

/// What a tree is grown with: the children tell through the pipe that they are there.
struct Grower {
    Random random;
    std::array<int, 2> ready{-1, -1};

    unsigned pick(unsigned below) { return static_cast<unsigned>(random() % below); }
    std::uint64_t some_of(const std::string& kinds, unsigned one_in) {
        std::uint64_t flags = 0;
        for (const auto& kind : split(kinds, ','))
            if (pick(one_in) == 0) flags |= flag_of(kind);
        return flags;
    }
};

/// A task is in place: its process is told of, so that the root knows whom to expect.
void tell_ready(const Grower& grower) {
    const auto self = static_cast<int>(who().pid);
    if (::write(grower.ready[1], &self, sizeof self) != sizeof self) ::_exit(1);
}

[[noreturn]] void stay() {
    for (;;) ::pause();
}

struct ThreadPlan {
    Grower* grower;
    std::uint64_t flags;
};

/// A thread in namespaces that its process is not in. (user, pid and time are not a thread's own to choose.)
void* thread_body(void* argument) {
    const auto& plan = *static_cast<ThreadPlan*>(argument);
    raw_call(SYS_unshare, static_cast<long>(plan.flags));
    tell_ready(*plan.grower);
    stay();
}

void add_threads(Grower& grower, unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        pthread_t thread;
        auto* plan =
            new ThreadPlan{&grower, grower.some_of("uts,ipc,cgroup,mnt", 3)}; // the thread's, for good
        if (::pthread_create(&thread, nullptr, thread_body, plan) != 0) std::abort();
    }
}

struct Node {
    std::uint64_t flags = 0, own = 0;
    unsigned threads = 0, offspring = 0;
};

/// The whole shape is drawn by the root, so that it does not depend on who runs first.
Node draw(Grower& grower, unsigned left) {
    Node node;
    node.flags = grower.some_of("cgroup,ipc,mnt,pid,uts", 4) | grower.some_of("net,user,time", 8);
    node.threads = grower.pick(3);
    if (node.threads == 0) node.own = grower.some_of("uts,time,pid", 6);
    node.offspring = left == 0 ? 0 : grower.pick(std::min(left, 4U) + 1);
    return node;
}

/// Grows a subtree of at most `left` processes below the caller; returns how many tasks will tell that they are
/// there.
unsigned grow(Grower& grower, unsigned left);

unsigned add_process(Grower& grower, unsigned left) {
    const auto node = draw(grower, left);
    const auto seed = static_cast<unsigned>(grower.random());
    std::array<int, 2> counts{-1, -1};
    if (::pipe2(counts.data(), O_CLOEXEC) != 0) std::abort();
    clone_args args{};
    args.flags = node.flags;
    args.exit_signal = SIGCHLD;
    const long pid = raw_call(SYS_clone3, reinterpret_cast<long>(&args), sizeof args);
    if (pid < 0) std::abort();
    if (pid == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if ((node.flags & CLONE_NEWUSER) != 0 && !map_root()) ::_exit(1);
        grower.random.seed(seed);
        unsigned tasks = 1 + node.threads;
        if (node.offspring > 0) tasks += grow(grower, node.offspring);
        if (node.own != 0) raw_call(SYS_unshare, static_cast<long>(node.own));
        add_threads(grower, node.threads);
        if (::write(counts[1], &tasks, sizeof tasks) != sizeof tasks) ::_exit(1);
        tell_ready(grower);
        stay();
    }
    unsigned tasks = 0;
    ::close(counts[1]);
    if (::read(counts[0], &tasks, sizeof tasks) != sizeof tasks) std::abort();
    ::close(counts[0]);
    return tasks;
}

unsigned grow(Grower& grower, unsigned left) {
    unsigned tasks = 0;
    for (unsigned i = 0; i < left; i++) tasks += add_process(grower, left / 2);
    return tasks;
}

/// A child that has ended and that nobody asks for.
long add_zombie() {
    const pid_t pid = ::fork();
    if (pid == 0) ::_exit(0);
    siginfo_t info;
    ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT);
    return pid;
}

} // namespace

int run_forest(unsigned seed, unsigned processes) {
    Grower grower{.random = Random(seed)};
    if (::pipe2(grower.ready.data(), O_CLOEXEC) != 0) return 1;
    unsigned tasks = 0;
    for (unsigned i = 0; i < processes; i++) tasks += add_process(grower, 3);
    std::string pids = std::to_string(add_zombie());
    for (; tasks > 0; tasks--) {
        int pid = 0;
        if (::read(grower.ready[0], &pid, sizeof pid) != sizeof pid) return 1;
        pids += ',' + std::to_string(pid);
    }
    say("{\"note\":\"forest\",\"who\":" + to_json(who()) + ",\"pids\":[" + pids + "]}");
    while (wait_for_line()) {
    }
    return 0;
}

} // namespace nshelper
