#include "cli/look.hpp"

#include <cstdlib>

#include <fmt/format.h>
#include <unistd.h>

#include "cli/report.hpp"
#include "engine/container_source.hpp"
#include "kernel/features.hpp"
#include "kernel/task_iter.hpp"
#include "kernel/task_numbers.hpp"
#include "scan/files.hpp"
#include "scan/listed.hpp"
#include "scan/proc_scan.hpp"

namespace nsscope {

namespace {

/// Beyond some 250 processes the iterator is faster, its loading included.
constexpr std::size_t few_threads = 250;

} // namespace

std::string own_home() {
    const char* home =
        ::geteuid() == 0 ? nullptr : std::getenv("HOME"); // NOLINT: nothing here sets variables
    return home == nullptr ? std::string() : std::string(home);
}

Result<Snapshot> look(Source source, PinsOf pins, Containers containers) {
    const std::string proc_root = "/proc";
    SnapshotSources sources{
        .bpf = bpf_scanner(),
        .proc = [&] { return scan_proc(proc_root); },
        .without_bpf =
            [](const Error& why) {
                print_notice(
                    fmt::format("no BPF task iterator ({}); using /proc, which is slower", why.what));
            },
    };
    const auto disabled = disabled_features();
    if (!disabled) return Failure(disabled.error());
    if (!is_disabled(*disabled, "listns") && !is_disabled(*disabled, "iter_ns_id")) {
        sources.listed = list_namespaces;
        sources.add_listed = [&](Scan& scan, std::span<const ListedNamespace> listed) {
            add_listed(scan, listed, proc_root);
        };
    }
    sources.few_threads = count_threads(proc_root) < few_threads;
    sources.processes = containers == Containers::and_processes;
    if (containers != Containers::no)
        sources.containers = [&](Scan& scan) {
            return look_for_containers(scan, {.proc_root = proc_root, .home = own_home()});
        };
    return take_snapshot(source, sources, proc_root, pins);
}

Result<Scan> scan_machine() {
    const std::string proc_root = "/proc";
    return take_scan(Source::auto_, {.bpf = bpf_scanner(), .proc = [&] { return scan_proc(proc_root); }},
                     proc_root);
}

InspectSources inspect_sources() {
    InspectSources sources;
    sources.task_numbers = [](pid_t pid) -> Result<TaskNumbers> {
        const auto numbers = read_task_numbers(pid);
        if (!numbers) return Failure(numbers.error());
        return TaskNumbers{numbers->pid_ns,
                           numbers->last_pid,
                           numbers->pid_max == 0 ? std::nullopt : std::optional(numbers->pid_max),
                           numbers->time_ns_for_children,
                           numbers->time_offsets_frozen,
                           numbers->fs_users,
                           numbers->mm_users};
    };
    return sources;
}

Source source_from_name(std::string_view name) {
    if (name == "bpf") return Source::bpf;
    return name == "proc" ? Source::proc : Source::auto_;
}

} // namespace nsscope
