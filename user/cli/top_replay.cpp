#include "cli/top_replay.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/clock.hpp"
#include "model/snapshot.hpp"

namespace nsscope {
namespace {

std::string minutes(std::uint64_t ns) {
    const auto tenths = ns / 100'000'000;
    return fmt::format("{}:{:02}.{}", tenths / 600, tenths / 10 % 60, tenths % 10);
}

} // namespace

ReplayFeed::ReplayFeed(const Recording& recording, std::uint64_t at, bool paused)
    : recording_(recording), player_(recording), playing_(!paused), from_ns_(at),
      from_clock_(monotonic_ns()) {}

/// Under the lock.
std::uint64_t ReplayFeed::time_now() const {
    const auto passed = playing_ ? monotonic_ns() - from_clock_ : 0;
    return std::min(from_ns_ + passed, recording_.end_ns());
}

void ReplayFeed::jump_to(std::uint64_t mono_ns) {
    from_ns_ = std::clamp(mono_ns, recording_.begin_ns(), recording_.end_ns());
    from_clock_ = monotonic_ns();
    jumped_ = true;
}

void ReplayFeed::toggle() {
    const std::scoped_lock lock(mutex_);
    const auto now = time_now();
    if (playing_ && now < recording_.end_ns()) {
        playing_ = false;
        from_ns_ = now;
        return;
    }
    playing_ = true;
    from_ns_ = now;
    from_clock_ = monotonic_ns();
    if (now == recording_.end_ns()) jump_to(recording_.begin_ns());
}

void ReplayFeed::seek(double seconds) {
    const std::scoped_lock lock(mutex_);
    const auto now = time_now();
    const auto by = static_cast<std::uint64_t>(std::min(std::abs(seconds), 1e9) * 1e9);
    jump_to(seconds < 0 ? now - std::min(now, by) : now + by);
}

void ReplayFeed::step() {
    const std::scoped_lock lock(mutex_);
    from_ns_ = time_now();
    playing_ = false;
    ++steps_;
}

Result<void> ReplayFeed::go_to(const std::string& time) {
    const auto at = parse_time(time, recording_);
    if (!at) return Failure(at.error());
    const std::scoped_lock lock(mutex_);
    jump_to(*at);
    return {};
}

bool ReplayFeed::advance(double seconds) {
    const std::scoped_lock lock(mutex_);
    if (from_ns_ == recording_.end_ns()) return false;
    from_ns_ = std::min(from_ns_ + static_cast<std::uint64_t>(seconds * 1e9), recording_.end_ns());
    return true;
}

std::string ReplayFeed::status() const {
    const std::scoped_lock lock(mutex_);
    const auto now = time_now();
    const auto* word = now == recording_.end_ns() ? "END" : playing_ ? "PLAYING" : "PAUSED";
    return fmt::format("{} {} of {}", word, minutes(now - recording_.begin_ns()),
                       minutes(recording_.end_ns() - recording_.begin_ns()));
}

void ReplayFeed::complete(tui::Process& process, const ScannedTask& task) {
    const auto& known = player_.sample().processes;
    while (next_process_ < known.size() && known[next_process_].pid < task.pid) ++next_process_;
    if (next_process_ == known.size() || known[next_process_].pid != task.pid ||
        known[next_process_].start_ns != task.start_ns)
        return;
    const auto& sampled = known[next_process_];
    process.cpu_ns = sampled.cpu_ns;
    process.rss_bytes = sampled.rss_bytes;
    process.container = sampled.container;
    process.command = sampled.command;
}

Result<tui::Look> ReplayFeed::look(const tui::Wants& wants) {
    std::uint64_t to = 0;
    bool jumps = false;
    std::uint64_t steps = 0;
    {
        const std::scoped_lock lock(mutex_);
        to = time_now();
        jumps = std::exchange(jumped_, false);
        steps = std::exchange(steps_, 0);
    }
    std::shared_ptr<tui::Look> before;
    if (jumps) { // rates need something to compare with
        constexpr std::uint64_t earlier = 1'000'000'000;
        seq_ = 0; // what is told of events is the past of that moment
        player_.go_to(to - std::min(to, earlier));
        before = std::make_shared<tui::Look>(look_there(wants));
    }
    player_.go_to(to);
    if (steps > 0) {
        for (; steps > 0; --steps) player_.go_to(player_.next_event().value_or(recording_.end_ns()));
        const std::scoped_lock lock(mutex_);
        from_ns_ = player_.now();
    }
    auto look = look_there(wants);
    look.anew = jumps;
    look.before = std::move(before);
    return look;
}

tui::Look ReplayFeed::look_there(const tui::Wants& wants) {
    tui::Look look;
    const auto& sample = player_.sample();
    const auto& start = recording_.start().info;
    look.mono_ns = player_.now();
    look.time_ns = recording_.realtime(look.mono_ns);
    look.use_ns = sample.mono_ns;
    look.notices = sample.notices;
    look.machine = {.host = start.host,
                    .kernel = start.kernel,
                    .boot_id = start.boot_id,
                    .rung = std::string(start.rung),
                    .boot_ns = sample.boot_ns + (look.mono_ns - std::min(look.mono_ns, sample.mono_ns)),
                    .cpus = sample.cpus,
                    .cpu_ns = sample.cpu_ns,
                    .busy_ns = sample.busy_ns,
                    .memory = sample.memory,
                    .available = sample.available};
    take_counts(look, player_.counts());
    for (const auto& past : player_.past())
        if (past.position.seq > seq_) look.events.push_back(line_of(past));
    if (!look.events.empty()) {
        if (seq_ != 0) look.not_kept = look.events.front().seq - seq_ - 1;
        seq_ = look.events.back().seq;
    }
    for (const auto& found : sample.containers) look.containers.push_back(found.container);
    auto scan = player_.scan();
    next_process_ = 0;
    look.processes = processes_of(scan, *this);
    look.users = sample.users;
    if (wants.cgroups)
        for (const auto& cgroup : sample.cgroups)
            look.cgroups.push_back({.id = cgroup.id,
                                    .parent = cgroup.parent,
                                    .name = cgroup.name,
                                    .cpu_ns = cgroup.cpu_ns,
                                    .memory = cgroup.memory,
                                    .pids = cgroup.pids,
                                    .cpu_pressure = cgroup.cpu_pressure,
                                    .memory_pressure = cgroup.memory_pressure,
                                    .io_pressure = cgroup.io_pressure});
    for (const auto& issue : scan.issues)
        look.notices.push_back(fmt::format("{}: {}, {}", issue.what, issue.count, issue.why));
    if (const auto damage = player_.damage())
        look.notices.push_back(fmt::format("the recording is damaged at byte {} (record {}): {}",
                                           damage->offset, damage->number, damage->what));
    look.snapshot = build_snapshot(std::move(scan));
    return look;
}

} // namespace nsscope
