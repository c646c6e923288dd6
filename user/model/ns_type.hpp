#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace nsscope {

/// The eight kinds of namespace of namespaces(7), in alphabetical order: the order of every output.
enum class NsType : std::uint8_t {
    cgroup,
    ipc,
    mnt,
    net,
    pid,
    time,
    user,
    uts,
};
inline constexpr std::size_t ns_type_count = 8;

/// Every place in which a task refers to a namespace: one of each kind that it is in, and the two that its
/// next children will be born in. The order is that of enum nsscope_slot in bpf/event.h.
enum class NsSlot : std::uint8_t {
    cgroup,
    ipc,
    mnt,
    net,
    pid,
    time,
    user,
    uts,
    pid_for_children,
    time_for_children,
};
inline constexpr std::size_t ns_slot_count = 10;

struct NsTypeInfo {
    NsType type;
    std::string_view name;       ///< as in /proc/PID/ns and "TYPE:[INUM]"
    std::uint64_t clone_flag;    ///< CLONE_NEW*, clone(2)
    std::string_view clone_name; ///< its name
    /// The inode number of the initial one, include/uapi/linux/nsfs.h (6.18) and include/linux/proc_ns.h
    /// before; 0 where kernels before 6.18 gave it any number (mnt, net).
    std::uint32_t initial_inum;
};

inline constexpr std::array<NsTypeInfo, ns_type_count> ns_types{{
    {NsType::cgroup, "cgroup", 0x02000000, "CLONE_NEWCGROUP", 0xEFFFFFFB},
    {NsType::ipc, "ipc", 0x08000000, "CLONE_NEWIPC", 0xEFFFFFFF},
    {NsType::mnt, "mnt", 0x00020000, "CLONE_NEWNS", 0},
    {NsType::net, "net", 0x40000000, "CLONE_NEWNET", 0},
    {NsType::pid, "pid", 0x20000000, "CLONE_NEWPID", 0xEFFFFFFC},
    {NsType::time, "time", 0x00000080, "CLONE_NEWTIME", 0xEFFFFFFA},
    {NsType::user, "user", 0x10000000, "CLONE_NEWUSER", 0xEFFFFFFD},
    {NsType::uts, "uts", 0x04000000, "CLONE_NEWUTS", 0xEFFFFFFE},
}};

[[nodiscard]] constexpr const NsTypeInfo& info(NsType type) {
    return ns_types[static_cast<std::size_t>(type)];
}
[[nodiscard]] constexpr std::string_view name(NsType type) { return info(type).name; }

/// The kind of namespace that a slot refers to.
[[nodiscard]] constexpr NsType type_of(NsSlot slot) {
    if (slot == NsSlot::pid_for_children) return NsType::pid;
    if (slot == NsSlot::time_for_children) return NsType::time;
    return static_cast<NsType>(slot);
}
[[nodiscard]] constexpr bool is_for_children(NsSlot slot) {
    return slot == NsSlot::pid_for_children || slot == NsSlot::time_for_children;
}
/// The slot's file under /proc/PID/ns.
[[nodiscard]] constexpr std::string_view name(NsSlot slot) {
    if (slot == NsSlot::pid_for_children) return "pid_for_children";
    if (slot == NsSlot::time_for_children) return "time_for_children";
    return name(type_of(slot));
}
[[nodiscard]] constexpr NsSlot slot_at(std::size_t index) { return static_cast<NsSlot>(index); }
[[nodiscard]] constexpr NsSlot slot_of(NsType type) { return static_cast<NsSlot>(type); }

[[nodiscard]] constexpr std::optional<NsType> ns_type_from_name(std::string_view text) {
    for (const auto& t : ns_types)
        if (t.name == text) return t.type;
    return std::nullopt;
}

} // namespace nsscope
