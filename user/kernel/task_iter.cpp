#include "kernel/task_iter.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <memory>
#include <span>
#include <sys/sysinfo.h>
#include <thread>
#include <vector>

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
    ancestors
};

/// Loads and attaches one of the programs of bpf/tasks.bpf.c, and that one alone. Returns its link.
Result<UniqueFd> attach(Program which) {
    const LibbpfLog log;
    const Skeleton skeleton(tasks_bpf__open());
    if (!skeleton) return bpf_failure(errno, "cannot open the BPF task iterator", log);
    bpf_program__set_autoload(skeleton->progs.tasks, which == Program::tasks);
    bpf_program__set_autoload(skeleton->progs.ancestors, which == Program::ancestors);
    if (const int error = tasks_bpf__load(skeleton.get()); error != 0)
        return bpf_failure(-error, "cannot load the BPF task iterator", log);
    auto* program = which == Program::tasks ? skeleton->progs.tasks : skeleton->progs.ancestors;
    const BpfLink link(bpf_program__attach_iter(program, nullptr));
    if (!link) return bpf_failure(errno, "cannot attach the BPF task iterator", log);
    return UniqueFd(::fcntl(bpf_link__fd(link.get()), F_DUPFD_CLOEXEC, 0)); // it outlives the skeleton
}

/// The quick ones, bpf/tasks_light.bpf.c, each of which shows a part of the tasks; where the kernel is too old for them,
/// the other, which shows all.
Result<std::vector<UniqueFd>> attach_tasks(bool may_be_light) {
    std::vector<UniqueFd> links;
    std::array<int, NSSCOPE_TASKS_LIGHT_PARTS> light{};
    if (may_be_light && nsscope_attach_tasks_light(light.data()) == 0) {
        for (const int link : light) links.emplace_back(link);
        return links;
    }
    auto link = attach(Program::tasks);
    if (!link) return Failure(link.error());
    links.push_back(std::move(*link));
    return links;
}

/// One iterator and what it showed.
struct Part {
    ScanReader reader;
    Result<void> ran;

    void run(int link) {
        ran =
            run_iterator(link, piece_bytes, [this](std::span<const std::byte> piece) { reader.take(piece); });
    }
};

/// Runs all iterators at once, each on a thread of its own: most of the time goes into the kernel, for the command
/// lines of others.
Result<ScanReader> read_tasks(const std::vector<UniqueFd>& links) {
    struct sysinfo system {};
    ::sysinfo(&system);
    const std::size_t expected = system.procs + std::size_t{64}; // of threads, whatever its name says
    std::vector<Part> parts(links.size());
    {
        std::vector<std::jthread> threads;
        for (std::size_t i = 0; i < parts.size(); i++) {
            parts[i].reader.scan().tasks.reserve(i == 0 ? expected : expected / links.size());
            if (i > 0) threads.emplace_back([&parts, &links, i] { parts[i].run(links[i].get()); });
        }
        parts[0].run(links[0].get());
    }
    for (auto& part : parts)
        if (!part.ran) return Failure(part.ran.error());
    for (std::size_t i = 1; i < parts.size(); i++) parts[0].reader.merge(std::move(parts[i].reader));
    return std::move(parts[0].reader);
}

} // namespace

Result<Scan> scan_bpf() {
    const auto disabled = disabled_features();
    if (!disabled) return Failure(disabled.error());
    if (is_disabled(*disabled, "iter_task"))
        return Failure(Error{"the BPF task iterator is switched off by NSSCOPE_DISABLE", "", 0});
    const auto links = attach_tasks(!is_disabled(*disabled, "iter_task_light"));
    if (!links) return Failure(links.error());
    auto reader = read_tasks(*links);
    if (!reader) return Failure(reader.error());
    if (reader->lacks_ancestors()) {
        const auto above = attach(Program::ancestors);
        if (!above) return Failure(above.error());
        const auto take = [&reader](std::span<const std::byte> piece) { reader->take(piece); };
        if (auto run = run_iterator(above->get(), piece_bytes, take); !run) return Failure(run.error());
    }
    if (!reader->is_whole())
        return Failure(Error{"the BPF task iterator printed what cannot be read", "", 0});
    reader->scan().source = "bpf";
    return std::move(reader->scan());
}

} // namespace nsscope
