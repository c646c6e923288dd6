#include "cli/top_teller.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <sys/eventfd.h>

#include "base/clock.hpp"
#include "base/text.hpp"
#include "cli/look.hpp"
#include "inspect/inspection.hpp"
#include "output/inspect_text.hpp"
#include "output/why_report.hpp"
#include "scan/usage.hpp"

namespace nsscope {
namespace {

constexpr std::uint64_t again_after_ns = 5'000'000'000;
constexpr std::size_t most_lines = 5000;

void add_lines(std::vector<std::string>& lines, std::string_view heading, std::string_view text) {
    lines.emplace_back();
    lines.emplace_back(heading);
    while (!text.empty() && lines.size() < most_lines) {
        const auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        if (!line.empty()) lines.push_back("  " + std::string(line));
    }
    if (!text.empty()) lines.emplace_back("  and more: see nsscope inspect");
}

/// The kinds of namespace in which a process is not in the host's, which hold too much to be told for each process.
std::vector<NsType> own_types(const Snapshot& snapshot, pid_t pid) {
    std::vector<NsType> types;
    for (const auto& ns : snapshot.namespaces)
        if (!ns.initial && std::binary_search(ns.members.begin(), ns.members.end(), pid) &&
            (types.empty() || types.back() != ns.type))
            types.push_back(ns.type);
    return types;
}

void add_inspection(std::vector<std::string>& lines, const Inspection& inspection, const Snapshot& snapshot) {
    std::string text;
    append_inspection_text(text, inspection, snapshot);
    for (const auto& issue : inspection.issues)
        text += "not known: " + to_printable(issue.what) + ", " + to_printable(issue.why) + "\n";
    add_lines(lines, "Inside", text);
}

} // namespace

TopTeller::TopTeller(std::function<Snapshot()> snapshot)
    : snapshot_(std::move(snapshot)), news_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      thread_([this] { run(); }) {}

TopTeller::~TopTeller() {
    {
        const std::scoped_lock lock(mutex_);
        ended_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void TopTeller::take_news() {
    eventfd_t ignored = 0;
    static_cast<void>(::eventfd_read(news_.get(), &ignored));
}

std::optional<TopTeller::Subject> TopTeller::subject_of(const tui::World& world, const tui::Key& key) {
    if (key.kind == tui::Kind::process || key.kind == tui::Kind::ns) return Subject{key, key};
    if (key.kind != tui::Kind::container) return std::nullopt;
    const auto place = world.find(key);
    const tui::Process* first = nullptr;
    for (std::size_t i = 0; i < world.live_processes; ++i) {
        const auto& process = world.processes[i].process;
        if (process.container != place || place == tui::none) continue;
        if (first == nullptr || process.start_ns < first->start_ns) first = &process;
    }
    if (first == nullptr) return std::nullopt;
    return Subject{key, key_of(*first)};
}

std::vector<std::string> TopTeller::tell(const tui::World& world, const tui::Key& key) {
    const auto subject = subject_of(world, key);
    if (!subject) return {};
    const std::scoped_lock lock(mutex_);
    const bool is_answered = answered_ == key && answered_ns_ != 0;
    if (!is_answered || monotonic_ns() - answered_ns_ >= again_after_ns) {
        wanted_ = subject;
        changed_.notify_all();
    }
    if (is_answered) return answer_;
    return {"", "Looking inside ..."};
}

void TopTeller::run() {
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait(lock, [this] { return wanted_ || ended_; });
        if (ended_) return;
        const auto subject = *wanted_;
        lock.unlock();
        auto answer = find_out(subject.inside);
        lock.lock();
        answer_ = std::move(answer);
        answered_ = subject.key;
        answered_ns_ = monotonic_ns();
        if (wanted_ && wanted_->key == subject.key) wanted_.reset();
        static_cast<void>(::eventfd_write(news_.get(), 1));
    }
}

/// Of a number that is another one's by now nothing is said.
std::vector<std::string> TopTeller::find_out(const tui::Key& inside) const {
    const auto snapshot = snapshot_();
    std::vector<std::string> lines;
    if (inside.kind == tui::Kind::ns) {
        const auto* ns = find(snapshot, static_cast<NsType>(inside.a >> 32),
                              static_cast<std::uint32_t>(inside.a), inside.b);
        if (ns == nullptr) return lines;
        std::string why;
        append_why_text(why, snapshot, std::array{ns});
        add_lines(lines, "Why it is there", why);
        add_inspection(lines, inspect_listed(snapshot, *ns, inspect_sources()), snapshot);
        return lines;
    }
    const auto pid = static_cast<pid_t>(inside.a);
    const auto is_same = [&] {
        const auto now = UsageReader("/proc").process(pid);
        return now && now->start_ticks == inside.b;
    };
    if (!is_same()) return lines;
    const auto types = own_types(snapshot, pid);
    if (types.empty())
        return {"", "Inside", "  all its namespaces are the host's: their own details tell of them"};
    const auto inspection = inspect_process(snapshot, pid, types, inspect_sources());
    if (!is_same()) return lines;
    if (inspection)
        add_inspection(lines, *inspection, snapshot);
    else
        lines = {"", "Inside", "  " + to_printable(inspection.error().what)};
    return lines;
}

} // namespace nsscope
