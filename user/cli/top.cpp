#include <cstdlib>
#include <langinfo.h>
#include <malloc.h>
#include <memory>
#include <string>
#include <string_view>
#include <unistd.h>

#include "cli/command.hpp"
#include "cli/report.hpp"
#include "cli/top_batch.hpp"
#include "cli/top_deeds.hpp"
#include "cli/top_feed.hpp"
#include "cli/top_options.hpp"
#include "cli/top_replay.hpp"
#include "cli/top_teller.hpp"
#include "screen/loop.hpp"

namespace nsscope {
namespace {

int failed(const Error& error, int status = exit_failed) {
    print_error(error);
    return status;
}

/// Whether there is a terminal that can do more than print lines.
bool has_screen() {
    const char* term = std::getenv("TERM");
    return ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1 && term != nullptr &&
           std::string_view(term) != "dumb" && *term != '\0';
}

int show(tui::Feed& feed, tui::Presenter& presenter, const TopOptions& options, const tui::Deeds& deeds,
         tui::LoopOptions loop = {}) {
    auto terminal = tui::Terminal::open(presenter.settings().mouse);
    if (!terminal) return failed(terminal.error());
    loop.every_ns = static_cast<std::uint64_t>(options.delay_s * 1e9);
    if (options.count != 0) loop.count = options.count;
    const auto ended = tui::run_loop(feed, presenter, **terminal, deeds, loop);
    terminal->reset();
    if (!ended) return failed(ended.error());
    return exit_complete;
}

tui::Playing playing_of(ReplayFeed& feed) {
    return {.toggle = [&feed] { feed.toggle(); },
            .step = [&feed] { feed.step(); },
            .seek = [&feed](int seconds) { feed.seek(seconds); },
            .go_to =
                [&feed](const std::string& time) {
                    const auto gone = feed.go_to(time);
                    return gone ? std::string() : gone.error().what + "; " + gone.error().hint;
                },
            .status = [&feed] { return feed.status(); }};
}

int replay(tui::Presenter& presenter, const TopOptions& options, bool on_screen) {
    const auto recording = Recording::open(options.replay);
    if (!recording) return failed(recording.error());
    auto at = (*recording)->begin_ns();
    if (!options.at.empty()) {
        const auto wanted = parse_time(options.at, **recording);
        if (!wanted) return failed(wanted.error());
        at = *wanted;
    }
    ReplayFeed feed(**recording, at, options.paused || !on_screen);
    presenter.set_playing(feed.status());
    if (on_screen) return show(feed, presenter, options, replay_deeds(), {.playing = playing_of(feed)});
    const int status = run_batch(feed, presenter, options, [&] { return feed.advance(options.delay_s); });
    return status == exit_complete && (*recording)->damage() ? exit_partial : status;
}

int top(const TopOptions& options) {
    tui::block_signals(); // before there is a thread
    auto settings = read_settings();
    if (!settings) return failed(settings.error(), exit_usage);
    if (options.no_mouse) settings->mouse = false;
    const bool utf8 = std::string_view(::nl_langinfo(CODESET)) == "UTF-8";
    tui::Presenter presenter(std::move(*settings), utf8);
    for (const auto& view : tui::views)
        if (view.name == options.view) presenter.set_view(view.view);
    presenter.set_filter(options.filter);

    const bool on_screen = !options.batch && has_screen();
    if (!options.replay.empty()) return replay(presenter, options, on_screen);
    ::mallopt(M_ARENA_MAX,
              2); // one an engine thread would be: memory that is taken in one and given back in another
    auto feed = LiveFeed::start("/proc", options.btf_file);
    if (!feed) return failed(feed.error());
    ::malloc_trim(0); // loading took megabytes that are not needed any more
    if (!on_screen) return run_batch(**feed, presenter, options);
    TopTeller teller([&feed = **feed] { return feed.snapshot(); });
    presenter.set_teller(
        [&teller](const tui::World& world, const tui::Key& key) { return teller.tell(world, key); });
    const int status = show(**feed, presenter, options, top_deeds(),
                            {.news_fd = teller.fd(), .take_news = [&teller] { teller.take_news(); }});
    presenter.set_teller({});
    return status;
}

} // namespace

Command make_top(CLI::App& parent) {
    auto options = std::make_shared<TopOptions>();
    auto* app =
        parent.add_subcommand("top", "show the machine as it changes, on the full screen of a terminal");
    app->add_option("-d,--delay", options->delay_s, "Seconds from one refresh to the next")
        ->check(CLI::Range(0.1, 3600.0))
        ->capture_default_str();
    app->add_option("-n,--iterations", options->count, "End after this many refreshes")
        ->check(CLI::PositiveNumber);
    app->add_flag("-b,--batch", options->batch, "Print plain text, one snapshot after another");
    app->add_flag("--no-mouse", options->no_mouse, "Leave the mouse to the terminal");
    app->add_option("--filter", options->filter, "Show only rows with this text; '|' parts alternatives");
    add_btf_option(*app, options->btf_file);
    std::vector<std::string> names;
    names.reserve(tui::views.size());
    for (const auto& view : tui::views) names.emplace_back(view.name);
    app->add_option("--view", options->view, "What to show first")
        ->check(CLI::IsMember(names))
        ->capture_default_str();
    auto* replayed = app->add_option("--replay", options->replay, "Show what 'nsscope record' has recorded")
                         ->type_name("FILE");
    app->add_option("--at", options->at,
                    "Where in the recording to begin: 2026-11-22T10:00:00Z, or seconds since it began")
        ->type_name("TIME")
        ->needs(replayed);
    app->add_flag("--paused", options->paused, "Do not play the recording yet")->needs(replayed);
    return {app, [options] { return top(*options); }};
}

} // namespace nsscope
