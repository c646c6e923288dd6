#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>

#include "events/event_source.hpp"
#include "model/scan.hpp"
#include "output/background_writer.hpp"
#include "recording/frame.hpp"
#include "recording/sample.hpp"
#include "recording/start_payload.hpp"

namespace nsscope {

/// Writes a recording. All functions may be called from any thread. What fails is kept: see broken().
class Recorder {
  public:
    /// The descriptor is the caller's, and outlives this; `stop_fd`: see StreamWriter.
    Recorder(int fd, int stop_fd) : writer_(fd, stop_fd) {}
    Recorder(const Recorder&) = delete;
    Recorder& operator=(const Recorder&) = delete;
    ~Recorder() = default;

    /// First of all.
    void start(const RecordingStart& start);
    /// The graph from now on, but for events that are recorded later.
    void scan(const Scan& scan);
    void event(std::span<const std::byte> record);
    /// Writes a frame where these are other ones than the last time.
    void losses(const Lost& lost);
    void cgroup(std::uint64_t id, const std::string& path);
    void sample(const Sample& sample);
    /// Last of all: everything is written when it returns.
    [[nodiscard]] Result<void> end();

    /// Why nothing is written any more: the disk is full, ...
    [[nodiscard]] std::optional<Error> broken() const;
    [[nodiscard]] std::uint64_t bytes() const;
    [[nodiscard]] std::uint64_t events() const;
    [[nodiscard]] std::uint64_t lost() const;
    /// Nothing told of events.
    [[nodiscard]] bool without_events() const;

  private:
    void append(FrameKind kind, std::uint64_t mono_ns, std::string_view payload);
    void flush();

    mutable std::mutex mutex_;
    BackgroundWriter writer_;
    std::string buffer_, payload_;
    SampleWriter samples_;
    Lost lost_{};
    std::uint64_t mono_ns_ = 0, bytes_ = 0, events_ = 0;
    bool without_events_ = false;
    std::optional<Error> broken_;
};

/// A source whose records are recorded on their way.
class RecordedSource : public EventSource {
  public:
    /// The recorder is the caller's and outlives this.
    RecordedSource(std::unique_ptr<EventSource> source, Recorder& recorder)
        : source_(std::move(source)), recorder_(recorder) {}

    [[nodiscard]] int fd() const override { return source_->fd(); }
    void start() override { source_->start(); }
    std::size_t read(std::size_t most, const Sink& sink) override;
    void ask_wakeup() override { source_->ask_wakeup(); }
    void forgo_wakeup() override { source_->forgo_wakeup(); }
    [[nodiscard]] bool is_filling_up() const override { return source_->is_filling_up(); }
    [[nodiscard]] bool take_dirty() override { return source_->take_dirty(); }
    std::uint64_t sweep(bool census) override { return source_->sweep(census); }
    void stop() override { source_->stop(); }
    [[nodiscard]] Counters counters() const override;

  private:
    std::unique_ptr<EventSource> source_;
    Recorder& recorder_;
};

} // namespace nsscope
