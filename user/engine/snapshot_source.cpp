#include "engine/snapshot_source.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include <sys/utsname.h>
#include <unistd.h>

#include "base/clock.hpp"
#include "model/place_containers.hpp"
#include "scan/complete.hpp"
#include "scan/files.hpp"
#include "scan/held_namespaces.hpp"
#include "scan/proc_scan.hpp"

namespace nsscope {
namespace {

std::string host_name() {
    std::array<char, 256> name{}; // HOST_NAME_MAX is 64; the last byte stays 0
    return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : std::string();
}

std::string kernel_release() {
    struct utsname names {};
    return ::uname(&names) == 0 ? names.release : std::string();
}

std::string boot_id(const std::string& proc_root) {
    std::ifstream file(proc_root + "/sys/kernel/random/boot_id");
    std::string line;
    std::getline(file, line);
    return line;
}

void name_machine(Snapshot& snapshot, const std::string& proc_root) {
    snapshot.host = host_name();
    snapshot.boot_id = boot_id(proc_root);
    snapshot.kernel = kernel_release();
}

void complete(Scan& scan, const std::string& proc_root, NsCatalog* held) {
    if (complete_by_files(scan, proc_root, held)) scan.source = "bpf+proc";
}

bool has_ids(const Scan& scan) {
    return std::ranges::any_of(scan.namespaces, [](const ScannedNamespace& ns) { return ns.ref.id != 0; });
}

/// Leaves of the numbers that are still in doubt what is certain, and says of how many that were not to be held.
void settle(Scan& scan, const Doubts& raced, const Doubts::IsHeld& is_held) {
    if (!raced.none())
        scan.issues.push_back({"references to a namespace", raced.remove_from(scan),
                               "raced: its number may have been given again during the scan; try again when "
                               "fewer namespaces come and go"});
    if (const Doubts refused(scan, is_held); !refused.none())
        scan.issues.push_back({"identity of a namespace", refused.count(),
                               "raced: its number may have been given again during the scan, as it could not "
                               "be held open meanwhile; run as root, or raise RLIMIT_NOFILE"});
}

/// Without ids (before Linux 6.18) a number that was met twice may have been two namespaces'. So these are opened, and it is
/// looked at once more: what has one of these numbers now is that namespace. What is new by then is held for the next look.
Result<Scan> scan_bpf_and_files(const SnapshotSources& sources, const std::string& proc_root) {
    constexpr int most_looks = 5; // on a machine where some namespaces are always new
    std::optional<HeldNamespaces> held;
    const auto is_held = [&held](NsType type, std::uint32_t inum) { return held->holds(type, inum); };
    const auto is_settled = [&held](NsType type, std::uint32_t inum) {
        return held->holds(type, inum) || held->was_refused(type, inum);
    };
    for (int looks = 1;; ++looks) {
        auto scan = sources.bpf();
        if (!scan) return scan;
        if (has_ids(*scan)) {
            complete(*scan, proc_root, nullptr);
            return scan;
        }
        if (!held) held.emplace(proc_root, spare_descriptors());
        Doubts doubts(*scan, is_settled);
        const bool is_last = looks == most_looks;
        if (doubts.none() || is_last) { // to read mounts takes longer than to look again
            complete(*scan, proc_root, &held->catalog());
            doubts = Doubts(*scan, is_settled);
        }
        if (doubts.none() || is_last) {
            settle(*scan, doubts, is_held);
            return scan;
        }
        held->hold(*scan, doubts);
    }
}

Result<Scan> scan_with(Source source, const SnapshotSources& sources, const std::string& proc_root,
                       bool is_proc_enough) {
    if (source == Source::proc) return sources.proc();
    std::optional<Result<Scan>> from_proc;
    if (source == Source::auto_ && is_proc_enough) {
        from_proc = sources.proc();
        if (*from_proc && (*from_proc)->issues.empty()) return *std::move(from_proc);
    }
    auto scan = scan_bpf_and_files(sources, proc_root);
    if (scan || source == Source::bpf) return scan;
    if (sources.without_bpf) sources.without_bpf(scan.error());
    return from_proc ? *std::move(from_proc) : sources.proc();
}

/// Those of `listed` that a scan does not have.
std::vector<ListedNamespace> missing_in(const Scan& scan, std::span<const ListedNamespace> listed) {
    std::unordered_set<std::uint64_t> known; // an id is one namespace's, whatever its kind
    known.reserve(scan.namespaces.size());
    for (const auto& ns : scan.namespaces) known.insert(ns.ref.id);
    std::vector<ListedNamespace> missing;
    for (const auto& ns : listed)
        if (!known.contains(ns.id)) missing.push_back(ns);
    return missing;
}

} // namespace

/// A namespace that was born or freed during the scan, or whose process was in another one just then, is nothing that
/// nothing explains: so, where one is missing, it is scanned once more.
Result<Scan> take_scan(Source source, const SnapshotSources& sources, const std::string& proc_root) {
    const auto before = sources.listed ? sources.listed() : std::nullopt;
    auto scan = scan_with(source, sources, proc_root, sources.few_threads && before);
    if (!scan || !before) return scan;
    auto missing = missing_in(*scan, *before);
    if (missing.empty()) return scan;
    const auto same = scan->source == "proc" ? Source::proc : Source::bpf;
    const auto again = scan_with(same, sources, proc_root, false);
    if (!again) return scan;
    missing = missing_in(*again, missing);
    std::unordered_set<std::uint64_t> left;
    for (const auto& ns : sources.listed().value_or(std::vector<ListedNamespace>())) left.insert(ns.id);
    std::erase_if(missing, [&](const ListedNamespace& ns) { return !left.contains(ns.id); });
    if (!missing.empty() && sources.add_listed) sources.add_listed(*scan, missing);
    return scan;
}

Result<Snapshot> take_snapshot(Source source, const SnapshotSources& sources, const std::string& proc_root,
                               PinsOf pins) {
    auto scan = take_scan(source, sources, proc_root);
    if (!scan) return Failure(std::move(scan.error()));
    const auto time_ns = realtime_ns();
    ContainerFinding containers;
    std::vector<SnapshotProcess> processes;
    if (sources.containers) containers = sources.containers(*scan);
    if (sources.processes) processes = processes_of(*scan);
    auto snapshot = build_snapshot(std::move(*scan), pins);
    place_containers(snapshot, std::move(containers));
    snapshot.processes = std::move(processes);
    snapshot.time_ns = time_ns;
    name_machine(snapshot, proc_root);
    return snapshot;
}

Snapshot snapshot_of_nothing(const std::string& proc_root) {
    Snapshot snapshot;
    snapshot.time_ns = realtime_ns();
    name_machine(snapshot, proc_root);
    return snapshot;
}

void fill_cmdlines(Snapshot& snapshot, std::span<const std::size_t> chosen, const std::string& proc_root) {
    std::unordered_map<pid_t, std::optional<std::string>> known;
    for (const auto position : chosen) {
        auto& leader = snapshot.namespaces[position].leader;
        if (!leader || leader->cmdline) continue;
        const auto [entry, is_new] = known.try_emplace(leader->pid);
        if (is_new) entry->second = read_cmdline(proc_root, leader->pid);
        leader->cmdline = entry->second;
    }
}

} // namespace nsscope
