#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace nsscope {

/// Puts the ring's records in the order of their times. Room in the ring is given out in order, but a CPU may be
/// interrupted before it looks at the clock, so that records of several CPUs can be the wrong way round by microseconds.
/// While more keeps coming, the latest records wait for those that may still belong before them; when nothing more is
/// there, nothing waits.
class RecordOrder {
  public:
    static constexpr std::uint64_t window_ns = 1'000'000; ///< how far apart two records can be put right
    static constexpr std::size_t most = 4096;             ///< that wait

    /// Takes a copy of a record of the ring (bpf/event.h).
    void add(std::span<const std::byte> record);

    /// Calls `use(record)` for all that need not wait, the earliest first; with `all`, for all.
    template <typename Use>
    void release(bool all, Use use) {
        const auto count = ready(all);
        for (std::size_t i = told_; i < told_ + count; ++i)
            use(std::span<const std::byte>(bytes_).subspan(records_[i].begin, records_[i].size));
        drop(count);
    }

    [[nodiscard]] std::size_t waiting() const { return records_.size() - told_; }

  private:
    struct Kept {
        std::uint64_t mono_ns;
        std::size_t begin, size; ///< in bytes_
    };
    void sort();
    /// How many need not wait; what is kept is in order then.
    [[nodiscard]] std::size_t ready(bool all);
    void drop(std::size_t count);

    std::vector<std::byte> bytes_, spare_;
    std::vector<Kept> records_;
    std::size_t told_ = 0;   ///< so many of them are done with
    std::size_t sorted_ = 0; ///< so many of them are in order of time
    bool is_sorted_ = true;  ///< and the others as well
};

} // namespace nsscope
