#include "cli/stream.hpp"

#include <cerrno>
#include <csignal>
#include <fmt/format.h>
#include <memory>
#include <sched.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "cli/command.hpp"
#include "cli/report.hpp"
#include "cli/version.hpp"
#include "output/event_writer.hpp"
#include "scan/files.hpp"

namespace nsscope {

void add_btf_option(CLI::App& app, std::string& file) {
    app.add_option(
           "--btf", file,
           "The kernel's types (BTF), for a kernel that has none itself; they must be of this very kernel")
        ->type_name("FILE")
        ->check(CLI::ExistingFile);
}

UniqueFd signals_as_fd() {
    sigset_t set;
    ::sigemptyset(&set);
    ::sigaddset(&set, SIGINT);
    ::sigaddset(&set, SIGTERM);
    ::sigprocmask(SIG_BLOCK, &set, nullptr);
    return UniqueFd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

UniqueFd hangup_as_fd() {
    sigset_t set;
    ::sigemptyset(&set);
    ::sigaddset(&set, SIGHUP);
    ::sigprocmask(SIG_BLOCK, &set, nullptr);
    return UniqueFd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

StartInfo start_info() {
    StartInfo start;
    utsname system{};
    ::uname(&system);
    start.version = version;
    start.kernel = system.release;
    start.host = system.nodename;
    if (const auto boot_id = read_file("/proc/sys/kernel/random/boot_id"))
        start.boot_id = boot_id->substr(0, boot_id->find('\n'));
    return start;
}

void go_first() {
    constexpr int boost = -20;
    static_cast<void>(::setpriority(PRIO_PROCESS, 0, boost));
    hurry(false);
    // so that it may hurry when the capability is given up
    constexpr rlim_t priority = hurry_priority;
    const rlimit allowed{priority, priority};
    static_cast<void>(::setrlimit(RLIMIT_RTPRIO, &allowed));
}

namespace {

/// 0: an ordinary one.
void take_priority(int priority) {
    const sched_param wanted{.sched_priority = priority};
    const int policy = priority > 0 ? SCHED_RR : SCHED_OTHER;
    static_cast<void>(::sched_setscheduler(0, policy | SCHED_RESET_ON_FORK, &wanted));
}

} // namespace

void hurry(bool yes) { take_priority(yes ? hurry_priority : 0); }

void hurry_writer(bool yes) { take_priority(yes ? hurry_priority - 1 : 0); }

int write_stream(EventSource& source, Names& names, const StartInfo& start, const StreamOptions& options,
                 const std::string& format, int stop_fd) {
    EventWriter sink(format == "text" ? RecordFormat::text : RecordFormat::json, STDOUT_FILENO, stop_fd,
                     options.hurry ? hurry_writer : std::function<void(bool)>());
    EventStream stream(source, sink, names, options);
    const auto totals = stream.run(start, stop_fd);
    if (!totals) {
        if (totals.error().error_number == EPIPE) return exit_complete;
        print_error(totals.error());
        return exit_failed;
    }
    return totals->lost > 0 ? exit_partial : exit_complete;
}

} // namespace nsscope
