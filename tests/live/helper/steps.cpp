#include "helper/steps.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <functional>
#include <grp.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "helper/calls.hpp"
#include "helper/holders.hpp"
#include "helper/spawn.hpp"
#include "helper/view.hpp"

namespace nshelper {
namespace {

Spawned peer; ///< the latest child that stays

/// Prints what a call did.
void report(const char* call, const std::string& flags, long result, const View& before,
            const std::string& birth = {}) {
    say("{\"call\":" + quoted(call) + ",\"flags\":" + flags + ",\"result\":" + std::to_string(result) +
        ",\"who\":" + to_json(who()) + ",\"before\":" + to_json(before) + ",\"after\":" + to_json(look()) +
        (birth.empty() ? "" : ",\"child\":" + birth) + "}");
}

std::string number(std::uint64_t value) { return std::to_string(value); }

void note(const char* what) { say("{\"note\":" + quoted(what) + ",\"who\":" + to_json(who()) + "}"); }

int do_unshare(const std::string& flags) {
    const auto bits = parse_flags(flags);
    const auto before = look();
    const auto result = raw_call(SYS_unshare, static_cast<long>(bits));
    report("unshare", number(bits), result, before);
    return 0;
}

int do_int80_unshare(const std::string& flags) {
    constexpr long ia32_unshare = 310; // arch/x86/entry/syscalls/syscall_32.tbl
    if (!has_int80()) {
        note("no int80");
        return 0;
    }
    const auto bits = parse_flags(flags);
    const auto before = look();
    const auto result = int80_call(ia32_unshare, static_cast<long>(bits));
    report("unshare", number(bits), result, before);
    return 0;
}

/// FLAGS[:STEP+STEP...], the steps being the child's.
int do_spawn(SpawnBy by, const std::string& argument) {
    const auto colon = std::min(argument.find(':'), argument.size());
    const auto flags = colon == 0 ? 0 : parse_flags(argument.substr(0, colon));
    const auto steps = colon < argument.size() ? split(argument.substr(colon + 1), '+') : split({}, '+');
    const auto before = look();
    const auto child = spawn(by, flags, [&steps] { return run_steps(steps); });
    const bool has_flags = by == SpawnBy::clone || by == SpawnBy::clone3;
    const auto shown = flags | (by == SpawnBy::clone ? SIGCHLD : 0);
    report(name_of(by), has_flags ? number(shown) : "null", child.result, before, child.birth);
    finish(child);
    return 0;
}

/// A child made by clone3 that stays until this process ends.
int do_peer(const std::string& flags) {
    const auto bits = parse_flags(flags);
    const auto before = look();
    peer = spawn(SpawnBy::clone3, bits, [] { return 0; });
    report("clone3", number(bits), peer.result, before, peer.birth);
    return 0;
}

/// clone3 with arguments that it cannot read, or of no size that it knows.
int do_bad_clone3(const std::string& how) {
    clone_args args{};
    args.flags = CLONE_NEWUTS;
    args.exit_signal = SIGCHLD;
    const bool unreadable = how == "unreadable";
    const auto before = look();
    const auto result =
        raw_call(SYS_clone3, unreadable ? 8 : reinterpret_cast<long>(&args), unreadable ? sizeof args : 8);
    report("clone3", number(args.flags), result, before);
    return 0;
}

void join(int fd, std::uint64_t flags) {
    const auto before = look();
    const auto result = raw_call(SYS_setns, fd, static_cast<long>(flags));
    report("setns", number(flags), result, before);
}

std::string peer_directory() { return "/proc/" + std::to_string(peer.result) + "/ns/"; }

/// KIND[:any]: by a file descriptor; with `any` the call does not say which kind it expects.
int do_setns(const std::string& argument, const std::string& directory) {
    const auto parts = split(argument, ':');
    const int fd = ::open((directory + parts[0]).c_str(), O_RDONLY | O_CLOEXEC);
    join(fd, parts.size() > 1 ? 0 : flag_of(parts[0]));
    ::close(fd);
    return 0;
}

/// FLAGS: those of the peer's namespaces.
int do_setns_pidfd(const std::string& flags) {
    const int fd = static_cast<int>(raw_call(SYS_pidfd_open, peer.result));
    join(fd, parse_flags(flags));
    ::close(fd);
    return 0;
}

int do_bad_setns(const std::string& how) {
    if (how == "fd") {
        join(-1, CLONE_NEWUTS);
        return 0;
    }
    const bool is_file = how == "file"; // else a namespace of another kind than the flags say
    const int fd = ::open(is_file ? "/dev/null" : "/proc/self/ns/ipc", O_RDONLY | O_CLOEXEC);
    join(fd, CLONE_NEWUTS);
    ::close(fd);
    return 0;
}

/// UID[:KIND]: gives up root; with KIND, then tries to join the namespace of that kind it is in.
int do_uid(const std::string& argument) {
    const auto parts = split(argument, ':');
    const auto uid = static_cast<unsigned>(std::strtoul(parts[0].c_str(), nullptr, 10));
    int fd = -1;
    if (parts.size() > 1) fd = ::open(("/proc/self/ns/" + parts[1]).c_str(), O_RDONLY | O_CLOEXEC);
    if (::setgroups(0, nullptr) != 0 || ::setresgid(uid, uid, uid) != 0 || ::setresuid(uid, uid, uid) != 0)
        return 1;
    real_uid = uid;
    ::prctl(PR_SET_DUMPABLE, 1); // else its own /proc/self is root's
    note("uid");
    if (parts.size() > 1) join(fd, flag_of(parts[1]));
    return 0;
}

/// STEP+STEP...: in a thread, while the first thread waits.
int do_thread(const std::string& steps) {
    pthread_t thread;
    auto list = split(steps, '+');
    const auto body = [](void* argument) -> void* {
        run_steps(*static_cast<std::vector<std::string>*>(argument));
        return nullptr;
    };
    if (::pthread_create(&thread, nullptr, body, &list) != 0) {
        note("no thread");
        return 0;
    }
    note("thread");
    ::pthread_join(thread, nullptr);
    return 0;
}

/// KIND=NUMBER: how many namespaces of a kind this user namespace may have.
int do_limit(const std::string& argument) {
    const auto parts = split(argument, '=');
    if (parts.size() == 2 && write_file("/proc/sys/user/max_" + parts[0] + "_namespaces", parts[1])) return 0;
    note("no limit");
    return 0;
}

int do_hold(const std::string&) {
    note("hold");
    if (!wait_for_line()) ::_exit(0);
    return 0;
}

/// From now on the kernel denies unshare(2) before it looks at it.
int do_seccomp(const std::string&) {
    std::array<sock_filter, 4> rules{{
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_unshare, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EACCES),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    }};
    const sock_fprog program{rules.size(), rules.data()};
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        note("no seccomp");
    return 0;
}

/// STEP+STEP...: in the same process, from a copy of this program that no directory has.
int do_memfd(const std::string& steps) {
    const int fd = ::memfd_create("nshelper", MFD_CLOEXEC);
    const auto text = read_file("/proc/self/exe");
    if (fd < 0 || ::write(fd, text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
        note("no memfd");
        return 0;
    }
    become(split(steps, '+'), "/proc/self/fd/" + std::to_string(fd));
    return 1;
}

int do_cgroup(const std::string& directory) {
    if (!write_file(directory + "/cgroup.procs", "0")) note("no cgroup");
    return 0;
}

int do_map(const std::string&) {
    if (!map_root()) note("no map");
    return 0;
}

int do_comm(const std::string& name) {
    ::prctl(PR_SET_NAME, name.c_str());
    return 0;
}

int do_view(const std::string&) {
    say("{\"note\":\"view\",\"who\":" + to_json(who()) + ",\"after\":" + to_json(look()) + "}");
    return 0;
}

/// N:STEP
int do_repeat(const std::string& argument) {
    const auto colon = argument.find(':');
    const auto times = std::strtoul(argument.c_str(), nullptr, 10);
    for (unsigned long i = 0; i < times; i++) run_steps({argument.substr(colon + 1)});
    return 0;
}

/// SECONDS[:MOST]
int do_storm(const std::string& argument) {
    const auto parts = split(argument, ':');
    return run_storm(std::atof(parts[0].c_str()),
                     parts.size() > 1 ? std::strtoul(parts[1].c_str(), nullptr, 10) : ~0UL);
}

int do_forest(const std::string& argument) {
    const auto parts = split(argument, ':');
    return run_forest(static_cast<unsigned>(std::atoi(parts.at(0).c_str())),
                      static_cast<unsigned>(std::atoi(parts.at(1).c_str())));
}

struct Verb {
    const char* name;
    std::function<int(const std::string&)> run;
};

const std::vector<Verb>& verbs() {
    static const std::vector<Verb> all{
        {"unshare", do_unshare},
        {"int80-unshare", do_int80_unshare},
        {"fork", [](const std::string& argument) { return do_spawn(SpawnBy::fork, ":" + argument); }},
        {"vfork", [](const std::string&) { return do_spawn(SpawnBy::vfork, ":"); }},
        {"clone", [](const std::string& argument) { return do_spawn(SpawnBy::clone, argument); }},
        {"clone3", [](const std::string& argument) { return do_spawn(SpawnBy::clone3, argument); }},
        {"bad-clone3", do_bad_clone3},
        {"peer", do_peer},
        {"setns", [](const std::string& argument) { return do_setns(argument, peer_directory()); }},
        {"setns-own", [](const std::string& argument) { return do_setns(argument, "/proc/self/ns/"); }},
        {"setns-pidfd", do_setns_pidfd},
        {"bad-setns", do_bad_setns},
        {"uid", do_uid},
        {"thread", do_thread},
        {"limit", do_limit},
        {"map", do_map},
        {"seccomp", do_seccomp},
        {"memfd", do_memfd},
        {"cgroup", do_cgroup},
        {"comm", do_comm},
        {"hold-file", hold_by_file},
        {"hold-socket", hold_by_socket},
        {"hold-flight", hold_in_flight},
        {"hold-mount", hold_by_mount},
        {"own-files", own_files},
        {"view", do_view},
        {"hold", do_hold},
        {"repeat", do_repeat},
        {"storm", do_storm},
        {"churn", [](const std::string& seconds) { return run_churn(std::atof(seconds.c_str())); }},
        {"forest", do_forest},
        {"exit", [](const std::string& status) -> int { ::_exit(std::atoi(status.c_str())); }},
        {"die", [](const std::string& signal) { return ::raise(std::atoi(signal.c_str())); }},
        {"exec",
         [](const std::string& steps) {
             become(split(steps, '+'));
             return 1;
         }},
    };
    return all;
}

} // namespace

std::vector<std::string> split(const std::string& text, char separator) {
    std::vector<std::string> parts;
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find(separator, at), text.size());
        parts.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return parts;
}

void become(const std::vector<std::string>& steps, const std::string& program) {
    std::vector<std::string> words{"nshelper", "--uid=" + std::to_string(real_uid)};
    words.insert(words.end(), steps.begin(), steps.end());
    std::vector<char*> argv;
    for (auto& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    ::execv(program.c_str(), argv.data());
    std::perror("nshelper: execv");
}

bool wait_for_line() {
    for (char byte = 0; ::read(STDIN_FILENO, &byte, 1) == 1;)
        if (byte == '\n') return true;
    return false;
}

bool map_root() {
    write_file("/proc/self/setgroups", "deny");
    return write_file("/proc/self/uid_map", "0 0 1") && write_file("/proc/self/gid_map", "0 0 1");
}

int run_steps(const std::vector<std::string>& steps) {
    for (const auto& step : steps) {
        const auto colon = std::min(step.find(':'), step.size());
        const auto name = step.substr(0, colon);
        const auto argument = colon < step.size() ? step.substr(colon + 1) : std::string();
        bool found = false;
        for (const auto& verb : verbs()) {
            if (name != verb.name) continue;
            found = true;
            if (const int status = verb.run(argument); status != 0) return status;
        }
        if (!found) {
            std::fprintf(stderr, "nshelper: no step '%s'\n", step.c_str());
            return 2;
        }
    }
    return 0;
}

} // namespace nshelper
