#include "screen/restore.hpp"

#include <array>
#include <csignal>
#include <cstring>
#include <string_view>

#include <ncurses.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>

// term.h makes macros of short words
#undef lines
#undef columns

namespace nsscope::tui {
namespace {

constexpr std::array crashes{SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL};

// What a signal handler needs lies here, ready: it may call next to nothing (signal-safety(7)).
termios terminal_before{};
std::array<char, 256> farewell{};
std::size_t farewell_size = 0;

/// Without the delays ("$<5>") that only tputs(3) would take.
void add(std::string_view text) {
    while (!text.empty() && farewell_size < farewell.size()) {
        if (text.starts_with("$<")) {
            const auto end = text.find('>');
            text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
            continue;
        }
        farewell[farewell_size++] = text.front();
        text.remove_prefix(1);
    }
}

void add_capability(const char* name) {
    const char* text = ::tigetstr(const_cast<char*>(name)); // NOLINT: ncurses only reads it
    // NOLINTNEXTLINE(performance-no-int-to-ptr): so it says that there is no such thing
    if (text != nullptr && text != reinterpret_cast<const char*>(-1)) add(text);
}

extern "C" void say_farewell(int signal) {
    static_cast<void>(::write(STDOUT_FILENO, farewell.data(), farewell_size));
    static_cast<void>(::tcsetattr(STDIN_FILENO, TCSANOW, &terminal_before));
    // SA_RESETHAND: this time it takes its course
    static_cast<void>(::raise(signal));
}

} // namespace

Result<void> remember_terminal() {
    if (::tcgetattr(STDIN_FILENO, &terminal_before) != 0)
        return errno_failure("standard input is no terminal", "use 'nsscope top -b'");
    return {};
}

void restore_on_crash() {
    farewell_size = 0;
    add("\033[?1000l\033[?1002l\033[?1003l\033[?1006l"); // no more reports of the mouse
    for (const auto* name : {"sgr0", "op", "rmkx", "cnorm", "rmcup"}) add_capability(name);
    struct sigaction action {};
    action.sa_handler = say_farewell;
    action.sa_flags = static_cast<int>(SA_RESETHAND | SA_NODEFER);
    for (const auto signal : crashes) ::sigaction(signal, &action, nullptr);
}

void forget_crash() {
    for (const auto signal : crashes) std::signal(signal, SIG_DFL);
}

} // namespace nsscope::tui
