#include "kernel/task_iter.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <sys/sysinfo.h>
#include <span>
#include <string_view>
#include <unordered_set>

#include "base/unique_fd.hpp"
#include "event.h"
#include "kernel/bpf_support.hpp"
#include "kernel/features.hpp"
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

enum class Program : std::uint8_t { tasks, ancestors };

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

/// Loads and attaches the quick one, bpf/tasks_light.bpf.c; where the kernel is too old for it, the other.
Result<UniqueFd> attach_tasks(bool may_be_light) {
    if (may_be_light) {
        UniqueFd link(nsscope_attach_tasks_light());
        if (link) return link;
    }
    return attach(Program::tasks);
}

/// Turns what the iterator prints into a Scan.
class Reader {
  public:
    explicit Reader(Scan& scan) : scan_(scan) {}

    void take(std::span<const std::byte> piece) {
        while (piece.size() >= 2 * sizeof(__u32)) {
            const auto kind = at<__u32>(piece, 0);
            const auto size = at<__u32>(piece, sizeof(__u32));
            if (size == 0 || size > piece.size()) break;
            const auto entry = piece.first(size);
            if (kind == NSSCOPE_SCAN_TASK && size >= sizeof(nsscope_scan_task))
                take_task(entry);
            else if (kind == NSSCOPE_SCAN_NAMESPACE && size >= sizeof(nsscope_scan_namespace))
                take_namespace(entry);
            else
                break;
            piece = piece.subspan(size);
        }
        if (!piece.empty()) is_whole_ = false;
    }
    /// Is there a pid or user namespace that others refer to as parent or owner, and that nothing is known of?
    [[nodiscard]] bool lacks_ancestors() const {
        const auto knows = [this](NsType type, std::uint32_t inum) {
            return inum == 0 || known_.contains(key_of(type, inum));
        };
        return !std::ranges::all_of(scan_.namespaces, [&](const ScannedNamespace& ns) {
            return knows(NsType::user, ns.owner_user_ns) && (ns.type != NsType::pid || knows(NsType::pid, ns.parent));
        });
    }
    [[nodiscard]] bool is_whole() const { return is_whole_; }

  private:
    template <typename T>
    [[nodiscard]] static T at(std::span<const std::byte> bytes, std::size_t offset) {
        T value;
        std::memcpy(&value, bytes.data() + offset, sizeof value);
        return value;
    }

    void take_task(std::span<const std::byte> entry) {
        const auto raw = at<nsscope_scan_task>(entry, 0);
        auto& task = scan_.tasks.emplace_back();
        task.pid = static_cast<pid_t>(raw.pid);
        task.tid = static_cast<pid_t>(raw.tid);
        task.ppid = static_cast<pid_t>(raw.ppid);
        task.uid = raw.uid;
        task.kernel_thread = (raw.flags & NSSCOPE_SCAN_KERNEL_THREAD) != 0;
        task.start_ns = raw.start_ns;
        task.comm.assign(raw.comm, ::strnlen(raw.comm, sizeof raw.comm));
        for (std::size_t i = 0; i < ns_slot_count; i++) {
            task.ns[i] = {raw.ns[i].inum, raw.ns[i].id};
            if (raw.ns[i].inum == 0) continue;
            ScannedNamespace found;
            found.type = type_of(slot_at(i));
            found.ref = task.ns[i];
            found.owner_user_ns = raw.ns[i].owner_user_ns;
            if (i == NSSCOPE_SLOT_PID) found.parent = raw.pid_parent;
            if (i == NSSCOPE_SLOT_PID_FOR_CHILDREN) found.parent = raw.pid_for_children_parent;
            if (i == NSSCOPE_SLOT_USER) {
                found.parent = found.owner_user_ns;
                found.owner_uid = raw.user_creator;
                found.has_owner_uid = true;
            }
            add(found);
        }
        if (raw.cmdline_len <= entry.size() - sizeof raw) {
            task.cmdline.assign(reinterpret_cast<const char*>(entry.data()) + sizeof raw, raw.cmdline_len);
            task.has_cmdline = true;
        }
    }

    void take_namespace(std::span<const std::byte> entry) {
        const auto raw = at<nsscope_scan_namespace>(entry, 0);
        ScannedNamespace found;
        found.type = raw.slot == NSSCOPE_SLOT_USER ? NsType::user : NsType::pid;
        found.ref = {raw.inum, raw.id};
        found.owner_user_ns = raw.owner_user_ns;
        found.parent = raw.parent_inum;
        found.owner_uid = raw.creator;
        found.has_owner_uid = found.type == NsType::user;
        add(found);
    }

    [[nodiscard]] static std::uint64_t key_of(NsType type, std::uint32_t inum) {
        return static_cast<std::uint64_t>(type) << 32 | inum;
    }

    /// Consecutive tasks share most of their namespaces, so most of what comes here is known.
    void add(const ScannedNamespace& found) {
        auto& last = last_[static_cast<std::size_t>(found.type)];
        const auto key = key_of(found.type, found.ref.inum);
        if (last == key || !known_.insert(key).second) return;
        last = key;
        scan_.namespaces.push_back(found);
    }

    Scan& scan_;
    std::unordered_set<std::uint64_t> known_;
    std::array<std::uint64_t, ns_type_count> last_{};
    bool is_whole_ = true;
};

} // namespace

Result<Scan> scan_bpf() {
    const auto disabled = disabled_features();
    if (!disabled) return Failure(disabled.error());
    if (is_disabled(*disabled, "iter_task"))
        return Failure(Error{"the BPF task iterator is switched off by NSSCOPE_DISABLE", "", 0});
    const auto link = attach_tasks(!is_disabled(*disabled, "iter_task_light"));
    if (!link) return Failure(link.error());

    Scan scan;
    scan.source = "bpf";
    struct sysinfo system {};
    if (::sysinfo(&system) == 0) scan.tasks.reserve(std::size_t{system.procs} + 64); // threads, whatever its name says
    Reader reader(scan);
    const auto take = [&reader](std::span<const std::byte> piece) { reader.take(piece); };
    if (auto run = run_iterator(link->get(), piece_bytes, take); !run) return Failure(run.error());
    if (reader.lacks_ancestors()) {
        const auto above = attach(Program::ancestors);
        if (!above) return Failure(above.error());
        if (auto run = run_iterator(above->get(), piece_bytes, take); !run) return Failure(run.error());
    }
    if (!reader.is_whole()) return Failure(Error{"the BPF task iterator printed what cannot be read", "", 0});
    return scan;
}

} // namespace nsscope
