#include "cli/report.hpp"

#include <algorithm>
#include <cerrno>
#include <string>

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include "base/text.hpp"
#include "cli/command.hpp"

namespace nsscope {

void print_notice(std::string_view text) {
    std::string line = "nsscope: ";
    append_printable(line, text);
    line += '\n';
    // Where even stderr cannot be written to there is nobody left to tell.
    static_cast<void>(write_all(STDERR_FILENO, line));
}

void print_error(const Error& error) {
    if (error.hint.find('\n') == std::string::npos)
        return print_notice(error.hint.empty() ? error.what : error.what + "; " + error.hint);
    std::string text = "nsscope: ";
    append_printable(text, error.what);
    for (std::size_t begin = 0; begin <= error.hint.size();) { // a picture of the place
        const auto end = std::min(error.hint.find('\n', begin), error.hint.size());
        text += "\n    ";
        append_printable(text, std::string_view(error.hint).substr(begin, end - begin));
        begin = end + 1;
    }
    text += '\n';
    static_cast<void>(write_all(STDERR_FILENO, text));
}

void print_issues(std::span<const Issue> issues) {
    for (const auto& issue : issues)
        print_notice(fmt::format("not in the answer: {} ({}): {}", issue.what, issue.count, issue.why));
}

Result<void> write_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto written = ::write(fd, bytes.data(), bytes.size());
        if (written >= 0) {
            bytes.remove_prefix(static_cast<std::size_t>(written));
            continue;
        }
        if (errno == EINTR) continue;
        if (errno != EAGAIN) return errno_failure("cannot write the answer");
        struct pollfd ready {
            fd, POLLOUT, 0
        };
        static_cast<void>(::poll(&ready, 1, -1));
    }
    return {};
}

int write_answer(std::string_view answer, int status) {
    const auto written = write_all(STDOUT_FILENO, answer);
    return written ? status : unwritten(written.error());
}

int unwritten(const Error& error) {
    if (error.error_number == EPIPE) return exit_complete;
    print_error(error);
    return exit_failed;
}

} // namespace nsscope
