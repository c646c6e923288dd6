#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/snapshot_source.hpp"
#include "inspect/look.hpp"

namespace nsscope {

/// Whether containers are looked for, which reads a file for each distinct cgroup and what the runtimes keep.
enum class Containers : std::uint8_t {
    no,
    yes,
    and_processes, ///< and the snapshot has all processes
};

/// The state of this machine, from where the user said; a notice on stderr tells that the iterator does not work.
[[nodiscard]] Result<Snapshot> look(Source source, PinsOf pins = PinsOf::unpopulated,
                                    Containers containers = Containers::no);

/// The caller's own home, whose containers get their names, too; empty for root, whose containers are the system's.
[[nodiscard]] std::string own_home();

/// What look() rests on: by the iterator, with what /proc has to say, else from /proc. May be called from any thread.
[[nodiscard]] Result<Scan> scan_machine();

/// "auto", "bpf" or "proc".
[[nodiscard]] Source source_from_name(std::string_view name);

/// What `inspect` and its like look at on this machine.
[[nodiscard]] InspectSources inspect_sources();

} // namespace nsscope
