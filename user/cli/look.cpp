#include "cli/look.hpp"

#include <fmt/format.h>

#include "cli/report.hpp"
#include "kernel/task_iter.hpp"
#include "scan/proc_scan.hpp"

namespace nsscope {

Result<Snapshot> look(Source source) {
    const std::string proc_root = "/proc";
    const SnapshotSources sources{
        .bpf = scan_bpf,
        .proc = [&] { return scan_proc(proc_root); },
        .without_bpf =
            [](const Error& why) {
                print_notice(
                    fmt::format("no BPF task iterator ({}); using /proc, which is slower", why.what));
            },
    };
    return take_snapshot(source, sources, proc_root);
}

Source source_from_name(std::string_view name) {
    if (name == "bpf") return Source::bpf;
    return name == "proc" ? Source::proc : Source::auto_;
}

} // namespace nsscope
