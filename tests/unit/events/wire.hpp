#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "event.h"

namespace nsscope::wire {

using Bytes = std::vector<std::byte>;

inline nsscope_task task(std::uint32_t pid, std::string_view comm = "unshare") {
    nsscope_task task{};
    task.start_ns = 1000 + pid;
    task.exe_key = 7;
    task.cgroup_id = 42;
    task.pid = task.tid = task.ns_pid = pid;
    task.ppid = 1;
    task.uid = 1000;
    comm.substr(0, NSSCOPE_COMM_LEN).copy(task.comm, NSSCOPE_COMM_LEN);
    return task;
}

inline nsscope_change change(unsigned slot, std::uint32_t from, std::uint32_t to, unsigned flags = 0) {
    nsscope_change change{};
    change.from_id = from + 1'000'000'000'000U;
    change.to_id = to + 1'000'000'000'000U;
    change.from_inum = from;
    change.to_inum = to;
    change.slot = static_cast<__u16>(slot);
    change.flags = static_cast<__u16>(flags);
    return change;
}

inline nsscope_change unused_change() {
    nsscope_change change{};
    std::memset(&change, 0xaa, sizeof change); // the kernel side leaves there what was in the ring
    change.slot = NSSCOPE_SLOTS;
    return change;
}

/// An event as the kernel side would send it. What it says of its own size may be made a lie.
struct Record {
    unsigned type = NSSCOPE_EV_NS_UNSHARE;
    unsigned syscall = NSSCOPE_SYS_UNSHARE;
    unsigned rec_flags = 0;
    std::uint32_t exit_code = 0;
    std::int64_t result = 0;
    std::uint64_t flags = 0;
    std::uint64_t mono_ns = 5'000'000'000;
    nsscope_task task = wire::task(4711);
    nsscope_task child{};
    std::vector<nsscope_change> changes{};
    std::optional<unsigned> nr_changes{};
    std::optional<unsigned> size{};

    [[nodiscard]] Bytes bytes() const {
        Bytes bytes(sizeof(nsscope_record) + changes.size() * sizeof(nsscope_change));
        const auto put = [&bytes](std::size_t offset, const auto& value) {
            std::memcpy(bytes.data() + offset, &value, sizeof value);
        };
        nsscope_header hdr{};
        hdr.type = static_cast<__u16>(type);
        hdr.size = static_cast<__u16>(size.value_or(static_cast<unsigned>(bytes.size())));
        hdr.mono_ns = mono_ns;
        put(0, hdr);
        put(offsetof(nsscope_record, syscall), static_cast<__u8>(syscall));
        put(offsetof(nsscope_record, nr_changes),
            static_cast<__u8>(nr_changes.value_or(static_cast<unsigned>(changes.size()))));
        put(offsetof(nsscope_record, rec_flags), static_cast<__u16>(rec_flags));
        put(offsetof(nsscope_record, exit_code), exit_code);
        put(offsetof(nsscope_record, result), result);
        put(offsetof(nsscope_record, flags), flags);
        put(offsetof(nsscope_record, task), task);
        put(offsetof(nsscope_record, child), child);
        for (std::size_t i = 0; i < changes.size(); i++)
            put(sizeof(nsscope_record) + i * sizeof(nsscope_change), changes[i]);
        return bytes;
    }
};

/// The name of an executable; `names` from the leaf up, each ended by NUL.
struct Exe {
    std::uint64_t key = 7;
    std::string_view names{};
    bool deleted = false;
    bool complete = true;
    std::optional<unsigned> len{};
    std::optional<unsigned> size{};

    [[nodiscard]] Bytes bytes() const {
        nsscope_exe_record raw{};
        Bytes bytes(sizeof raw + names.size());
        raw.hdr.type = NSSCOPE_EV_EXE;
        raw.hdr.size = static_cast<__u16>(size.value_or(static_cast<unsigned>(bytes.size())));
        raw.key = key;
        raw.len = static_cast<__u16>(len.value_or(static_cast<unsigned>(names.size())));
        raw.deleted = deleted ? 1 : 0;
        raw.complete = complete ? 1 : 0;
        std::memcpy(bytes.data(), &raw, sizeof raw);
        std::transform(names.begin(), names.end(), bytes.begin() + sizeof raw,
                       [](char c) { return static_cast<std::byte>(c); });
        return bytes;
    }
};

/// The first `size` of `bytes`, in memory of just that size, so that AddressSanitizer sees a read behind it.
class Exact {
  public:
    Exact(const Bytes& bytes, std::size_t size) : size_(size), bytes_(new std::byte[size]) {
        std::copy_n(bytes.begin(), size, bytes_.get()); // unlike memcpy, of nothing, too
    }
    explicit Exact(const Bytes& bytes) : Exact(bytes, bytes.size()) {}

    [[nodiscard]] std::span<const std::byte> get() const { return {bytes_.get(), size_}; }
    /// Makes the header claim that the record has the size of this memory, where there is a header.
    void claim_size() {
        const auto size = static_cast<__u16>(size_);
        if (size_ >= sizeof(nsscope_header))
            std::memcpy(bytes_.get() + offsetof(nsscope_header, size), &size, sizeof size);
    }

  private:
    std::size_t size_;
    std::unique_ptr<std::byte[]> bytes_;
};

} // namespace nsscope::wire
