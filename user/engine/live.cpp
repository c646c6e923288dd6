#include "engine/live.hpp"

#include <algorithm>
#include <chrono>
#include <sys/eventfd.h>
#include <utility>

#include "engine/event_stream.hpp"
#include "engine/graph_feed.hpp"

namespace nsscope {
namespace {

/// A storm that loses records all the time must not make scanning all that is done.
constexpr std::chrono::seconds between_scans{1};

} // namespace

PastEvent::PastEvent(const Event& happened, const Position& at, Names& names)
    : position(at), event(happened) {
    append_text(text, event, position, names);
    event.sysctl.reset(); // it points into the record; the text says it
    if (event.task) event.task->comm.copy(comms[0].data(), comms[0].size());
    if (event.child) event.child->comm.copy(comms[1].data(), comms[1].size());
    repoint();
}

PastEvent::PastEvent(const PastEvent& other)
    : position(other.position), event(other.event), text(other.text), comms(other.comms) {
    repoint();
}

PastEvent& PastEvent::operator=(const PastEvent& other) {
    if (this == &other) return *this;
    position = other.position;
    event = other.event;
    text = other.text;
    comms = other.comms;
    repoint();
    return *this;
}

void PastEvent::repoint() {
    if (event.task) event.task->comm = {comms[0].data(), event.task->comm.size()};
    if (event.child) event.child->comm = {comms[1].data(), event.child->comm.size()};
}

/// What the stream says, for the graph and for those who look back. Called in the thread of the stream.
class Live::Sink : public EventSink {
  public:
    explicit Sink(Live& live) : live_(live) {}

    void start(const StartInfo&, const Position&) override {
        std::unique_lock lock(live_.mutex_);
        live_.has_begun_ = true;
        live_.changed_.notify_all();
        live_.changed_.wait(lock, [this] { return live_.is_ready_ || live_.broken_ || live_.ends_; });
    }
    void event(const Event& event, const Position& position, Names& names) override {
        const PastEvent past(event, position, names);
        const std::scoped_lock lock(live_.feeding_, live_.mutex_);
        feed(live_.graph_, event);
        count(event);
        live_.past_.push_back(past);
        if (live_.past_.size() > live_.setup_.keep) live_.past_.pop_front();
        ++live_.version_;
    }
    void exists(const Existing&, bool, const Position&, Names&) override {} // Live scans by itself
    void sync(std::size_t, bool, const Position&) override {}
    void loss(std::span<const Loss> losses, const Position&) override {
        const std::scoped_lock lock(live_.mutex_);
        for (const auto& loss : losses) live_.counts_.lost += loss.count;
        live_.wants_scan_ = true;
        ++live_.version_;
        live_.changed_.notify_all();
    }
    void end(const Totals&, const Position&) override {}
    [[nodiscard]] Result<void> flush() override { return {}; }

  private:
    void count(const Event& event) {
        auto& counts = live_.counts_;
        ++counts.events[static_cast<std::size_t>(event.type)];
        for (const auto& change : event.namespaces()) counts.created += change.created ? 1 : 0;
        counts.destroyed += event.type == EventType::ns_destroy ? 1 : 0;
    }

    Live& live_;
};

Live::Live(Setup setup) : setup_(std::move(setup)), stop_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

Live::~Live() {
    static_cast<void>(::eventfd_write(stop_.get(), 1));
    {
        const std::scoped_lock lock(mutex_);
        ends_ = true;
    }
    changed_.notify_all();
    if (follower_.joinable()) follower_.join();
    if (scanner_.joinable()) scanner_.join();
}

Result<void> Live::start() {
    if (!stop_) return errno_failure("cannot make an eventfd");
    has_begun_ = setup_.source == nullptr;
    scanner_ = std::thread([this] { keep_scanning(); });
    if (setup_.source) follower_ = std::thread([this] { follow(); });
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return is_ready_ || broken_; });
    if (broken_) return Failure(*broken_);
    return {};
}

void Live::follow() {
    if (setup_.begin) setup_.begin();
    Names names(setup_.cgroups);
    if (setup_.rules) names.set_rules(setup_.rules);
    Sink sink(*this);
    StreamOptions options;
    options.hurry = setup_.hurry;
    EventStream stream(*setup_.source, sink, names, options);
    const auto totals = stream.run(setup_.start, stop_.get());
    const std::scoped_lock lock(mutex_);
    if (!totals) broken_ = totals.error();
    changed_.notify_all();
}

void Live::keep_scanning() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return has_begun_ || ends_; });
    while (!ends_) {
        lock.unlock();
        take_scan();
        lock.lock();
        const auto every =
            std::chrono::nanoseconds(std::max<std::uint64_t>(setup_.rescan_every_ns, 1'000'000));
        changed_.wait_for(lock, std::min<std::chrono::nanoseconds>(every, between_scans),
                          [this] { return ends_; });
        changed_.wait_for(lock, every, [this] { return ends_ || wants_scan_; });
    }
}

/// A scan that fails leaves the graph as it was.
void Live::take_scan() {
    const std::scoped_lock order(feeding_);
    {
        const std::scoped_lock lock(mutex_);
        wants_scan_ = false; // what is lost from here on is another reason
    }
    const auto scan = setup_.scan();
    const std::scoped_lock lock(mutex_);
    if (scan) {
        if (is_ready_) ++counts_.rescans;
        graph_.load(*scan);
        is_ready_ = true;
    } else {
        broken_ = scan.error();
    }
    ++version_;
    changed_.notify_all();
}

Scan Live::scan() const {
    const std::scoped_lock lock(mutex_);
    return graph_.scan();
}

LiveCounts Live::counts() const {
    const std::scoped_lock lock(mutex_);
    return counts_;
}

std::uint64_t Live::version() const {
    const std::scoped_lock lock(mutex_);
    return version_;
}

std::vector<PastEvent> Live::events_after(std::uint64_t seq, std::size_t most) const {
    const std::scoped_lock lock(mutex_);
    const auto is_before = [](std::uint64_t number, const PastEvent& past) {
        return number < past.position.seq;
    };
    auto first = std::upper_bound(past_.begin(), past_.end(), seq, is_before);
    const auto limit = static_cast<std::ptrdiff_t>(std::min(most, past_.size()));
    if (past_.end() - first > limit) first = past_.end() - limit;
    return {first, past_.end()};
}

void Live::rescan() {
    const std::scoped_lock lock(mutex_);
    wants_scan_ = true;
    changed_.notify_all();
}

std::optional<Error> Live::broken() const {
    const std::scoped_lock lock(mutex_);
    return broken_;
}

} // namespace nsscope
