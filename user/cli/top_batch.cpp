#include "cli/top_batch.hpp"

#include <csignal>
#include <ctime>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.hpp"
#include "cli/command.hpp"
#include "cli/report.hpp"

namespace nsscope {
namespace {

/// Waits; true when a signal ends the program.
bool wait_or_end(double seconds) {
    sigset_t set;
    ::sigemptyset(&set);
    for (const auto signal : {SIGINT, SIGTERM, SIGHUP}) ::sigaddset(&set, signal);
    const auto whole = static_cast<time_t>(seconds);
    const timespec time{.tv_sec = whole,
                        .tv_nsec = static_cast<long>((seconds - static_cast<double>(whole)) * 1e9)};
    return ::sigtimedwait(&set, nullptr, &time) > 0;
}

std::size_t terminal_width() {
    winsize size{};
    return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

} // namespace

int run_batch(tui::Feed& feed, tui::Presenter& presenter, const TopOptions& options,
              const std::function<bool()>& next) {
    constexpr std::size_t plain_width = 512; // of a header without a terminal
    std::shared_ptr<const tui::World> world;
    const tui::Wants wants{.usage = true, .cgroups = presenter.view() == tui::View::cgroups};
    for (std::uint64_t i = 0; options.count == 0 || i < options.count; ++i) {
        if (i > 0 && !(next ? next() : !wait_or_end(options.delay_s))) break;
        auto look = feed.look(wants);
        if (!look) {
            print_error(look.error());
            return exit_failed;
        }
        world = tui::next_world(world.get(), std::move(*look));
        presenter.show(world);
        const auto width = terminal_width();
        std::string text = i > 0 ? "\n" : "";
        text += rfc3339(world->time_ns);
        text += '\n';
        for (const auto& line : presenter.header_lines(width == 0 ? plain_width : width))
            text += tui::text_of(line) + "\n";
        for (const auto& line : presenter.table_lines(width)) text += tui::text_of(line) + "\n";
        if (const auto written = write_all(STDOUT_FILENO, text); !written) return unwritten(written.error());
    }
    return world && world->counts.lost > 0 ? exit_partial : exit_complete;
}

} // namespace nsscope
