// pipeline [RECORDS]: how many records a second user space makes into JSON on one core: the stream decodes, names and
// writes records that are replayed from memory. Beside it, in the same run, what merely copying the text costs, so that
// the figure can be compared between machines.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <sys/eventfd.h>
#include <unistd.h>
#include <vector>

#include "base/json.hpp"
#include "engine/event_stream.hpp"
#include "played.hpp"
#include "records.hpp"

using namespace nsscope;
using namespace bench;

namespace {

/// Says the same records again and again, as many as asked for.
class Replay : public Played {
  public:
    explicit Replay(std::uint64_t records) : left_(records), records_(records) {
        for (std::uint64_t i = 0; i < 4096; i++) ring_.push_back(unshare_record(i));
    }
    std::size_t read(std::size_t most, const Sink& sink) override {
        if (left_ == records_) sink(exe_record());
        std::size_t count = 0;
        for (; count < most && left_ > 0; count++, left_--) sink(ring_[left_ % ring_.size()]);
        return count;
    }

  private:
    std::vector<std::vector<std::byte>> ring_;
    std::uint64_t left_, records_;
};

/// Writes JSON, and forgets it.
class Forget : public EventSink {
  public:
    void start(const StartInfo&, const Position&) override {}
    void event(const Event& event, const Position& position, Names& names) override {
        write_json(json_, event, position, names);
        text_ += '\n';
    }
    void exists(const Existing&, bool, const Position&, Names&) override {}
    void sync(std::size_t, bool, const Position&) override {}
    void loss(std::span<const Loss>, const Position&) override {}
    void end(const Totals&, const Position&) override {}
    [[nodiscard]] Result<void> flush() override {
        bytes_ += text_.size();
        if (!text_.empty()) last_.swap(text_);
        text_.clear();
        return {};
    }
    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
    [[nodiscard]] const std::string& last() const { return last_; }

  private:
    std::string text_, last_;
    JsonWriter json_{text_};
    std::uint64_t bytes_ = 0;
};

double seconds_since(std::chrono::steady_clock::time_point begin) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

} // namespace

int main(int argc, char** argv) {
    const std::uint64_t records = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 3'000'000;
    if (records == 0) {
        std::fputs("usage: pipeline [RECORDS]\n", stderr);
        return 2;
    }
    Replay replay(records);
    Forget sink;
    Names names([](std::uint64_t id) { return "/system.slice/docker-" + std::to_string(id) + ".scope"; });
    StreamOptions options;
    options.count = records;
    EventStream stream(replay, sink, names, options);
    const int never = ::eventfd(0, EFD_CLOEXEC);

    const auto begin = std::chrono::steady_clock::now();
    const auto totals = stream.run(StartInfo{}, never);
    const double took = seconds_since(begin);
    if (!totals || totals->delivered != records) {
        std::fputs("pipeline: the stream did not deliver every record\n", stderr);
        return 1;
    }
    const auto copy_begin = std::chrono::steady_clock::now();
    std::string copy;
    for (std::uint64_t bytes = 0; bytes < sink.bytes(); bytes += sink.last().size()) copy.assign(sink.last());
    const double copied = seconds_since(copy_begin);

    std::printf(
        "pipeline: %.0f records a second, %.0f ns each, %.0f bytes of JSON each; %.1f times a mere copy\n",
        static_cast<double>(records) / took, took * 1e9 / static_cast<double>(records),
        static_cast<double>(sink.bytes()) / static_cast<double>(records), took / copied);
    return 0;
}
