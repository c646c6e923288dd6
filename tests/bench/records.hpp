#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "event.h"

/// Records as the kernel side sends them, for what is measured without it.
namespace bench {

inline std::vector<std::byte> exe_record() {
    const std::string names("unshare\0bin\0usr\0", 16);
    nsscope_exe_record head{};
    head.hdr.type = NSSCOPE_EV_EXE;
    head.hdr.size = static_cast<__u16>(sizeof head + names.size());
    head.key = 7;
    head.len = static_cast<__u16>(names.size());
    head.complete = 1;
    std::vector<std::byte> bytes(head.hdr.size);
    std::memcpy(bytes.data(), &head, sizeof head);
    std::memcpy(bytes.data() + sizeof head, names.data(), names.size());
    return bytes;
}

/// What the kernel sends for unshare(CLONE_NEWUTS).
inline std::vector<std::byte> unshare_record(std::uint64_t number) {
    constexpr std::size_t size = sizeof(nsscope_record) + NSSCOPE_FEW_CHANGES * sizeof(nsscope_change);
    std::vector<std::byte> bytes(size);
    nsscope_header hdr{};
    hdr.type = NSSCOPE_EV_NS_UNSHARE;
    hdr.size = size;
    hdr.mono_ns = 5'000'000'000'000 + number * 1300;
    nsscope_task task{};
    task.start_ns = 4'831'780'243'078;
    task.exe_key = 7;
    task.cgroup_id = 1 + number % 16;
    task.pid = task.tid = task.ns_pid = 6833;
    task.ppid = 6620;
    std::memcpy(task.comm, "unshare", 7);
    nsscope_change changes[NSSCOPE_FEW_CHANGES]{};
    changes[0].from_id = 70'000 + number;
    changes[0].to_id = 70'001 + number;
    changes[0].from_inum = 4'026'532'177;
    changes[0].to_inum = 4'026'532'178;
    changes[0].slot = NSSCOPE_SLOT_UTS;
    changes[0].flags = NSSCOPE_CHANGE_CREATED;
    changes[1].slot = NSSCOPE_SLOTS;
    const auto put = [&bytes](std::size_t offset, const auto& value) {
        std::memcpy(bytes.data() + offset, &value, sizeof value);
    };
    put(0, hdr);
    put(offsetof(nsscope_record, syscall), __u8{NSSCOPE_SYS_UNSHARE});
    put(offsetof(nsscope_record, nr_changes), __u8{NSSCOPE_FEW_CHANGES});
    put(offsetof(nsscope_record, flags), __u64{0x04000000});
    put(offsetof(nsscope_record, task), task);
    put(sizeof(nsscope_record), changes);
    return bytes;
}

/// A cgroup of the unified hierarchy is made or removed (`type`), with this id and name, below /ctr.
inline std::vector<std::byte> cgroup_record(unsigned type, std::uint64_t id, const std::string& name,
                                            std::uint64_t mono_ns) {
    std::string names = name;
    names.push_back('\0');
    names.append("ctr").push_back('\0');
    nsscope_cgroup_record head{};
    head.hdr.type = static_cast<__u16>(type);
    head.hdr.size = static_cast<__u16>(sizeof head + names.size());
    head.hdr.mono_ns = mono_ns;
    head.id = id;
    head.len = static_cast<__u16>(names.size());
    head.flags = NSSCOPE_CGROUP_COMPLETE;
    head.task.pid = head.task.tid = 6620;
    head.task.cgroup_id = 1;
    std::vector<std::byte> bytes(head.hdr.size);
    std::memcpy(bytes.data(), &head, sizeof head);
    std::memcpy(bytes.data() + sizeof head, names.data(), names.size());
    return bytes;
}

} // namespace bench
