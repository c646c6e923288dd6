#include "process.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "stream.hpp"

namespace live {
namespace {

struct Pipe {
    int read_end = -1, write_end = -1;
    Pipe() {
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe2: " + errno_text());
        read_end = ends[0];
        write_end = ends[1];
    }
};

void close_fd(int& fd) {
    if (fd >= 0) ::close(fd);
    fd = -1;
}

std::vector<std::string> environment_with(const std::map<std::string, std::string>& added) {
    std::vector<std::string> all;
    for (char** entry = environ; *entry != nullptr; entry++) {
        const std::string_view text = *entry;
        if (!added.contains(std::string(text.substr(0, text.find('='))))) all.emplace_back(text);
    }
    for (const auto& [name, value] : added) all.push_back(name + '=' + value);
    return all;
}

std::vector<char*> pointers(std::vector<std::string>& words) {
    std::vector<char*> all;
    for (auto& word : words) all.push_back(word.data());
    all.push_back(nullptr);
    return all;
}

/// In the child, which has our memory: nothing may be changed there. So the system calls themselves give away root; the
/// library's functions would have all of our threads do so.
[[noreturn]] void execute(int executable, uid_t uid, const Pipe& in, const Pipe& out, const Pipe& err,
                          char* const* argv, char* const* envp) {
    ::dup2(in.read_end, STDIN_FILENO);
    ::dup2(out.write_end, STDOUT_FILENO);
    ::dup2(err.write_end, STDERR_FILENO);
    std::signal(SIGPIPE, SIG_DFL);
    if (uid != 0 &&
        (::syscall(SYS_setgroups, 0, nullptr) != 0 || ::syscall(SYS_setresgid, uid, uid, uid) != 0 ||
         ::syscall(SYS_setresuid, uid, uid, uid) != 0))
        ::_exit(126);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::execve(argv[0], argv, envp);
    // by descriptor: another user may have no way to the directory
    ::syscall(SYS_execveat, executable, "", argv, envp, AT_EMPTY_PATH);
    ::_exit(127);
}

} // namespace

Process::Process(const std::vector<std::string>& words, const ProcessOptions& options) {
    if (words.front() == program()) end_unwatched_stream();
    auto argv_words = words;
    auto environment = environment_with(options.environment);
    auto argv = pointers(argv_words), envp = pointers(environment);
    Pipe in, out, err;
    if (!options.output_file.empty()) {
        close_fd(out.write_end);
        out.write_end = ::open(options.output_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        if (out.write_end < 0) throw std::runtime_error(options.output_file + ": " + errno_text());
    }
    int executable = ::open(words.at(0).c_str(), O_PATH | O_CLOEXEC);
    if (executable < 0) throw std::runtime_error(words[0] + ": " + errno_text());
    pid_ =
        ::vfork(); // NOLINT: our memory is large, and copying its tables took longer than most of what we run
    if (pid_ == 0) execute(executable, options.uid, in, out, err, argv.data(), envp.data());
    close_fd(executable);
    close_fd(in.read_end);
    close_fd(out.write_end);
    close_fd(err.write_end);
    input_ = in.write_end;
    output_ = out.read_end;
    errors_ = err.read_end;
    if (pid_ < 0) throw std::runtime_error("fork: " + errno_text());
    if (options.read_output) output_reader_ = std::thread([this] { read_into(output_, output_pieces_); });
    errors_reader_ = std::thread([this] { read_into(errors_, errors_pieces_); });
}

Process::~Process() {
    if (!status_) {
        signal(SIGKILL);
        (void)wait();
    }
    join_readers();
    close_fd(input_);
    close_fd(output_);
    close_fd(errors_);
}

void Process::give_way() const {
    EXPECT_EQ(::setpriority(PRIO_PROCESS, static_cast<id_t>(pid_), 5), 0) << errno_text();
}

void Process::signal(int number) const {
    if (!status_) ::kill(pid_, number);
}

void Process::write_line(std::string_view text) const {
    const auto line = std::string(text) + '\n';
    if (::write(input_, line.data(), line.size()) < 0) ADD_FAILURE() << "write: " << errno_text();
}

void Process::end_input() { close_fd(input_); }
void Process::close_output() { close_fd(output_); }

void Process::read_into(int fd, Pieces& pieces) {
    std::array<char, 1 << 16> piece;
    for (ssize_t n; (n = ::read(fd, piece.data(), piece.size())) > 0 || (n < 0 && errno == EINTR);) {
        if (n < 0) continue;
        std::string text(piece.data(), static_cast<std::size_t>(n));
        const std::lock_guard lock(mutex_);
        pieces.push_back(std::move(text));
        came_.notify_all();
    }
    const std::lock_guard lock(mutex_);
    if (&pieces == &output_pieces_) output_ended_ = true;
    came_.notify_all();
}

std::string Process::joined(const Pieces& pieces) const {
    const std::lock_guard lock(mutex_);
    std::string text;
    for (const auto& piece : pieces) text += piece;
    return text;
}

void Process::join_readers() {
    if (output_reader_.joinable()) output_reader_.join();
    if (errors_reader_.joinable()) errors_reader_.join();
}

std::optional<std::string> Process::wait_for_line(const std::function<bool(std::string_view)>& is_it,
                                                  Duration timeout, Place from, Place* next) {
    const auto end = std::chrono::steady_clock::now() + timeout;
    std::string text; // the beginning of a line
    for (auto [taken, offset] = from;; taken++, offset = 0) {
        std::size_t piece_end = 0;
        {
            std::unique_lock lock(mutex_);
            const auto has_more = [&] { return output_pieces_.size() > taken; };
            if (!came_.wait_until(lock, end, [&] { return has_more() || output_ended_; }) || !has_more())
                return std::nullopt;
            text.append(output_pieces_[taken], offset);
            piece_end = output_pieces_[taken].size();
        }
        std::size_t at = 0;
        for (std::size_t newline; (newline = text.find('\n', at)) != std::string::npos; at = newline + 1) {
            const auto line = std::string_view(text).substr(at, newline - at);
            if (!is_it(line)) continue;
            if (next != nullptr) *next = {taken, piece_end - (text.size() - newline - 1)};
            return std::string(line);
        }
        text.erase(0, at);
        if (std::chrono::steady_clock::now() > end) return std::nullopt;
    }
}

std::optional<int> Process::wait(Duration timeout) {
    if (status_) return status_;
    const int pidfd = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
    pollfd ended{pidfd, POLLIN, 0};
    const int ready = ::poll(&ended, 1, static_cast<int>(timeout.count()));
    ::close(pidfd);
    if (ready <= 0) return std::nullopt;
    int status = 0;
    ::waitpid(pid_, &status, 0);
    status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    join_readers();
    return status_;
}

std::string Process::output() const { return joined(output_pieces_); }
std::string Process::output_since(std::size_t& taken) const {
    const std::lock_guard lock(mutex_);
    std::string text;
    for (; taken < output_pieces_.size(); ++taken) text += output_pieces_[taken];
    return text;
}
std::string Process::errors() const { return joined(errors_pieces_); }

Finished run(const std::vector<std::string>& words, const ProcessOptions& options, Duration timeout) {
    Process process(words, options);
    process.end_input();
    Finished result;
    result.status = process.wait(timeout).value_or(-1);
    result.output = process.output();
    result.errors = process.errors();
    return result;
}

Finished nsscope(std::vector<std::string> words, const ProcessOptions& options, Duration timeout) {
    words.insert(words.begin(), program());
    return run(words, options, timeout);
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    for (std::size_t at = 0, newline; (newline = text.find('\n', at)) != std::string::npos; at = newline + 1)
        lines.push_back(text.substr(at, newline - at));
    return lines;
}

} // namespace live
