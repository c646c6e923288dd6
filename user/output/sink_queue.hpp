#pragma once

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "output/record_target.hpp"

namespace nsscope {

/// Records on their way to a target, in a thread of their own: who puts them in never waits. What does not fit is refused.
class SinkQueue {
  public:
    /// `most_bytes`: of records that wait.
    SinkQueue(std::unique_ptr<RecordTarget> target, std::size_t most_bytes);
    ~SinkQueue();
    SinkQueue(const SinkQueue&) = delete;
    SinkQueue& operator=(const SinkQueue&) = delete;

    /// False: there is no room. With `must`, there always is.
    [[nodiscard]] bool put(std::string_view text, std::optional<EventType> type, bool must = false);
    /// Lets the thread know of what was put in.
    void flush();
    void reopen();
    /// What is not yet in work goes to another target, that before is closed; with room for so many bytes.
    void retarget(std::unique_ptr<RecordTarget> target);
    void resize(std::size_t most_bytes);
    /// Nothing more will be put in: the thread writes what there is and ends, whenever that is.
    void begin_to_end();
    /// Of a thread that was to end: tries no more.
    void give_up();
    [[nodiscard]] bool has_ended() const;

    /// What was put in and could not be written until the end.
    struct Rest {
        std::uint64_t events = 0, records = 0;
        std::optional<Error> error;
    };
    /// Writes what there is, for as long as that goes on: gives up when nothing could be written for so long.
    [[nodiscard]] Rest finish(std::chrono::milliseconds patience);

    /// The latest trouble, until it is over.
    [[nodiscard]] std::optional<Error> trouble() const;
    struct State {
        std::size_t bytes = 0, records = 0; ///< that wait
        std::uint64_t written = 0;          ///< records
        std::uint64_t troubles = 0;         ///< attempts that failed
    };
    [[nodiscard]] State state() const;

  private:
    struct Item {
        std::size_t end = 0; ///< in bytes of the piece
        std::optional<EventType> type;
    };
    /// Memory is had by the piece and used again: what grows and shrinks with every burst would tear the heap to shreds.
    struct Piece {
        std::string bytes;
        std::vector<Item> items;
    };
    using Pieces = std::deque<Piece>;
    void run();
    [[nodiscard]] Piece& piece_for(std::size_t bytes);
    void keep(Piece piece);
    [[nodiscard]] bool is_called() const { return wants_reopen_ || next_target_ != nullptr; }
    void answer_call(std::unique_lock<std::mutex>& lock);
    void write(Pieces& pieces, std::unique_lock<std::mutex>& lock);
    void write(const Piece& piece, std::unique_lock<std::mutex>& lock);

    std::unique_ptr<RecordTarget> target_; ///< the thread's

    mutable std::mutex mutex_; ///< of what follows
    std::unique_ptr<RecordTarget> next_target_;
    std::size_t most_bytes_;
    std::condition_variable changed_, progress_;
    Pieces waiting_;
    std::vector<Piece> spare_; ///< empty
    std::size_t waiting_bytes_ = 0, waiting_records_ = 0;
    std::size_t in_work_bytes_ = 0, in_work_records_ = 0, in_work_events_ = 0;
    std::size_t waiting_events_ = 0;
    std::uint64_t written_ = 0, troubles_ = 0;
    bool is_flushed_ = false, wants_reopen_ = false, ends_ = false, gives_up_ = false, is_done_ = false;
    std::optional<Error> trouble_;

    std::thread thread_;
};

} // namespace nsscope
