#include "kernel/task_iter.hpp"

#include <array>
#include <bpf/bpf.h>
#include <cerrno>
#include <fcntl.h>
#include <future>
#include <memory>
#include <optional>
#include <span>
#include <sys/sysinfo.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

#include "base/unique_fd.hpp"
#include "event.h"
#include "kernel/bpf_support.hpp"
#include "kernel/core_types.hpp"
#include "kernel/features.hpp"
#include "kernel/kernel_lists.hpp"
#include "kernel/kernel_types.hpp"
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

using Types = std::shared_ptr<const KernelTypes>;

/// Loads and attaches one of the programs of bpf/tasks.bpf.c, and that one alone. Returns its link. `held` keeps the
/// kernel's types for the next.
Result<UniqueFd> attach(Program which, Types& held) {
    const LibbpfLog log;
    if (!held) held = KernelTypes::read();
    CoreTypes types;
    bpf_object_open_opts options{};
    options.sz = sizeof options;
    options.btf_custom_path = types.path();
    const Skeleton skeleton(tasks_bpf__open_opts(&options));
    if (!skeleton) return bpf_failure(errno, "cannot open the BPF task iterator", log);
    if (types.path() != nullptr && !types.fill(skeleton->obj))
        return bpf_failure(errno, "cannot read the kernel's types", log);
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
    std::uint32_t most_listed = 0;
    UniqueFd files, ancestors; ///< links, once they were needed
};

/// The quick ones, bpf/tasks_light.bpf.c; where the kernel is too old for them, the other.
Result<Programs> attach_programs(bool may_be_light, std::uint32_t most_listed, Types& types) {
    nsscope_tasks_light light{};
    if (may_be_light && nsscope_attach_tasks_light(&light, most_listed) == 0)
        return Programs{UniqueFd(light.tasks),
                        UniqueFd(light.kernel_lists),
                        UniqueFd(light.listed),
                        UniqueFd(light.readers),
                        most_listed,
                        UniqueFd(),
                        UniqueFd()};
    auto tasks = attach(Program::tasks, types);
    if (!tasks) return Failure(tasks.error());
    return Programs{std::move(*tasks), UniqueFd(), UniqueFd(), UniqueFd(), 0, UniqueFd(), UniqueFd()};
}

/// Has the iterator print its tasks, all or, where there are two readers, the half of the calling thread.
Result<void> read_tasks(const Programs& programs, ScanReader& reader) {
    return run_iterator(programs.tasks.get(), piece_bytes,
                        [&reader](std::span<const std::byte> piece) { reader.take(piece); });
}

/// Says who the second reader is; 0: there is none.
bool set_second_reader(const Programs& programs, pid_t tid) {
    const std::uint32_t key = 0;
    const nsscope_scan_readers readers{static_cast<__u32>(tid), tid == 0 ? 0U : 1U};
    return ::bpf_map_update_elem(programs.readers.get(), &key, &readers, BPF_ANY) == 0;
}

/// How many threads there are, about.
std::size_t threads_expected() {
    struct sysinfo system {};
    const std::size_t spare = 64;
    return ::sysinfo(&system) == 0 ? system.procs + spare : spare; // threads, whatever its name says
}

/// A thread that reads every other task: what the iterator prints takes longer to find out (pages of the tasks' memory)
/// than to walk past. It is there before there is anything to read, and costs no time when there is.
class SecondReader {
  public:
    /// nullptr where there is no processor for it, or no thread is to be had.
    static std::unique_ptr<SecondReader> start(std::size_t expected, bool without_ids) {
        if (std::thread::hardware_concurrency() < 2) return nullptr;
        auto made = std::make_unique<SecondReader>(without_ids);
        try {
            made->thread_ = std::thread([reader = made.get(), expected] { reader->work(expected / 2); });
        } catch (const std::system_error&) {
            return nullptr;
        }
        return made;
    }
    explicit SecondReader(bool without_ids) : half_(without_ids) {}
    SecondReader(const SecondReader&) = delete;
    SecondReader& operator=(const SecondReader&) = delete;
    ~SecondReader() {
        if (!thread_.joinable()) return;
        programs_.set_value(nullptr);
        thread_.join();
    }

    /// False: the iterator shows all tasks to whoever reads it. `programs` outlives this object.
    bool begin(const Programs& programs) {
        if (!programs.readers || !set_second_reader(programs, tid_.get_future().get())) return false;
        programs_.set_value(&programs);
        return true;
    }
    /// After begin(): adds what it has read.
    Result<void> finish(ScanReader& whole) {
        thread_.join();
        if (!result_) return result_;
        whole.merge(std::move(half_));
        return {};
    }

  private:
    void work(std::size_t expected) {
        half_.expect(expected);
        tid_.set_value(::gettid());
        if (const auto* programs = programs_.get_future().get()) result_ = read_tasks(*programs, half_);
    }

    std::promise<pid_t> tid_;
    std::promise<const Programs*> programs_; ///< nullptr: there is nothing to do
    ScanReader half_;
    Result<void> result_;
    std::thread thread_;
};

Result<void> run_tasks(const Programs& programs, ScanReader& reader,
                       const std::unique_ptr<SecondReader>& second) {
    const bool in_two = second != nullptr && second->begin(programs);
    if (!in_two && programs.readers && !set_second_reader(programs, 0))
        return errno_failure("cannot tell the BPF task iterator that one thread reads it");
    auto read = read_tasks(programs, reader);
    if (!in_two) return read;
    auto read_too = second->finish(reader);
    return read ? read_too : read;
}

/// The namespaces on the kernel's own lists that this reader knows nothing of.
Result<std::vector<ScannedNamespace>> read_unexplained(const Programs& programs, ScanReader& reader) {
    std::vector<ScannedNamespace> found;
    const auto beyond =
        run_kernel_lists(programs.kernel_lists.get(), programs.listed.get(), programs.most_listed,
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

    ScanReader later(reader.is_without_ids());
    const auto expected = threads_expected();
    const auto second = SecondReader::start(expected, reader.is_without_ids());
    later.expect(expected);
    if (auto run = run_tasks(programs, later, second); !run) return run;
    const auto lasting = read_unexplained(programs, later);
    if (!lasting) return Failure(lasting.error());
    ScanReader still(reader.is_without_ids());
    for (const auto& ns : *lasting) still.add(ns);
    for (const auto& ns : *candidates)
        if (still.knows(ns.type, ns.ref)) reader.add(ns);
    return {};
}

/// Runs one more program of bpf/tasks.bpf.c, whose link is there from the first time on.
template <typename Sink>
Result<void> run_too(Program which, UniqueFd& link, Types& types, const Sink& take) {
    if (!link) {
        auto attached = attach(which, types);
        if (!attached) return Failure(attached.error());
        link = std::move(*attached);
    }
    return run_iterator(link.get(), piece_bytes, take);
}

/// Scans with programs that may be there already.
Result<Scan> scan(std::optional<Programs>& programs, std::uint32_t most_listed) {
    const auto disabled = disabled_features();
    if (!disabled) return Failure(disabled.error());
    if (is_disabled(*disabled, "iter_task") || is_disabled(*disabled, "btf"))
        return Failure(Error{"the BPF task iterator is switched off by NSSCOPE_DISABLE", "", 0});
    const auto expected = threads_expected();
    const bool without_ids = is_disabled(*disabled, "iter_ns_id");
    const auto second = SecondReader::start(expected, without_ids);
    Types types;
    if (!programs) {
        auto attached = attach_programs(!is_disabled(*disabled, "iter_task_light"), most_listed, types);
        if (!attached) return Failure(attached.error());
        programs = std::move(*attached);
    }

    ScanReader reader(without_ids);
    reader.expect(expected);
    const auto take = [&reader](std::span<const std::byte> piece) { reader.take(piece); };
    if (auto run = run_tasks(*programs, reader, second); !run) return Failure(run.error());
    if (programs->kernel_lists)
        if (auto added = add_unexplained(*programs, reader); !added)
            reader.scan().issues.push_back({"namespaces that nothing explains", 1, added.error().what});
    if (!reader.files_seen())
        if (auto run = run_too(Program::files, programs->files, types, take); !run)
            reader.scan().issues.push_back({"namespaces that only an open file holds", 1, run.error().what});
    if (reader.lacks_ancestors())
        if (auto run = run_too(Program::ancestors, programs->ancestors, types, take); !run)
            return Failure(run.error());
    if (!reader.is_whole()) return Failure(Error{"the BPF task iterator printed what cannot be read", "", 0});
    reader.scan().source = "bpf";
    return std::move(reader.scan());
}

} // namespace

Result<Scan> scan_bpf(std::uint32_t most_listed) {
    std::optional<Programs> programs;
    return scan(programs, most_listed);
}

std::function<Result<Scan>()> bpf_scanner() {
    return [programs = std::make_shared<std::optional<Programs>>()] {
        return scan(*programs, most_listed_namespaces);
    };
}

} // namespace nsscope
