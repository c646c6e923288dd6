#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/find_containers.hpp"
#include "model/scan.hpp"
#include "model/snapshot.hpp"
#include "scan/listed.hpp"

namespace nsscope {

/// Where a snapshot comes from.
enum class Source : std::uint8_t {
    auto_, ///< the BPF task iterator where it works, else /proc; that first where it is faster and says as much
    bpf,
    proc,
};

/// The ways to scan, passed in so that a test can replace them.
struct SnapshotSources {
    /// May be called several times. Where it has no 64-bit ids, it is, until what it met more than once was held open meanwhile.
    std::function<Result<Scan>()> bpf;
    std::function<Result<Scan>()> proc;
    /// Called once with the reason where Source::auto_ does without the iterator. May be empty.
    std::function<void(const Error&)> without_bpf{};
    /// The kernel's own enumeration, see list_namespaces(); nullopt: it has none. May be empty. What is on it before and after a
    /// scan, and in no scan of two, is what nothing explains; `add_listed` adds it.
    std::function<std::optional<std::vector<ListedNamespace>>()> listed{};
    std::function<void(Scan&, std::span<const ListedNamespace>)> add_listed{};
    /// Finds the containers of a scan, see look_for_containers(). Empty: the snapshot has none.
    std::function<ContainerFinding(Scan&)> containers{};
    bool processes = false; ///< the snapshot has them
    /// There are so few threads that /proc is read before the iterator is loaded. Where the kernel enumerates (`listed`), /proc
    /// misses nothing that the iterator sees.
    bool few_threads = false;
};

/// Scans. Fails with the error of the chosen source; with Source::auto_, of /proc. See take_snapshot().
[[nodiscard]] Result<Scan> take_scan(Source source, const SnapshotSources& sources,
                                     const std::string& proc_root);

/// Scans, builds the snapshot, and fills in host (gethostname(2)), kernel (uname(2)), boot_id (from
/// PROC_ROOT/sys/kernel/random/boot_id) and time; each of the first three is left empty where it cannot be
/// learned. The iterator sees no mounts: with it they come from PROC_ROOT, and the source is then "bpf+proc". Fails with the
/// error of the chosen source; with Source::auto_, of /proc. Command lines are left as the scan has them.
[[nodiscard]] Result<Snapshot> take_snapshot(Source source, const SnapshotSources& sources,
                                             const std::string& proc_root, PinsOf pins = PinsOf::unpopulated);

/// The host, the kernel, the boot and the time alone, as take_snapshot() fills them in: what an answer says of the machine that
/// rests on no scan of it.
[[nodiscard]] Snapshot snapshot_of_nothing(const std::string& proc_root);

/// Reads the command lines of the leaders of `chosen`, positions in snapshot.namespaces, that have none yet;
/// one read a process. A leader that is gone, or may not be read, stays without.
void fill_cmdlines(Snapshot& snapshot, std::span<const std::size_t> chosen, const std::string& proc_root);

} // namespace nsscope
