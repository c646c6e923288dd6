#include "engine/snapshot_source.hpp"

#include <array>
#include <fstream>
#include <optional>
#include <unordered_map>
#include <utility>

#include <sys/utsname.h>
#include <unistd.h>

#include "base/clock.hpp"
#include "model/place_containers.hpp"
#include "scan/complete.hpp"
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

} // namespace

Result<Scan> take_scan(Source source, const SnapshotSources& sources, const std::string& proc_root) {
    if (source == Source::proc) return sources.proc();
    auto scan = sources.bpf();
    if (scan) {
        if (complete_by_files(*scan, proc_root)) scan->source = "bpf+proc";
        return scan;
    }
    if (source == Source::bpf) return scan;
    if (sources.without_bpf) sources.without_bpf(scan.error());
    return sources.proc();
}

Result<Snapshot> take_snapshot(Source source, const SnapshotSources& sources, const std::string& proc_root,
                               PinsOf pins) {
    auto scan = take_scan(source, sources, proc_root);
    if (!scan) return Failure(std::move(scan.error()));
    const auto time_ns = realtime_ns();
    ContainerFinding containers;
    std::vector<SnapshotProcess> processes;
    if (sources.containers) {
        containers = sources.containers(*scan);
        processes = processes_of(*scan);
    }
    auto snapshot = build_snapshot(std::move(*scan), pins);
    place_containers(snapshot, std::move(containers));
    snapshot.processes = std::move(processes);
    snapshot.time_ns = time_ns;
    snapshot.host = host_name();
    snapshot.boot_id = boot_id(proc_root);
    snapshot.kernel = kernel_release();
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
