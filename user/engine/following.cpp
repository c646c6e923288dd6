#include "engine/following.hpp"

#include <sys/eventfd.h>
#include <utility>

#include "base/clock.hpp"
#include "engine/graph_feed.hpp"
#include "events/decode.hpp"

namespace nsscope {

Following::Following(Scanner scanner, std::size_t most_kept)
    : scanner_(std::move(scanner)), most_kept_(most_kept),
      done_fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

Following::~Following() {
    if (thread_.joinable()) thread_.join();
}

void Following::begin_scan() {
    forget();
    began_ = monotonic_ns();
    done_ = false;
    thread_ = std::thread([this] {
        scan_ = scanner_();
        done_ = true;
        static_cast<void>(::eventfd_write(done_fd_.get(), 1));
    });
}

void Following::take(std::span<const std::byte> record, const Event& event) {
    if (!is_first_) feed(graph_, event);
    if (!is_scanning() || (overflowed_ && !is_first_)) return;
    if (bytes_.size() + record.size() > most_kept_) overflowed_ = true;
    if (overflowed_ && !is_first_) return forget();
    bytes_.insert(bytes_.end(), record.begin(), record.end());
    ends_.push_back(bytes_.size());
}

std::span<const std::byte> Following::kept(std::size_t number) const {
    const auto begin = number == 0 ? 0 : ends_[number - 1];
    return std::span(bytes_).subspan(begin, ends_[number] - begin);
}

void Following::replay(Graph& graph) const {
    Event event;
    ExeName exe;
    for (std::size_t i = 0; i < ends_.size(); ++i)
        if (decode(kept(i), event, exe) == Decoded::event) feed(graph, event);
}

void Following::forget() {
    std::vector<std::byte>().swap(bytes_);
    ends_.clear();
}

Result<std::optional<Following::Outcome>> Following::finish_scan() {
    thread_.join();
    eventfd_t value = 0;
    static_cast<void>(::eventfd_read(done_fd_.get(), &value));
    auto scan = std::exchange(scan_, {});
    const bool is_useless = std::exchange(overflowed_, false) && !is_first_;
    if (!scan) {
        if (!is_first_) forget();
        return Failure(scan.error());
    }
    if (is_useless) return std::nullopt;

    Outcome outcome{.is_first = is_first_, .began = began_, .changed = {}, .gone = {}, .namespaces = 0};
    Graph now;
    now.load(*scan);
    if (is_first_) {                               // the events come after, and are told again
        outcome.changed = existing_in(now.scan()); // which has no process that is but a zombie
        outcome.namespaces = outcome.changed.size();
    } else {
        replay(now);
        forget();
        const auto before = existing_in(graph_.scan()), after = existing_in(now.scan());
        const auto differences = compare(before, after);
        for (const auto* one : differences.changed) outcome.changed.push_back(*one);
        for (const auto* one : differences.gone) outcome.gone.push_back(*one);
        outcome.namespaces = after.size();
    }
    graph_ = std::move(now);
    is_first_ = false;
    return outcome;
}

void Following::release(const std::function<void(std::span<const std::byte>)>& use) {
    const auto bytes = std::exchange(bytes_, {});
    const auto ends = std::exchange(ends_, {});
    std::size_t begin = 0;
    for (const auto end : ends) {
        use(std::span(bytes).subspan(begin, end - begin));
        begin = end;
    }
}

} // namespace nsscope
