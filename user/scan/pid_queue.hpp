#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>
#include <sys/types.h>
#include <utility>
#include <vector>

#include "scan/files.hpp"

namespace nsscope {

/// The processes that a procfs lists, handed out in blocks to the threads that read them.
class PidQueue {
  public:
    struct Block {
        std::size_t number = 0; ///< from 0, in the order of the listing
        std::vector<pid_t> pids;
    };

    explicit PidQueue(Listing procfs) : listing_(std::move(procfs)) {}

    /// Whether more than `count` processes are left. Lists no more than it takes to tell.
    [[nodiscard]] bool more_than(std::size_t count);

    /// The next block; nullopt when all are taken.
    [[nodiscard]] std::optional<Block> next();

    // When all are taken:

    /// The errno that ended the listing, 0: it was its proper end.
    [[nodiscard]] int error() const { return listing_.error(); }
    /// Whether pid 1 was among them.
    [[nodiscard]] bool saw_first_process() const { return saw_first_process_; }

  private:
    /// Lists some more, while the others take what is at hand. `lock` holds the mutex, and nobody is listing.
    void list(std::unique_lock<std::mutex>& lock);
    [[nodiscard]] std::size_t at_hand() const { return listed_.size() - taken_; }

    std::mutex mutex_; ///< more_than() and next() may be called from any thread
    std::condition_variable has_listed_;
    bool is_listing_ = false; ///< a thread, and none but that uses listing_
    Listing listing_;
    std::vector<pid_t> listed_;
    std::size_t taken_ = 0; ///< of listed_
    std::size_t blocks_ = 0;
    bool ended_ = false;
    bool saw_first_process_ = false;
};

} // namespace nsscope
