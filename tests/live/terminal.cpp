#include "terminal.hpp"

#include <thread>

namespace live {

Terminal::Terminal(const std::string& command, unsigned width, unsigned height) : socket_("terminal") {
    const auto started =
        tmux({"-f", "/dev/null", "start-server", ";", "set-option", "-g", "default-terminal", "screen", ";",
              "new-session", "-d", "-x", std::to_string(width), "-y", std::to_string(height), command});
    if (started.status != 0) problem_ = "tmux: " + started.errors;
}

Terminal::~Terminal() { static_cast<void>(tmux({"kill-server"})); }

std::string Terminal::screen() const { return tmux({"capture-pane", "-p"}).output; }

bool Terminal::wait_for(const std::function<bool(const std::string&)>& is_it) const {
    return wait_until([&] {
        std::this_thread::sleep_for(200ms); // to look is the most work here
        return is_it(screen());
    });
}

bool Terminal::wait_for(const std::string& text) const {
    return wait_for([&](const std::string& screen) { return screen.find(text) != std::string::npos; });
}

void Terminal::press(const std::string& key) const { static_cast<void>(tmux({"send-keys", key})); }

Finished Terminal::tmux(std::vector<std::string> words) const {
    words.insert(words.begin(), {find_in_path("tmux"), "-S", socket_.path()});
    // tmux wants a locale of UTF-8, by which nsscope draws its lines, too; and gives commands to the user's shell
    return run(words, {.environment = {{"LC_ALL", "C.UTF-8"}, {"SHELL", "/bin/sh"}, {"TMUX", ""}}});
}

} // namespace live
