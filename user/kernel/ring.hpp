#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace nsscope {

/// The reader of a BPF ring buffer (Documentation/bpf/ringbuf.rst), which may have one only. libbpf's maps the data twice
/// from end to end, so that each record lies in one piece: all of it counts twice as memory of this process. Here what is
/// behind the first copy is as long as a record may be, and no more. One thread at a time.
class Ring {
  public:
    using Sink = std::function<void(std::span<const std::byte>)>;

    /// No record that is written to a ring that is read by this may be longer, in bytes.
    static constexpr std::size_t longest_record = std::size_t{32} << 10;

    /// Nothing is mapped: there is never a record.
    Ring() = default;
    Ring(Ring&& other) noexcept;
    Ring& operator=(Ring&& other) noexcept;
    Ring(const Ring&) = delete;
    Ring& operator=(const Ring&) = delete;
    ~Ring();

    /// Maps the ring with this descriptor, which is not needed any more then.
    [[nodiscard]] static Result<Ring> map(int map_fd);

    /// Readable (poll(2)) when there is a record and its writer asked for a wake-up.
    [[nodiscard]] int fd() const { return fd_.get(); }

    /// Hands over records in the order of their reservation, at most so many, up to the first that is not complete.
    /// What is handed over is gone when `sink` returns. Returns how many it was called with.
    std::size_t read(std::size_t most, const Sink& sink);

    /// Bytes: how many are still to be read, and how many there is room for.
    [[nodiscard]] std::size_t waiting() const;
    [[nodiscard]] std::size_t size() const { return size_; }

  private:
    UniqueFd fd_;
    std::uint64_t* consumed_ = nullptr; ///< bytes, ever; a page that is ours to write
    std::byte* produced_ = nullptr;     ///< bytes, ever, in a page of its own; the data are behind it
    std::size_t size_ = 0, mapped_ = 0;
};

} // namespace nsscope
