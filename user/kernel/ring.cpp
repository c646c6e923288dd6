#include "kernel/ring.hpp"

#include <algorithm>
#include <atomic>
#include <bpf/bpf.h>
#include <cerrno>
#include <fcntl.h>
#include <linux/bpf.h>
#include <sys/mman.h>
#include <unistd.h>
#include <utility>

namespace nsscope {
namespace {

[[nodiscard]] std::size_t page_bytes() { return static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)); }

} // namespace

Ring::Ring(Ring&& other) noexcept { *this = std::move(other); }

Ring& Ring::operator=(Ring&& other) noexcept {
    std::swap(fd_, other.fd_);
    std::swap(consumed_, other.consumed_);
    std::swap(produced_, other.produced_);
    std::swap(size_, other.size_);
    std::swap(mapped_, other.mapped_);
    return *this;
}

Ring::~Ring() {
    if (consumed_ != nullptr) ::munmap(consumed_, page_bytes());
    if (produced_ != nullptr) ::munmap(produced_, mapped_);
}

Result<Ring> Ring::map(int map_fd) {
    bpf_map_info info{};
    __u32 length = sizeof info;
    if (::bpf_obj_get_info_by_fd(map_fd, &info, &length) != 0)
        return errno_failure("cannot ask for the size of the ring buffer");
    Ring ring;
    ring.fd_ = UniqueFd(::fcntl(map_fd, F_DUPFD_CLOEXEC, 0));
    if (!ring.fd_) return errno_failure("cannot map the ring buffer");
    ring.size_ = info.max_entries;
    void* page = ::mmap(nullptr, page_bytes(), PROT_READ | PROT_WRITE, MAP_SHARED, ring.fd(), 0);
    if (page == MAP_FAILED) return errno_failure("cannot map the ring buffer");
    ring.consumed_ = static_cast<std::uint64_t*>(page);
    ring.mapped_ = page_bytes() + ring.size_ + std::min(ring.size_, longest_record);
    void* data =
        ::mmap(nullptr, ring.mapped_, PROT_READ, MAP_SHARED, ring.fd(), static_cast<off_t>(page_bytes()));
    if (data == MAP_FAILED) return errno_failure("cannot map the ring buffer");
    ring.produced_ = static_cast<std::byte*>(data);
    return ring;
}

std::size_t Ring::waiting() const {
    if (produced_ == nullptr) return 0;
    const std::atomic_ref<std::uint64_t> produced(*reinterpret_cast<std::uint64_t*>(produced_));
    return produced.load(std::memory_order_relaxed) - *consumed_;
}

std::size_t Ring::read(std::size_t most, const Sink& sink) {
    if (produced_ == nullptr) return 0;
    const std::byte* data = produced_ + page_bytes();
    const std::atomic_ref<std::uint64_t> consumed(*consumed_),
        produced(*reinterpret_cast<std::uint64_t*>(produced_));
    auto at = consumed.load(std::memory_order_relaxed); // nobody else writes it
    std::size_t count = 0;
    while (count < most && at < produced.load(std::memory_order_acquire)) {
        const auto* record = data + (at & (size_ - 1));
        // its length and two flags, written when it is complete (kernel/bpf/ringbuf.c, bpf_ringbuf_commit)
        const auto* header = reinterpret_cast<const __u32*>(record);
        const auto state = __atomic_load_n(header, __ATOMIC_ACQUIRE);
        if ((state & BPF_RINGBUF_BUSY_BIT) != 0) break;
        const std::size_t length = state & ~static_cast<__u32>(BPF_RINGBUF_DISCARD_BIT);
        if ((state & BPF_RINGBUF_DISCARD_BIT) == 0) {
            sink({record + BPF_RINGBUF_HDR_SZ, length});
            ++count;
        }
        constexpr std::size_t alignment = 8;
        at += (length + BPF_RINGBUF_HDR_SZ + alignment - 1) / alignment * alignment;
        consumed.store(at, std::memory_order_release);
    }
    return count;
}

} // namespace nsscope
