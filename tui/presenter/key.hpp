#pragma once

#include <compare>
#include <cstdint>
#include <functional>

#include "presenter/look.hpp"

namespace nsscope::tui {

enum class Kind : std::uint8_t {
    nothing,
    group, ///< a heading in a tree
    container,
    ns,
    process,
    cgroup,
    event,
    guard,
};

/// Which thing a row shows, for as long as that thing lives: what the selection, tags and folds stick to.
struct Key {
    Kind kind = Kind::nothing;
    std::uint64_t a = 0, b = 0;
    auto operator<=>(const Key&) const = default; // NOLINT(modernize-use-nullptr): clang-tidy 14 errs
};

[[nodiscard]] inline Key key_of(NsType type, NsRef ref) {
    return {Kind::ns, static_cast<std::uint64_t>(type) << 32 | ref.inum, ref.id};
}
[[nodiscard]] inline Key key_of(const Process& process) {
    // in clock ticks, which is as exact as /proc tells it (proc_pid_stat(5)); events are more so
    return {Kind::process, static_cast<std::uint64_t>(process.pid), process.start_ns / 10'000'000};
}
[[nodiscard]] inline Key key_of(const Container& container) {
    return {Kind::container, std::hash<std::string>()(container.id),
            std::hash<std::string>()(container.runtime)};
}
[[nodiscard]] inline Key key_of(const Cgroup& cgroup) { return {Kind::cgroup, cgroup.id, 0}; }
[[nodiscard]] inline Key key_of(const GuardLine& line) { return {Kind::guard, line.id, 0}; }
[[nodiscard]] inline Key key_of(const EventLine& event) { return {Kind::event, event.seq, 0}; }

[[nodiscard]] inline std::uint64_t hash_of(const Key& key) {
    std::uint64_t hash = static_cast<std::uint64_t>(key.kind) + 0x9E3779B97F4A7C15U;
    for (const auto part : {key.a, key.b}) hash = (hash ^ part) * 0xFF51AFD7ED558CCDU, hash ^= hash >> 32;
    return hash;
}
struct HashOfKey {
    std::size_t operator()(const Key& key) const { return hash_of(key); }
};

} // namespace nsscope::tui
