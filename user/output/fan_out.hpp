#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/event_sink.hpp"
#include "output/output_spec.hpp"
#include "output/sink_queue.hpp"

namespace nsscope {

/// The stream to several outputs at once, each with its own format, filter, numbers and accounts. None waits for
/// another, nor does who makes the stream for any: an output that is behind loses records, which it is told of.
class FanOut : public EventSink {
  public:
    struct Output {
        OutputSpec spec;
        std::unique_ptr<RecordTarget> target;
    };
    explicit FanOut(std::vector<Output> outputs);

    void start(const StartInfo& start, const Position& position) override;
    void event(const Event& event, const Position& position, Names& names) override;
    void exists(const Existing& existing, bool resync, const Position& position, Names& names) override;
    void sync(std::size_t namespaces, bool resync, const Position& position) override;
    void loss(std::span<const Loss> losses, const Position& position) override;
    void end(const Totals& totals, const Position& position) override;
    [[nodiscard]] Result<void> flush() override;
    /// Lets the outputs work, and does not wait for them.
    [[nodiscard]] Result<void> finish() override { return flush(); }
    void reopen() override;

    /// What the outputs are to be from the next reload() on. An output that is there already, by kind and path, goes on: with its
    /// queue, its numbers, and its connection unless it is given another target.
    void stage(std::vector<Output> outputs);
    /// For each of these whether it needs no target, as it goes on with the one that it has.
    [[nodiscard]] std::vector<bool> which_go_on(const std::vector<OutputSpec>& specs) const;
    /// Makes the outputs what stage() was told: those that are no more get their `end`, those that are new their `start`, the
    /// others are told.
    void reload(const StartInfo& start, const Totals& so_far, const Position& position) override;

    /// After end(): waits for the outputs as long as they make progress.
    struct Left {
        std::string output; ///< as the user wrote it
        std::uint64_t events = 0, records = 0;
        std::optional<Error> error;
    };
    [[nodiscard]] std::vector<Left> drain();
    struct OutputState {
        std::string name; ///< as the user wrote it
        SinkQueue::State queue;
        std::uint64_t lost = 0; ///< events
    };
    /// May be called from any thread.
    [[nodiscard]] std::vector<OutputState> states() const;
    /// Events that outputs have lost so far, all outputs together.
    [[nodiscard]] std::uint64_t lost() const;

  private:
    struct Sink {
        OutputSpec spec;
        std::unique_ptr<SinkQueue> queue;
        Totals before; ///< of the stream, when the output began
        bool has_picture = false;
        std::uint64_t seq = 0;
        std::uint64_t filtered = 0;
        std::atomic<std::uint64_t> lost = 0;
        /// Losses that the output was not told of yet, the kernel's among them.
        std::array<std::array<std::uint64_t, all_event_type_count>, all_loss_cause_count> untold{};
        bool has_untold = false;
    };
    /// A record in one format, as the output with this number got it last: others most often get the same.
    struct Rendered {
        std::string text;
        std::unique_ptr<Renderer> renderer;
        std::uint64_t seq = 0; ///< 0: nothing
    };
    template <typename Render>
    [[nodiscard]] const std::string& render(RecordFormat format, const Position& position, Render render);
    template <typename Render>
    void put(Sink& sink, const Position& position, std::optional<EventType> type, bool must, Render render);
    template <typename Render>
    void put_now(Sink& sink, const Position& position, Render render);
    void tell_losses(Sink& sink, const Position& position, bool must = false);
    static void note_loss(Sink& sink, const Loss& loss);
    void begin_record();
    static void open(Sink& sink, Output output);
    [[nodiscard]] static std::list<Sink>::iterator find(std::list<Sink>& sinks, const OutputSpec& spec);
    void end(Sink& sink, const Totals& totals, const Position& position);
    void let_go(const Totals& so_far, const Position& position);
    [[nodiscard]] static Left left_of(Sink& sink);

    mutable std::mutex
        mutex_; ///< held where sinks_ get more or fewer, and by other threads that look at them
    std::list<Sink> sinks_;
    std::list<Sink> leaving_; ///< no outputs any more, but still with something to write
    std::optional<std::vector<Output>> staged_;
    std::vector<Left> left_;           ///< of outputs that are gone
    std::uint64_t lost_ = 0;           ///< of those
    std::array<Rendered, 2> rendered_; ///< by RecordFormat
};

} // namespace nsscope
