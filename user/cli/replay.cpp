#include "cli/replay.hpp"

#include <unordered_map>

#include <fmt/format.h>

#include "model/find_containers.hpp"
#include "model/place_containers.hpp"
#include "recording/player.hpp"

namespace nsscope {
namespace {

ContainerFinding containers_of(const Sample& sample) {
    ContainerFinding finding;
    finding.containers = sample.containers;
    for (const auto& process : sample.processes)
        if (process.container < sample.containers.size())
            finding.processes.push_back({process.pid, process.container, process.start_ns});
    return finding;
}

/// The command lines of the leaders, as far as they are known; with a space where there was a NUL.
void fill_commands(Snapshot& snapshot, const Sample& sample) {
    std::unordered_map<pid_t, const SampledProcess*> known;
    for (const auto& process : sample.processes) known.emplace(process.pid, &process);
    for (auto& ns : snapshot.namespaces) {
        if (!ns.leader || ns.leader->cmdline) continue;
        const auto found = known.find(ns.leader->pid);
        if (found != known.end() && !found->second->command.empty())
            ns.leader->cmdline = found->second->command;
    }
}

} // namespace

std::string damage_notice(const std::string& path, const std::optional<Damage>& damage) {
    if (!damage) return {};
    return fmt::format("{} is damaged at byte {} (record {}): {}; all before that was read", path,
                       damage->offset, damage->number, damage->what);
}

Result<Snapshot> replay_snapshot(const std::string& path, const std::string& time) {
    const auto recording = Recording::open(path);
    if (!recording) return Failure(recording.error());
    auto at = (*recording)->end_ns();
    if (!time.empty()) {
        const auto wanted = parse_time(time, **recording);
        if (!wanted) return Failure(wanted.error());
        at = *wanted;
    }
    Player player(**recording);
    player.go_to(at);
    auto scan = player.scan();
    auto processes = processes_of(scan);
    auto snapshot = build_snapshot(std::move(scan));
    place_containers(snapshot, containers_of(player.sample()));
    fill_commands(snapshot, player.sample());
    snapshot.processes = std::move(processes);
    const auto& info = (*recording)->start().info;
    snapshot.time_ns = (*recording)->realtime(at);
    snapshot.host = info.host;
    snapshot.boot_id = info.boot_id;
    snapshot.kernel = info.kernel;
    if (const auto damage = player.damage(); damage && at == (*recording)->end_ns())
        snapshot.issues.push_back({"recording", 1,
                                   fmt::format("damaged at byte {} (record {}): {}", damage->offset,
                                               damage->number, damage->what)});
    return snapshot;
}

} // namespace nsscope
