#include "cli/top_deeds.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <filesystem>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

#include "base/unique_fd.hpp"
#include "cli/report.hpp"
#include "scan/files.hpp"
#include "scan/usage.hpp"

namespace nsscope {
namespace {

/// Empty: there is neither XDG_CONFIG_HOME nor HOME.
std::string settings_path() {
    if (const char* config = std::getenv("XDG_CONFIG_HOME"); config != nullptr && *config == '/')
        return std::string(config) + "/nsscope/top";
    if (const char* home = std::getenv("HOME"); home != nullptr && *home == '/')
        return std::string(home) + "/.config/nsscope/top";
    return {};
}

Result<void> write_file(const std::string& path, std::string_view text, int flags) {
    const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | flags, 0600));
    if (!file) return errno_failure("cannot write " + path);
    return write_all(file.get(), text);
}

/// Whole or not at all: by another name first.
std::string keep(const tui::Settings& settings) {
    const auto path = settings_path();
    if (path.empty()) return "settings are not kept: neither XDG_CONFIG_HOME nor HOME is set";
    std::error_code error;
    std::filesystem::create_directories(std::filesystem::path(path).parent_path(), error);
    const auto fresh = path + ".new";
    if (const auto written = write_file(fresh, to_text(settings), O_TRUNC); !written)
        return "settings are not kept: " + written.error().what;
    if (std::rename(fresh.c_str(), path.c_str()) != 0)
        return "settings are not kept: " + path + ": " + std::strerror(errno);
    return {};
}

/// Only if it is still the one that was shown: pids are used again.
std::string signal_one(int signal, const tui::Process& process) {
    const UniqueFd fd(static_cast<int>(::syscall(SYS_pidfd_open, process.pid, 0)));
    if (!fd) return fmt::format("process {}: {}", process.pid, std::strerror(errno));
    const auto now = UsageReader("/proc").process(process.pid);
    const auto ticks = static_cast<std::uint64_t>(std::max(::sysconf(_SC_CLK_TCK), 1L));
    if (!now || now->start_ticks != process.start_ns / (1'000'000'000 / ticks))
        return fmt::format("process {} is another one by now: no signal was sent", process.pid);
    if (::syscall(SYS_pidfd_send_signal, fd.get(), signal, nullptr, 0) != 0)
        return fmt::format("process {}: {}", process.pid, std::strerror(errno));
    return {};
}

std::string signal_all(int signal, const std::vector<tui::Process>& processes) {
    std::string first_problem;
    std::size_t sent = 0;
    for (const auto& process : processes) {
        auto problem = signal_one(signal, process);
        if (problem.empty())
            ++sent;
        else if (first_problem.empty())
            first_problem = std::move(problem);
    }
    auto word = fmt::format("signal {} sent to {} of {}", signal, sent, processes.size());
    return first_problem.empty() ? word : word + "; " + first_problem;
}

std::string save(const std::string& json) {
    const auto now = std::time(nullptr);
    std::tm local{};
    ::localtime_r(&now, &local);
    const auto path = fmt::format("nsscope-{:04}{:02}{:02}-{:02}{:02}{:02}.json", local.tm_year + 1900,
                                  local.tm_mon + 1, local.tm_mday, local.tm_hour, local.tm_min, local.tm_sec);
    if (const auto written = write_file(path, json, O_EXCL); !written) return written.error().what;
    return "written to " + path;
}

/// With the signals as they are by default, and none blocked.
void become(const std::vector<std::string>& words) {
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    std::signal(SIGPIPE, SIG_DFL);
    std::vector<char*> arguments;
    for (const auto& word : words)
        arguments.push_back(const_cast<char*>(word.c_str())); // NOLINT: execvp(3) does not write
    arguments.push_back(nullptr);
    ::execvp(arguments[0], arguments.data());
    ::_exit(127);
}

std::string run(const std::vector<std::string>& words) {
    std::fprintf(stdout, "nsscope: this shell is inside; exit comes back\n");
    std::fflush(stdout);
    const auto child = ::fork();
    if (child < 0) return fmt::format("cannot fork: {}", std::strerror(errno));
    if (child == 0) become(words);
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127) return words.front() + " could not be run";
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
    return WIFSIGNALED(status) ? fmt::format("{} was ended by signal {}", words.front(), WTERMSIG(status))
                               : fmt::format("{} ended with status {}", words.front(), WEXITSTATUS(status));
}

} // namespace

tui::Deeds top_deeds() { return {.signal = signal_all, .save = save, .keep = keep, .run = run}; }

tui::Deeds replay_deeds() {
    auto deeds = top_deeds();
    static constexpr const char* refusal = "this is a recording: what it shows cannot be touched";
    deeds.signal = [](int, const std::vector<tui::Process>&) { return std::string(refusal); };
    deeds.run = {};
    return deeds;
}

Result<tui::Settings> read_settings() {
    const auto path = settings_path();
    if (path.empty()) return tui::Settings();
    const auto text = read_file(path);
    if (!text) {
        // who may not read them, as with root's HOME and other rights, has none
        if (text.error() == ENOENT || text.error() == ENOTDIR || text.error() == EACCES)
            return tui::Settings();
        return errno_failure(text.error(), "cannot read " + path);
    }
    auto settings = tui::parse_settings(*text);
    if (!settings) return Failure(Error{path + ": " + settings.error().what, settings.error().hint, 0});
    return settings;
}

} // namespace nsscope
