#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <thread>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "events/event.hpp"
#include "events/existing.hpp"
#include "model/graph.hpp"

namespace nsscope {

/// What a consumer of the stream knows of the machine, and what it has to be told so that it is right again: at the
/// beginning all that a scan finds, after a loss the differences. A scan runs in a thread of its own, so that the ring is
/// read meanwhile; what happened since the scan began is told to what it found, as it may or may not have seen that.
/// All functions are for one thread.
class Following {
  public:
    using Scanner = std::function<Result<Scan>()>;
    /// `most_kept`: bytes of events that are kept during a scan.
    explicit Following(Scanner scanner, std::size_t most_kept = std::size_t{64} << 20U);
    /// Waits for a scan that runs.
    ~Following();
    Following(const Following&) = delete;
    Following& operator=(const Following&) = delete;

    void begin_scan();
    [[nodiscard]] bool is_scanning() const { return thread_.joinable(); }
    /// Readable when a scan is done; owned by this object.
    [[nodiscard]] int fd() const { return done_fd_.get(); }
    [[nodiscard]] bool is_done() const { return done_; }
    /// Nothing has been said so far, so no event can be: they are held back.
    [[nodiscard]] bool is_holding() const { return is_first_; }
    /// More events than can be kept came during the first scan: wait for it, and let the ring fill.
    [[nodiscard]] bool is_full() const { return overflowed_; }

    /// An event, in the order of the stream, and the record that it comes from.
    void take(std::span<const std::byte> record, const Event& event);

    /// All that the consumer has been told of, as it is now. Not while is_holding().
    [[nodiscard]] std::vector<Existing> picture() const { return existing_in(graph_.scan()); }

    /// What a scan brought.
    struct Outcome {
        bool is_first = false;
        std::uint64_t began = 0;       ///< CLOCK_MONOTONIC, ns
        std::vector<Existing> changed; ///< in the order of the graph: type, inum, id
        std::vector<Existing> gone;
        std::size_t namespaces = 0; ///< that exist
    };
    /// Ends the scan, waiting for it if need be. nullopt: too much happened meanwhile, it has to be done again.
    [[nodiscard]] Result<std::optional<Outcome>> finish_scan();
    /// Calls `use` with the records that were held back, in their order, and forgets them.
    void release(const std::function<void(std::span<const std::byte>)>& use);

  private:
    [[nodiscard]] std::span<const std::byte> kept(std::size_t number) const;
    void replay(Graph& graph) const;
    void forget();

    Scanner scanner_;
    std::size_t most_kept_;
    UniqueFd done_fd_; ///< an eventfd
    Graph graph_;      ///< as the consumer has it
    bool is_first_ = true;
    bool overflowed_ = false;
    std::uint64_t began_ = 0;
    std::vector<std::byte> bytes_; ///< of the records since the scan began, one behind the other
    std::vector<std::size_t> ends_;

    Result<Scan> scan_; ///< the thread's until done_
    std::atomic<bool> done_ = false;
    std::thread thread_;
};

} // namespace nsscope
