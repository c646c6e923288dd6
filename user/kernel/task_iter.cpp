#include "kernel/task_iter.hpp"

#include <array>
#include <bpf/bpf.h>
#include <cerrno>
#include <fcntl.h>
#include <future>
#include <memory>
#include <span>
#include <sys/sysinfo.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

#include "base/unique_fd.hpp"
#include "event.h"
#include "kernel/bpf_support.hpp"
#include "kernel/features.hpp"
#include "kernel/kernel_lists.hpp"
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

/// What a scan runs.
struct Programs {
    UniqueFd tasks;        ///< a link
    UniqueFd kernel_lists; ///< none: the kernel's own lists cannot be walked
    UniqueFd listed;
    UniqueFd readers; ///< none: one thread reads
};

/// The quick ones, bpf/tasks_light.bpf.c; where the kernel is too old for them, the other.
Result<Programs> attach_programs(bool may_be_light) {
    nsscope_tasks_light light{};
    if (may_be_light && nsscope_attach_tasks_light(&light) == 0)
        return Programs{UniqueFd(light.tasks), UniqueFd(light.kernel_lists), UniqueFd(light.listed),
                        UniqueFd(light.readers)};
    auto tasks = attach(Program::tasks);
    if (!tasks) return Failure(tasks.error());
    return Programs{std::move(*tasks), UniqueFd(), UniqueFd(), UniqueFd()};
}

/// Has the iterator print its tasks, all or, where there are two readers, the half of the calling thread.
Result<void> read_tasks(const Programs& programs, std::size_t expected, ScanReader& reader) {
    reader.expect(expected);
    return run_iterator(programs.tasks.get(), piece_bytes,
                        [&reader](std::span<const std::byte> piece) { reader.take(piece); });
}

/// Says who the second reader is; 0: there is none.
bool set_second_reader(const Programs& programs, pid_t tid) {
    const std::uint32_t key = 0;
    const nsscope_scan_readers readers{static_cast<__u32>(tid), tid == 0 ? 0U : 1U};
    return ::bpf_map_update_elem(programs.readers.get(), &key, &readers, BPF_ANY) == 0;
}

/// Reads the tasks with a second thread, which the iterator shows every other task: what it prints takes longer to find
/// out (pages of the tasks' memory) than to walk past.
Result<void> read_tasks_in_two(const Programs& programs, std::size_t expected, ScanReader& reader) {
    ScanReader other;
    Result<void> other_read;
    std::promise<bool> is_set;
    std::thread second([&] {
        const bool may_read = set_second_reader(programs, ::gettid());
        is_set.set_value(may_read);
        if (may_read) other_read = read_tasks(programs, expected / 2, other);
    });
    is_set.get_future().wait(); // where it could not be set, this thread is shown all
    auto read = read_tasks(programs, expected, reader);
    second.join();
    if (!read) return read;
    if (!other_read) return other_read;
    reader.merge(std::move(other));
    return {};
}

Result<void> run_tasks(const Programs& programs, ScanReader& reader) {
    struct sysinfo system {};
    const std::size_t spare = 64;
    const std::size_t expected =
        ::sysinfo(&system) == 0 ? system.procs + spare : spare; // threads, whatever its name says
    if (!programs.readers || std::thread::hardware_concurrency() < 2)
        return read_tasks(programs, expected, reader);
    return read_tasks_in_two(programs, expected, reader);
}

/// The namespaces on the kernel's own lists that this reader knows nothing of.
Result<std::vector<ScannedNamespace>> read_unexplained(const Programs& programs, ScanReader& reader) {
    std::vector<ScannedNamespace> found;
    const auto beyond =
        run_kernel_lists(programs.kernel_lists.get(), programs.listed.get(),
                         [&](std::span<const std::byte> piece) { reader.collect_unknown(piece, found); });
    if (!beyond) return Failure(beyond.error());
    if (*beyond != 0)
        reader.scan().issues.push_back(
            {"namespaces on the kernel's own lists", *beyond, "there are too many"});
    return found;
}

/// Adds what is on the kernel's own lists and that no task or open file showed. One that was born or freed during the
/// scan is none of these: so, where there is any, the tasks are looked at once more, and then the lists.
Result<void> add_unexplained(const Programs& programs, ScanReader& reader) {
    const auto candidates = read_unexplained(programs, reader);
    if (!candidates) return Failure(candidates.error());
    if (candidates->empty()) return {};

    ScanReader later;
    if (auto run = run_tasks(programs, later); !run) return run;
    const auto lasting = read_unexplained(programs, later);
    if (!lasting) return Failure(lasting.error());
    ScanReader still;
    for (const auto& ns : *lasting) still.add(ns);
    for (const auto& ns : *candidates)
        if (still.knows(ns.type, ns.ref)) reader.add(ns);
    return {};
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
    if (is_disabled(*disabled, "iter_task") || is_disabled(*disabled, "btf"))
        return Failure(Error{"the BPF task iterator is switched off by NSSCOPE_DISABLE", "", 0});
    const auto programs = attach_programs(!is_disabled(*disabled, "iter_task_light"));
    if (!programs) return Failure(programs.error());

    ScanReader reader;
    const auto take = [&reader](std::span<const std::byte> piece) { reader.take(piece); };
    if (auto run = run_tasks(*programs, reader); !run) return Failure(run.error());
    if (programs->kernel_lists)
        if (auto added = add_unexplained(*programs, reader); !added)
            reader.scan().issues.push_back({"namespaces that nothing explains", 1, added.error().what});
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
