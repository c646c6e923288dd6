#pragma once

#include <memory>
#include <optional>
#include <variant>

#include "base/result.hpp"
#include "presenter/keys.hpp"
#include "presenter/page.hpp"
#include "presenter/presenter.hpp"

namespace nsscope::tui {

/// What came from the terminal: a key, or the mouse.
using Input = std::variant<KeyCode, MouseEvent>;

/// The terminal on standard input and output, through ncurses(3). There is one at a time. Whichever way the program ends, the
/// terminal is as it was before.
class Terminal {
  public:
    /// Fails where TERM is unknown, or there is no terminal.
    [[nodiscard]] static Result<std::unique_ptr<Terminal>> open(bool mouse);
    ~Terminal();
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;

    [[nodiscard]] Size size() const;
    /// Takes a new size over from the terminal.
    void resize();
    /// Sends what differs from what is on the screen.
    void paint(const Page& page);
    /// Forgets what is on the screen: the next page is sent whole.
    void forget();
    /// What has come; nullopt: nothing more. Never waits.
    [[nodiscard]] std::optional<Input> read();
    void set_mouse(bool on);
    /// Puts text on the clipboard of the terminal (xterm's OSC 52), if it has one.
    void copy(std::string_view text);

    /// Gives the terminal back as it was, and takes it again.
    void leave();
    void come_back();

  private:
    Terminal() = default;

    struct Screen;
    std::unique_ptr<Screen> screen_;
};

} // namespace nsscope::tui
