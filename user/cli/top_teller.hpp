#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/unique_fd.hpp"
#include "model/snapshot.hpp"
#include "presenter/key.hpp"
#include "presenter/world.hpp"

namespace nsscope {

/// What `why` and `inspect` say of what is selected in top: found out in a thread of its own, as looking inside may take its
/// time, and again every few seconds as long as it is asked for.
class TopTeller {
  public:
    /// `snapshot`: the machine now, with the pins of all namespaces; called in that thread.
    explicit TopTeller(std::function<Snapshot()> snapshot);
    ~TopTeller();
    TopTeller(const TopTeller&) = delete;
    TopTeller& operator=(const TopTeller&) = delete;

    /// What is known of it so far, as printable lines; headings are those that do not begin with a space. Never waits.
    [[nodiscard]] std::vector<std::string> tell(const tui::World& world, const tui::Key& key);
    /// Readable when more is known than what was told; take_news() makes it unreadable.
    [[nodiscard]] int fd() const { return news_.get(); }
    void take_news();

  private:
    /// What is looked at. Of a container it is the process that is its first.
    struct Subject {
        tui::Key key;
        tui::Key inside; ///< a process or a namespace
    };
    [[nodiscard]] static std::optional<Subject> subject_of(const tui::World& world, const tui::Key& key);
    [[nodiscard]] std::vector<std::string> find_out(const tui::Key& inside) const;
    void run();

    std::function<Snapshot()> snapshot_;
    UniqueFd news_; ///< an eventfd
    std::mutex mutex_;
    std::condition_variable changed_;
    bool ended_ = false;
    std::optional<Subject> wanted_;
    tui::Key answered_;
    std::vector<std::string> answer_;
    std::uint64_t answered_ns_ = 0; ///< CLOCK_MONOTONIC
    std::thread thread_;
};

} // namespace nsscope
