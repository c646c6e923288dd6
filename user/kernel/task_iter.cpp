#include "kernel/task_iter.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <memory>
#include <span>
#include <sys/sysinfo.h>

#include "base/unique_fd.hpp"
#include "kernel/bpf_support.hpp"
#include "kernel/features.hpp"
#include "kernel/scan_reader.hpp"
#include "kernel/tasks_light.h"
#include "tasks.skel.h"

namespace nsscope {
namespace {

struct SkeletonDeleter {
    void operator()(tasks_bpf* skeleton) const { tasks_bpf__destroy(skeleton); }
};
/// What one read(2) of an iterator gives at the most: its buffer of 8 pages (kernel/bpf/bpf_iter.c).
constexpr std::size_t piece_bytes = std::size_t{8} << 12;

using Skeleton = std::unique_ptr<tasks_bpf, SkeletonDeleter>;

enum class Program : std::uint8_t {
    tasks,
    files,
    ancestors
};

/// Loads and attaches one of the programs of bpf/tasks.bpf.c, and that one alone. Returns its link.
Result<UniqueFd> attach(Program which) {
    const LibbpfLog log;
    const Skeleton skeleton(tasks_bpf__open());
    if (!skeleton) return bpf_failure(errno, "cannot open the BPF task iterator", log);
    const std::array programs{skeleton->progs.tasks, skeleton->progs.files, skeleton->progs.ancestors};
    auto* program = programs[static_cast<std::size_t>(which)];
    for (auto* each : programs) bpf_program__set_autoload(each, each == program);
    if (const int error = tasks_bpf__load(skeleton.get()); error != 0)
        return bpf_failure(-error, "cannot load the BPF task iterator", log);
    const BpfLink link(bpf_program__attach_iter(program, nullptr));
    if (!link) return bpf_failure(errno, "cannot attach the BPF task iterator", log);
    return UniqueFd(::fcntl(bpf_link__fd(link.get()), F_DUPFD_CLOEXEC, 0)); // it outlives the skeleton
}

/// The quick one, bpf/tasks_light.bpf.c; where the kernel is too old for it, the other.
Result<UniqueFd> attach_tasks(bool may_be_light) {
    if (may_be_light) {
        UniqueFd link(nsscope_attach_tasks_light());
        if (link) return link;
    }
    return attach(Program::tasks);
}

/// Runs one more program of bpf/tasks.bpf.c.
template <typename Sink>
Result<void> run_too(Program which, const Sink& take) {
    const auto link = attach(which);
    if (!link) return Failure(link.error());
    return run_iterator(link->get(), piece_bytes, take);
}

} // namespace

Result<Scan> scan_bpf() {
    const auto disabled = disabled_features();
    if (!disabled) return Failure(disabled.error());
    if (is_disabled(*disabled, "iter_task"))
        return Failure(Error{"the BPF task iterator is switched off by NSSCOPE_DISABLE", "", 0});
    const auto link = attach_tasks(!is_disabled(*disabled, "iter_task_light"));
    if (!link) return Failure(link.error());

    ScanReader reader;
    struct sysinfo system {};
    if (::sysinfo(&system) == 0)
        reader.expect(system.procs + std::size_t{64}); // threads, whatever its name says
    const auto take = [&reader](std::span<const std::byte> piece) { reader.take(piece); };
    if (auto run = run_iterator(link->get(), piece_bytes, take); !run) return Failure(run.error());
    if (!reader.files_seen())
        if (auto run = run_too(Program::files, take); !run)
            reader.scan().issues.push_back({"namespaces that only an open file holds", 1, run.error().what});
    if (reader.lacks_ancestors())
        if (auto run = run_too(Program::ancestors, take); !run) return Failure(run.error());
    if (!reader.is_whole()) return Failure(Error{"the BPF task iterator printed what cannot be read", "", 0});
    reader.scan().source = "bpf";
    return std::move(reader.scan());
}

} // namespace nsscope
