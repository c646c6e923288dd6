#pragma once

#include <cstdint>
#include <sys/eventfd.h>

#include "base/unique_fd.hpp"
#include "events/event_source.hpp"

namespace bench {

/// A source that plays records from memory, as fast as they are taken; its fd is readable always.
class Played : public nsscope::EventSource {
  public:
    [[nodiscard]] int fd() const override { return fd_.get(); }
    void start() override {}
    void ask_wakeup() override {}
    void forgo_wakeup() override {}
    [[nodiscard]] bool take_dirty() override { return false; }
    std::uint64_t sweep(bool) override { return 0; }
    void stop() override {}
    [[nodiscard]] nsscope::Counters counters() const override { return {}; }

  private:
    nsscope::UniqueFd fd_{::eventfd(1, EFD_CLOEXEC)};
};

} // namespace bench
