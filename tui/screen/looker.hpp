#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "base/unique_fd.hpp"
#include "presenter/look.hpp"
#include "presenter/world.hpp"

namespace nsscope::tui {

/// Looks at the feed again and again in a thread of its own, so that neither a slow look holds up the keys nor a slow
/// terminal the looking.
class Looker {
  public:
    /// The feed is the caller's and outlives this. The first look begins at once.
    Looker(Feed& feed, std::uint64_t every_ns);
    ~Looker();
    Looker(const Looker&) = delete;
    Looker& operator=(const Looker&) = delete;

    /// Readable when there is a new world, or an error.
    [[nodiscard]] int fd() const { return news_.get(); }
    /// The latest one since the last call; nullptr: there is none. Fails when the feed has.
    [[nodiscard]] Result<std::shared_ptr<const World>> take();
    void want(const Wants& wants);
    /// Looks as soon as may be.
    void look_now();

  private:
    void run();

    Feed& feed_;
    std::uint64_t every_ns_;
    UniqueFd news_;
    std::mutex mutex_;
    std::condition_variable changed_;
    Wants wants_;
    bool now_ = false, ended_ = false;
    std::shared_ptr<const World> latest_;
    std::optional<Error> error_;
    std::thread thread_;
};

} // namespace nsscope::tui
