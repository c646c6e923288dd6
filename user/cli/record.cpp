#include <csignal>
#include <cstdint>
#include <memory>
#include <string>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>

#include "base/clock.hpp"
#include "cli/command.hpp"
#include "cli/report.hpp"
#include "cli/stream.hpp"
#include "cli/top_feed.hpp"
#include "recording/recorder.hpp"

namespace nsscope {
namespace {

struct RecordOptions {
    std::string file;
    double delay_s = 1;
    double duration_s = 0; ///< 0: without end
    bool force = false;
    std::string btf_file{}; ///< TraceOptions::btf_file
};

int failed(const Error& error) {
    print_error(error);
    return exit_failed;
}

/// A recording holds command lines, which are not everybody's.
Result<UniqueFd> make_file(const RecordOptions& options) {
    const int flags = O_WRONLY | O_CREAT | O_CLOEXEC | (options.force ? O_TRUNC : O_EXCL);
    UniqueFd file(::open(options.file.c_str(), flags, 0600));
    if (file) return file;
    return errno_failure("cannot write " + options.file,
                         errno == EEXIST ? "give another name, or --force to write over it" : "");
}

/// Looks again and again, until a signal or the time ends it. The first look is due at once.
Result<tui::Counts> keep_looking(tui::Feed& feed, const Recorder& recorder, const RecordOptions& options,
                                 int stop_fd) {
    const auto begin = monotonic_ns();
    const auto every = static_cast<std::uint64_t>(options.delay_s * 1e9);
    const auto end =
        options.duration_s > 0 ? begin + static_cast<std::uint64_t>(options.duration_s * 1e9) : UINT64_MAX;
    for (auto next = begin;;) {
        const auto look = feed.look({.usage = true, .cgroups = true});
        if (!look) return Failure(look.error());
        if (const auto broken = recorder.broken())
            return Failure(Error{broken->what, "the recording can be read up to here", broken->error_number});
        const auto now = monotonic_ns();
        next = std::max(next + every, now);
        pollfd stop{stop_fd, POLLIN, 0};
        const auto until = std::min(next, end);
        const auto wait_ms = until > now ? static_cast<int>((until - now + 999'999) / 1'000'000) : 0;
        if (::poll(&stop, 1, wait_ms) > 0 || monotonic_ns() >= end) return look->counts;
    }
}

int record(const RecordOptions& options) {
    const auto stop = signals_as_fd(); // before there is a thread
    if (!stop) return failed(errno_failure("cannot take signals").value());
    const auto file = make_file(options);
    if (!file) return failed(file.error());
    Recorder recorder(file->get(), stop.get());
    Result<tui::Counts> counts;
    {
        auto feed = LiveFeed::start("/proc", options.btf_file, &recorder);
        if (!feed) return failed(feed.error());
        counts = keep_looking(**feed, recorder, options, stop.get());
        if (counts) {
            const auto last = (*feed)->look({.usage = true, .cgroups = true}); // what it was at the end
            if (last) counts = last->counts;
        }
    } // the last events come as it ends
    const auto ended = recorder.end();
    if (!counts) return failed(counts.error());
    if (!ended) return failed(ended.error());
    print_notice(fmt::format("{}: {} events, {} bytes, {} lost", options.file, recorder.events(),
                             recorder.bytes(), recorder.lost()));
    return recorder.lost() > 0 || recorder.without_events() ? exit_partial : exit_complete;
}

} // namespace

Command make_record(CLI::App& parent) {
    auto options = std::make_shared<RecordOptions>();
    auto* app = parent.add_subcommand("record", "record the machine and what happens to it in a file");
    app->add_option("FILE", options->file, "Where to; it must not be there yet")->required();
    app->add_option("-d,--delay", options->delay_s, "Seconds from one look at what is used to the next")
        ->check(CLI::Range(0.1, 3600.0))
        ->capture_default_str();
    app->add_option("--duration", options->duration_s, "End after this many seconds")
        ->check(CLI::Range(0.1, 1e7));
    add_btf_option(*app, options->btf_file);
    app->add_flag("--force", options->force, "Write over a file that is there");
    return {app, [options] { return record(*options); }};
}

} // namespace nsscope
