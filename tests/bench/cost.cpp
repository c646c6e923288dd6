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
// bpftrace prints unshare and setns with their flags and result, and follows births and exits in a map, as nsscope does.
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
    {"unshare(CLONE_NEWUTS)", 100,
     [] {
         if (::unshare(CLONE_NEWUTS) != 0) die("unshare");
     },
     [] {}},
    {"setns", 100,
     [] {
         if (::setns(own_uts, CLONE_NEWUTS) != 0) die("setns");
     },
     [] {}},
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

std::string bpftrace_script(const std::string& rung) {
    const std::string follow =
        "tracepoint:sched:sched_process_fork { @in[args->child_pid] = (uint64)nsecs; } "
        "tracepoint:sched:sched_process_exit { delete(@in[args->pid]); } ";
    const std::string print = "printf(\"%d %d %s %s %d\\n\", pid, tid, comm, probe, ";
    if (rung == "fentry")
        return follow + "kretfunc:ksys_unshare { " + print + "retval); } kretfunc:__x64_sys_setns { " +
               print + "retval); }";
    if (rung == "kprobe")
        return follow + "kretprobe:ksys_unshare { " + print + "retval); } kretprobe:__x64_sys_setns { " +
               print + "retval); }";
    if (rung == "tracepoint") // unshare and setns, of 64 and of 32 bits
        return follow +
               "tracepoint:raw_syscalls:sys_exit /args->id == 272 || args->id == 308 || args->id == 310 || "
               "args->id == 346/ { " +
               print + "args->ret); }";
    return follow + "tracepoint:syscalls:sys_exit_unshare { " + print +
           "args->ret); } tracepoint:syscalls:sys_exit_setns { " + print + "args->ret); }";
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
