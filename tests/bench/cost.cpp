// What being traced costs the traced: system calls without tracing, under `nsscope events`, and under bpftrace doing the
// same, in turns, so that whatever else the machine does meets all three.
//
//     cost NSSCOPE RUNG [ROUNDS] [MICROSECONDS]   as root; RUNG is what bpftrace uses: fentry, kprobe, tracepoint or
//                                                 call_tracepoint. nsscope takes its own, which NSSCOPE_DISABLE can
//                                                 choose.
//
// By tracepoint bpftrace sees what nsscope sees: the calls of 32-bit programs, too, which have no tracepoints of their own
// (arch_trace_is_compat_syscall(), kernel/trace/trace_syscalls.c). By call_tracepoint it has those of the two calls, and
// misses these.
//
// bpftrace prints what nsscope prints, but for the executable, which it cannot reach: who calls unshare and setns, since
// when, flags, result, the old and the new inode number of each kind; where there are kprobes, the death of a namespace; and
// it follows births and exits in a map.
// Prints medians of the rounds' differences, and nsscope's over bpftrace's. Nothing here passes or fails.
#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <functional>
#include <map>
#include <sched.h>
#include <string>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void die(const std::string& what) {
    std::perror(what.c_str());
    std::exit(1);
}

const int own_uts = ::open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC);
std::array<int, 2> pipe_ends{};

void empty_pipe() {
    std::array<char, 4096> bytes{};
    while (::read(pipe_ends[0], bytes.data(), bytes.size()) > 0) {
    }
}

/// What does not fit into a tracer's buffer costs less than what does; and on one processor, whoever reads does so in
/// somebody's call.
void let_tracer_read() { ::usleep(5'000); }

/// A call, `batch` times between two looks at the clock, and what tidies up after that.
struct Call {
    const char* name;
    int batch;
    void (*call)();
    void (*tidy)();
};
const std::array<Call, 5> calls{{
    {"getpid", 1000, [] { ::syscall(SYS_getpid); }, [] {}},
    {"write to a pipe", 1000,
     [] {
         if (::write(pipe_ends[1], "x", 1) != 1) die("write");
     },
     empty_pipe},
    {"fork+exit+wait", 10,
     [] {
         const pid_t child = ::fork();
         if (child == 0) ::_exit(0);
         ::waitpid(child, nullptr, 0);
     },
     [] {}},
    {"unshare(CLONE_NEWUTS)", 20,
     [] {
         if (::unshare(CLONE_NEWUTS) != 0) die("unshare");
     },
     let_tracer_read},
    {"setns", 20,
     [] {
         if (::setns(own_uts, CLONE_NEWUTS) != 0) die("setns");
     },
     let_tracer_read},
}};

/// ns a call: the median of the batches that `us` has room for.
double nanoseconds(const Call& call, int us) {
    std::vector<double> batches;
    for (const auto end = Clock::now() + std::chrono::microseconds(us);
         batches.empty() || Clock::now() < end;) {
        const auto from = Clock::now();
        for (int i = 0; i < call.batch; i++) call.call();
        batches.push_back(std::chrono::duration<double, std::nano>(Clock::now() - from).count() / call.batch);
        call.tidy();
    }
    std::ranges::nth_element(batches, batches.begin() + static_cast<long>(batches.size() / 2));
    return batches[batches.size() / 2];
}

/// A tracer that runs, and has reported what we did.
class Tracer {
  public:
    explicit Tracer(std::vector<std::string> words) {
        output_ = ::memfd_create("output", MFD_CLOEXEC);
        pid_ = ::fork();
        if (pid_ == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            ::dup2(output_, STDOUT_FILENO);
            std::vector<char*> argv;
            for (auto& word : words) argv.push_back(word.data());
            argv.push_back(nullptr);
            ::execvp(argv[0], argv.data());
            die(words[0]);
        }
        // more and more, as what it prints may stay in its buffer
        for (off_t before = written(); written() <= before + 65536;) {
            for (int i = 0; i < 1000; i++) ::setns(own_uts, CLONE_NEWUTS);
            ::usleep(20'000);
            if (::waitpid(pid_, nullptr, WNOHANG) != 0) {
                std::fprintf(stderr, "cost: %s does not run\n", words[0].c_str());
                std::exit(1);
            }
        }
        ::sleep(1); // until it has caught up
    }
    Tracer(const Tracer&) = delete;
    Tracer& operator=(const Tracer&) = delete;
    ~Tracer() {
        ::kill(pid_, SIGINT);
        ::waitpid(pid_, nullptr, 0);
        ::close(output_);
    }

  private:
    [[nodiscard]] off_t written() const {
        struct stat status {};
        ::fstat(output_, &status);
        return status.st_size;
    }
    pid_t pid_ = -1;
    int output_ = -1;
};

/// The eight kinds of namespace that the thread is in, as bpftrace has them.
const std::string namespaces =
    "curtask->nsproxy->cgroup_ns->ns.inum, curtask->nsproxy->ipc_ns->ns.inum, "
    "curtask->nsproxy->mnt_ns->ns.inum, curtask->nsproxy->net_ns->ns.inum, "
    "curtask->nsproxy->pid_ns_for_children->ns.inum, curtask->nsproxy->time_ns->ns.inum, "
    "curtask->nsproxy->uts_ns->ns.inum, curtask->cred->user_ns->ns.inum";

/// What is done when a call begins and when it returns: who, flags, result, and each kind's old and new inode number.
std::string traced(const std::string& begin, const std::string& end, const std::string& flags,
                   const std::string& result, const std::string& filter = "") {
    return begin + filter + " { @old[tid] = (" + namespaces + "); @flags[tid] = " + flags + "; } " + end +
           filter + " { $o = @old[tid]; " +
           R"(printf("%lld %d %d %d %d %s %lld %lld %s %lld %d ", nsecs, pid, tid, )"
           "curtask->real_parent->tgid, uid, comm, "
           "curtask->group_leader->start_boottime, cgroup, probe, @flags[tid], " +
           result + "); " +
           R"(printf("%u %u %u %u %u %u %u %u ", $o.0, $o.1, $o.2, $o.3, $o.4, $o.5, $o.6, $o.7); )"
           R"(printf("%u %u %u %u %u %u %u %u\n", )" +
           namespaces + "); delete(@old[tid]); delete(@flags[tid]); } ";
}

std::string bpftrace_script(const std::string& rung) {
    const std::string follow =
        "tracepoint:sched:sched_process_fork { @in[args->child_pid] = (uint64)nsecs; } "
        "tracepoint:sched:sched_process_exit { delete(@in[args->pid]); } ";
    const std::string deaths = R"(kprobe:proc_free_inum { printf("%lld ns.destroy %u\n", nsecs, arg0); } )";
    if (rung == "fentry")
        return follow + deaths +
               traced("kfunc:ksys_unshare", "kretfunc:ksys_unshare", "args->unshare_flags", "retval") +
               traced("kfunc:__x64_sys_setns", "kretfunc:__x64_sys_setns", "args->regs->si", "retval");
    if (rung == "kprobe")
        return follow + deaths + traced("kprobe:ksys_unshare", "kretprobe:ksys_unshare", "arg0", "retval") +
               traced("kprobe:__x64_sys_setns", "kretprobe:__x64_sys_setns", "((struct pt_regs*)arg0)->si",
                      "retval");
    if (rung == "tracepoint") // unshare and setns, of 64 and of 32 bits
        return follow + traced("tracepoint:raw_syscalls:sys_enter", "tracepoint:raw_syscalls:sys_exit", "0",
                               "0",
                               " /args->id == 272 || args->id == 308 || args->id == 310 || args->id == 346/");
    return follow +
           traced("tracepoint:syscalls:sys_enter_unshare", "tracepoint:syscalls:sys_exit_unshare",
                  "args->unshare_flags", "args->ret") +
           traced("tracepoint:syscalls:sys_enter_setns", "tracepoint:syscalls:sys_exit_setns", "args->flags",
                  "args->ret");
}

double median(std::vector<double> values) {
    std::ranges::sort(values);
    return values[values.size() / 2];
}

} // namespace

int main(int argc, char** argv) {
    if (argc < 3) {
        std::fprintf(stderr, "usage: cost NSSCOPE RUNG [ROUNDS] [MICROSECONDS]\n");
        return 2;
    }
    const int rounds = argc > 3 ? std::atoi(argv[3]) : 9, us = argc > 4 ? std::atoi(argv[4]) : 200'000;
    if (::pipe2(pipe_ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) die("pipe2");
    if (::unshare(CLONE_NEWUTS) != 0) die("unshare");
    const std::map<std::string, std::vector<std::string>> tracers{
        {"", {}},
        {"nsscope", {argv[1], "events"}},
        {"bpftrace", {"bpftrace", "-q", "-e", bpftrace_script(argv[2])}}};
    std::map<std::string, std::map<std::string, std::vector<double>>> took; // by tracer, by call
    for (int round = 0; round < rounds; round++) {
        for (const auto& [name, words] : tracers) {
            std::function<void()> measure = [&] {
                for (const auto& call : calls) took[name][call.name].push_back(nanoseconds(call, us));
            };
            if (words.empty()) {
                measure();
            } else {
                const Tracer tracer(words);
                measure();
            }
        }
    }
    std::printf("%-22s %10s %18s %18s %8s   bpftrace by %s\n", "ns a call", "untraced", "nsscope adds",
                "bpftrace adds", "ratio", argv[2]);
    for (const auto& call : calls) {
        const auto& plain = took[""][call.name];
        const auto added = [&](const std::string& tracer) {
            std::vector<double> differences;
            for (std::size_t i = 0; i < plain.size(); i++)
                differences.push_back(took[tracer][call.name][i] - plain[i]);
            return median(differences);
        };
        const double none = median(plain), ours = added("nsscope"), theirs = added("bpftrace");
        std::printf("%-22s %10.0f %10.0f %5.1f %% %10.0f %5.1f %% %8.2f\n", call.name, none, ours,
                    100 * ours / none, theirs, 100 * theirs / none, ours / theirs);
    }
}
