#include "kernel/task_iter.hpp"

#include <cerrno>
#include <cstring>
#include <span>
#include <string_view>
#include <unordered_set>

#include "event.h"
#include "kernel/bpf_support.hpp"
#include "kernel/features.hpp"
#include "tasks.skel.h"

namespace nsscope {
namespace {

struct SkeletonDeleter {
    void operator()(tasks_bpf* skeleton) const { tasks_bpf__destroy(skeleton); }
};
using Skeleton = std::unique_ptr<tasks_bpf, SkeletonDeleter>;

/// Loads one of the two programs, and that one alone.
Result<Skeleton> load(bool with_cmdline) {
    const LibbpfLog log;
    Skeleton skeleton(tasks_bpf__open());
    if (!skeleton) return bpf_failure(errno, "cannot open the BPF task iterator", log);
    bpf_program__set_autoload(skeleton->progs.tasks, !with_cmdline);
    bpf_program__set_autoload(skeleton->progs.tasks_with_cmdline, with_cmdline);
    if (const int error = tasks_bpf__load(skeleton.get()); error != 0)
        return bpf_failure(-error, "cannot load the BPF task iterator", log);
    return skeleton;
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
        task.kernel_thread = raw.kernel_thread != 0;
        task.start_ns = raw.start_ns;
        task.comm.assign(raw.comm, ::strnlen(raw.comm, sizeof raw.comm));
        for (std::size_t i = 0; i < ns_slot_count; i++) {
            task.ns[i] = {raw.ns[i].inum, raw.ns[i].id};
            const auto type = type_of(slot_at(i));
            if (raw.ns[i].inum == 0 || type == NsType::pid || type == NsType::user) continue;
            ScannedNamespace found;
            found.type = type;
            found.ref = task.ns[i];
            found.owner_user_ns = raw.ns[i].owner_user_ns;
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
        found.owner_uid = raw.owner_uid;
        found.has_owner_uid = found.type == NsType::user;
        add(found);
    }

    /// Consecutive tasks share most of their namespaces, so most of what comes here is known.
    void add(const ScannedNamespace& found) {
        auto& last = last_[static_cast<std::size_t>(found.type)];
        const auto key = static_cast<std::uint64_t>(found.type) << 32 | found.ref.inum;
        if (last == key || !known_.insert(key).second) return;
        last = key;
        scan_.namespaces.push_back(found);
    }

    Scan& scan_;
    std::unordered_set<std::uint64_t> known_;
    std::array<std::uint64_t, ns_type_count> last_{};
    bool is_whole_ = true;
};

/// What the kernel does not print, because it goes without saying: the initial user and pid namespaces.
void add_initial(Scan& scan) {
    const auto user = info(NsType::user).initial_inum;
    for (const auto type : {NsType::pid, NsType::user}) {
        ScannedNamespace initial;
        initial.type = type;
        for (const auto& task : scan.tasks) {
            const auto& ref = task.ns[static_cast<std::size_t>(slot_of(type))];
            if (ref.inum == info(type).initial_inum) initial.ref = ref;
            if (initial.ref.inum != 0) break;
        }
        if (initial.ref.inum == 0) continue;
        if (type == NsType::pid) initial.owner_user_ns = user;
        initial.has_owner_uid = type == NsType::user;
        scan.namespaces.push_back(initial);
    }
}

} // namespace

Result<Scan> scan_bpf() {
    const auto disabled = disabled_features();
    if (!disabled) return Failure(disabled.error());
    if (is_disabled(*disabled, "iter_task"))
        return Failure(Error{"the BPF task iterator is switched off by NSSCOPE_DISABLE", "", 0});
    Result<Skeleton> skeleton = Failure(Error{});
    const bool with_cmdline = !is_disabled(*disabled, "iter_task_cmdline");
    if (with_cmdline) skeleton = load(true);
    const bool has_cmdline = skeleton.has_value();
    if (!skeleton) skeleton = load(false);
    if (!skeleton) return Failure(skeleton.error());

    const LibbpfLog log;
    auto* program = has_cmdline ? (*skeleton)->progs.tasks_with_cmdline : (*skeleton)->progs.tasks;
    const BpfLink link(bpf_program__attach_iter(program, nullptr));
    if (!link) return bpf_failure(errno, "cannot attach the BPF task iterator", log);
    Scan scan;
    scan.source = "bpf";
    Reader reader(scan);
    constexpr std::size_t buffer = 1U << 20; // the kernel gives up to 8 pages at a time
    if (auto run =
            run_iterator(link.get(), buffer, [&](std::span<const std::byte> piece) { reader.take(piece); });
        !run)
        return Failure(run.error());
    if (!reader.is_whole()) return Failure(Error{"the BPF task iterator printed what cannot be read", "", 0});
    add_initial(scan);
    return scan;
}

} // namespace nsscope
