#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <pthread.h>
#include <random>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
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

/// What a process has left behind in a uts or net namespace that it is not in any more.
struct Held {
    enum How : int {
        nothing,
        fd,
        socket,
        mount
    };
    How how = nothing;
    int number = -1;            ///< of the descriptor
    std::uint32_t inum = 0;     ///< of what is held
    std::uint32_t mnt_inum = 0; ///< where the mount is
};

/// What a task says of itself when it is in place.
struct Told {
    int pid = 0, tid = 0, ppid = 0;
    Held held;
    View view{};
};
static_assert(sizeof(Told) <= 512, "goes through a pipe in one piece");

void tell_ready(const Grower& grower, const Held& held = {}) {
    const auto self = who();
    const Told told{static_cast<int>(self.pid), static_cast<int>(self.tid), static_cast<int>(self.ppid), held,
                    look()};
    if (::write(grower.ready[1], &told, sizeof told) != sizeof told) ::_exit(1);
}

constexpr std::size_t slot_mnt = 2, slot_net = 3, slot_uts = 7;

/// Goes into a namespace of its own and out of it again, and leaves something there, as far as the caller may.
Held leave_behind(Held::How how) {
    const long kind = how == Held::socket ? CLONE_NEWNET : CLONE_NEWUTS;
    if (how == Held::nothing || raw_call(SYS_unshare, kind) != 0) return {};
    const auto view = look();
    Held held{how, -1, view[how == Held::socket ? slot_net : slot_uts].inum, view[slot_mnt].inum};
    switch (how) {
    case Held::nothing: break;
    case Held::fd: held.number = ::open("/proc/thread-self/ns/uts", O_RDONLY | O_CLOEXEC); break;
    case Held::socket: held.number = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0); break;
    case Held::mount:
        if (raw_call(SYS_unshare, CLONE_NEWNS) != 0 ||
            ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
            return {};
        held.mnt_inum = look()[slot_mnt].inum;
        held.number =
            ::mount("/proc/thread-self/ns/uts", who().exe.c_str(), nullptr, MS_BIND, nullptr) == 0 ? 0 : -1;
        break;
    }
    if (held.number < 0) return {};
    if (raw_call(SYS_unshare, kind) != 0) return {};
    return held;
}

std::string to_json(const Told& told) {
    return "{\"pid\":" + std::to_string(told.pid) + ",\"tid\":" + std::to_string(told.tid) +
           ",\"ppid\":" + std::to_string(told.ppid) + ",\"how\":" + std::to_string(told.held.how) +
           ",\"fd\":" + std::to_string(told.held.number) + ",\"inum\":" + std::to_string(told.held.inum) +
           ",\"mnt\":" + std::to_string(told.held.mnt_inum) + ",\"view\":" + to_json(told.view) + '}';
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
    Held::How holds = Held::nothing;
};

/// The whole shape is drawn by the root, so that it does not depend on who runs first.
Node draw(Grower& grower, unsigned left) {
    Node node;
    node.flags = grower.some_of("cgroup,ipc,mnt,pid,uts", 4) | grower.some_of("net,user,time", 8);
    node.threads = grower.pick(3);
    if (node.threads == 0) node.own = grower.some_of("uts,time,pid", 6);
    if (node.threads == 0) node.holds = static_cast<Held::How>(grower.pick(4));
    node.offspring = left == 0 ? 0 : grower.pick(std::min(left, 4U) + 1);
    return node;
}

/// How deep user and pid namespaces are nested in the one tree that is a chain.
constexpr unsigned chain = 6;

/// Grows a subtree of at most `left` processes below the caller; returns how many tasks will tell that they are
/// there.
unsigned grow(Grower& grower, unsigned left);

unsigned add_process(Grower& grower, unsigned left, unsigned links = 0) {
    auto node = draw(grower, left);
    if (links > 0) node.flags |= CLONE_NEWUSER | CLONE_NEWPID;
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
        if (links > 1) tasks += add_process(grower, 0, links - 1);
        if (node.offspring > 0) tasks += grow(grower, node.offspring);
        const auto held = leave_behind(node.holds);
        if (node.own != 0) raw_call(SYS_unshare, static_cast<long>(node.own));
        add_threads(grower, node.threads);
        if (::write(counts[1], &tasks, sizeof tasks) != sizeof tasks) ::_exit(1);
        tell_ready(grower, held);
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
    unsigned tasks = add_process(grower, 0, chain);
    for (unsigned i = 0; i < processes; i++) tasks += add_process(grower, 3);
    std::string pids = std::to_string(add_zombie()), all;
    for (; tasks > 0; tasks--) {
        Told told;
        if (::read(grower.ready[0], &told, sizeof told) != sizeof told) return 1;
        pids += ',' + std::to_string(told.pid);
        all += (all.empty() ? "" : ",") + to_json(told);
    }
    say("{\"note\":\"forest\",\"who\":" + to_json(who()) + ",\"pids\":[" + pids + "],\"tasks\":[" + all +
        "]}");
    while (wait_for_line()) {
    }
    return 0;
}

} // namespace nshelper
