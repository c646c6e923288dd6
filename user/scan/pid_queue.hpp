#pragma once

#include <cstddef>
#include <deque>
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

    /// `procfs` should list little at a time: the others wait meanwhile.
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
    /// The next block of the listing, empty at its end.
    Block list();

    std::mutex mutex_; ///< more_than() and next() may be called from any thread
    Listing listing_;
    std::deque<Block> ahead_; ///< listed and not yet taken
    std::size_t blocks_ = 0;
    bool saw_first_process_ = false;
};

} // namespace nsscope
