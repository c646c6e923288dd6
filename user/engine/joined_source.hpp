#pragma once

#include <memory>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "events/event_source.hpp"

namespace nsscope {

/// Several sources as one. What happened in two of them at nearly the same time may come in either order; each keeps its own.
class JoinedSource : public EventSource {
  public:
    /// Takes at least one source over. Fails where the kernel has no epoll(7) instance left.
    [[nodiscard]] static Result<std::unique_ptr<EventSource>>
    join(std::vector<std::unique_ptr<EventSource>> sources);

    [[nodiscard]] int fd() const override { return epoll_.get(); }
    void start() override;
    std::size_t read(std::size_t most, const Sink& sink) override;
    void ask_wakeup() override;
    void forgo_wakeup() override;
    [[nodiscard]] bool is_filling_up() const override;
    [[nodiscard]] bool take_dirty() override;
    std::uint64_t sweep(bool census) override;
    void stop() override;
    [[nodiscard]] Counters counters() const override;
    void keep_out(std::uint64_t cgroup) override {
        for (auto& source : sources_) source->keep_out(cgroup);
    }
    void let_in(std::uint64_t cgroup) override {
        for (auto& source : sources_) source->let_in(cgroup);
    }

  private:
    JoinedSource(std::vector<std::unique_ptr<EventSource>> sources, UniqueFd epoll)
        : sources_(std::move(sources)), epoll_(std::move(epoll)) {}
    std::vector<std::unique_ptr<EventSource>> sources_;
    UniqueFd epoll_;
    std::size_t first_ =
        0; ///< which is read first the next time, so that none has to wait for another for good
};

} // namespace nsscope
