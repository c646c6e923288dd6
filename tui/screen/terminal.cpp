#include "screen/terminal.hpp"

#include <algorithm>
#include <cstdio>
#include <cwchar>
#include <string>

#include <ncurses.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.hpp"
#include "output/display_width.hpp"
#include "screen/palette.hpp"
#include "screen/restore.hpp"

namespace nsscope::tui {
namespace {

constexpr mmask_t wanted_mouse =
    BUTTON1_PRESSED | BUTTON1_CLICKED | BUTTON1_DOUBLE_CLICKED | BUTTON4_PRESSED | BUTTON5_PRESSED;
constexpr std::uint64_t twice_ns = 400'000'000;

std::optional<KeyCode> special(int code) {
    switch (code) {
    case KEY_UP: return key::up;
    case KEY_DOWN: return key::down;
    case KEY_LEFT: return key::left;
    case KEY_RIGHT: return key::right;
    case KEY_PPAGE: return key::page_up;
    case KEY_NPAGE: return key::page_down;
    case KEY_HOME: return key::home;
    case KEY_END: return key::end;
    case KEY_BTAB: return key::back_tab;
    case KEY_BACKSPACE: return key::backspace;
    case KEY_DC: return key::erase;
    case KEY_IC: return key::insert;
    case KEY_ENTER: return key::enter;
    default: break;
    }
    for (int number = 1; number <= 12; ++number)
        if (code == KEY_F(number)) return key::f(static_cast<unsigned>(number));
    return std::nullopt;
}

std::string base64(std::string_view text) {
    constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    for (std::size_t i = 0; i < text.size(); i += 3) {
        std::uint32_t bits = 0;
        for (std::size_t k = 0; k < 3; ++k)
            bits = bits << 8 | (i + k < text.size() ? static_cast<unsigned char>(text[i + k]) : 0U);
        for (std::size_t k = 0; k < 4; ++k)
            out += i + k > text.size() ? '=' : digits[bits >> (18 - 6 * k) & 0x3F];
    }
    return out;
}

} // namespace

struct Terminal::Screen {
    SCREEN* curses = nullptr;
    Palette palette;
    std::vector<Line> painted;
    bool knows_screen = false;
    std::uint64_t clicked_ns = 0;
    std::size_t clicked_line = 0;
};

Result<std::unique_ptr<Terminal>> Terminal::open(bool mouse) {
    std::unique_ptr<Terminal> terminal(new Terminal());
    terminal->screen_ = std::make_unique<Screen>();
    auto& screen = *terminal->screen_;
    const auto saved = remember_terminal();
    if (!saved) return Failure(saved.error());
    screen.curses = ::newterm(nullptr, stdout, stdin);
    if (screen.curses == nullptr)
        return Failure(
            Error{"this terminal is not known to ncurses (TERM)", "set TERM, or use 'nsscope top -b'", 0});
    ::set_term(screen.curses);
    restore_on_crash();
    ::raw();
    ::noecho();
    ::nonl();
    ::intrflush(stdscr, FALSE);
    ::keypad(stdscr, TRUE);
    ::nodelay(stdscr, TRUE);
    ::set_escdelay(25);
    ::mouseinterval(0);
    ::curs_set(0);
    ::leaveok(stdscr, FALSE);
    screen.palette.choose();
    terminal->set_mouse(mouse);
    return terminal;
}

Terminal::~Terminal() {
    if (!screen_ || screen_->curses == nullptr) return;
    set_mouse(false);
    ::endwin();
    forget_crash();
    ::delscreen(screen_->curses);
}

Size Terminal::size() const {
    return {static_cast<std::size_t>(std::max(COLS, 1)), static_cast<std::size_t>(std::max(LINES, 1))};
}

void Terminal::resize() {
    winsize now{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &now) == 0 && now.ws_row > 0 && now.ws_col > 0)
        ::resizeterm(now.ws_row, now.ws_col);
    forget();
}

void Terminal::forget() {
    ::clearok(stdscr, TRUE);
    screen_->knows_screen = false;
}

void Terminal::paint(const Page& page) {
    auto& painted = screen_->painted;
    const auto is_same = [](const Line& a, const Line& b) {
        return a.fill == b.fill && std::equal(a.spans.begin(), a.spans.end(), b.spans.begin(), b.spans.end(),
                                              [](const Span& x, const Span& y) {
                                                  return x.style == y.style && x.text == y.text;
                                              });
    };
    if (!screen_->knows_screen) ::erase();
    for (std::size_t y = 0; y < page.lines.size(); ++y) {
        const auto& line = page.lines[y];
        if (screen_->knows_screen && y < painted.size() && is_same(line, painted[y])) continue;
        ::move(static_cast<int>(y), 0);
        std::size_t cells = 0;
        for (const auto& span : line.spans) {
            cells += display_width(span.text);
            ::attrset(static_cast<int>(screen_->palette.attributes(span.style)));
            ::addnstr(span.text.data(), static_cast<int>(span.text.size()));
        }
        ::attrset(A_NORMAL);
        // behind a full line the cursor stands on its last cell, or on the next line
        if (cells < static_cast<std::size_t>(COLS)) ::clrtoeol();
    }
    painted = page.lines;
    screen_->knows_screen = true;
    if (page.cursor) {
        ::curs_set(1);
        ::move(static_cast<int>(page.cursor->first), static_cast<int>(page.cursor->second));
    } else {
        ::curs_set(0);
        ::move(LINES - 1, COLS - 1);
    }
    ::refresh();
}

std::optional<Input> Terminal::read() {
    for (;;) {
        wint_t character = 0;
        const int got = ::get_wch(&character);
        if (got == ERR) return std::nullopt;
        if (got == OK) {
            if (character == 127 || character == 8) return key::backspace;
            if (character == 10) return key::enter;
            return static_cast<KeyCode>(character);
        }
        if (character == KEY_MOUSE) {
            MEVENT event{};
            if (::getmouse(&event) != OK) continue;
            MouseEvent mouse{.line = static_cast<std::size_t>(std::max(event.y, 0)),
                             .column = static_cast<std::size_t>(std::max(event.x, 0))};
            if ((event.bstate & BUTTON4_PRESSED) != 0) mouse.wheel = -1;
            if ((event.bstate & BUTTON5_PRESSED) != 0) mouse.wheel = 1;
            if (mouse.wheel == 0) {
                if ((event.bstate & (BUTTON1_PRESSED | BUTTON1_CLICKED | BUTTON1_DOUBLE_CLICKED)) == 0)
                    continue;
                const auto now = monotonic_ns();
                mouse.twice = screen_->clicked_line == mouse.line && now - screen_->clicked_ns < twice_ns;
                screen_->clicked_ns = now;
                screen_->clicked_line = mouse.line;
            }
            return mouse;
        }
        if (const auto code = special(static_cast<int>(character))) return *code;
    }
}

void Terminal::set_mouse(bool on) { ::mousemask(on ? wanted_mouse : 0, nullptr); }

void Terminal::copy(std::string_view text) {
    const auto sequence = "\033]52;c;" + base64(text) + "\a";
    std::fflush(stdout);
    static_cast<void>(::write(STDOUT_FILENO, sequence.data(), sequence.size()));
}

void Terminal::leave() { ::endwin(); }

void Terminal::come_back() {
    ::refresh();
    resize();
}

} // namespace nsscope::tui
