#include "kernel/task_numbers.hpp"

#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>

#include <fmt/format.h>

#include "event.h"
#include "kernel/bpf_support.hpp"
#include "kernel/core_types.hpp"
#include "kernel/features.hpp"
#include "task_numbers.skel.h"

namespace nsscope {
namespace {

struct SkeletonDeleter {
    void operator()(task_numbers_bpf* skeleton) const { task_numbers_bpf__destroy(skeleton); }
};

} // namespace

Result<KernelTaskNumbers> read_task_numbers(pid_t pid) {
    constexpr std::size_t piece_bytes = 4096;
    const auto disabled = disabled_features();
    if (!disabled) return Failure(disabled.error());
    if (is_disabled(*disabled, "iter_task"))
        return Failure(Error{"the BPF task iterator is switched off by NSSCOPE_DISABLE", "", 0});
    const LibbpfLog log;
    CoreTypes types;
    bpf_object_open_opts options{};
    options.sz = sizeof options;
    options.btf_custom_path = types.path();
    const std::unique_ptr<task_numbers_bpf, SkeletonDeleter> skeleton(task_numbers_bpf__open_opts(&options));
    if (!skeleton) return bpf_failure(errno, "cannot open the BPF task iterator", log);
    if (types.path() != nullptr && !types.fill(skeleton->obj))
        return bpf_failure(errno, "cannot read the kernel's types", log);
    skeleton->rodata->wanted_pid = static_cast<__u32>(pid);
    if (const int error = task_numbers_bpf__load(skeleton.get()); error != 0)
        return bpf_failure(-error, "cannot load the BPF task iterator", log);
    const BpfLink link(bpf_program__attach_iter(skeleton->progs.task_numbers, nullptr));
    if (!link) return bpf_failure(errno, "cannot attach the BPF task iterator", log);

    std::optional<nsscope_task_numbers> found;
    const auto run =
        run_iterator(bpf_link__fd(link.get()), piece_bytes, [&](std::span<const std::byte> piece) {
            if (piece.size() < sizeof(nsscope_task_numbers)) return;
            std::memcpy(&found.emplace(), piece.data(), sizeof(nsscope_task_numbers));
        });
    if (!run) return Failure(run.error());
    if (!found) return errno_failure(ESRCH, fmt::format("cannot ask the kernel about process {}", pid));
    return KernelTaskNumbers{found->pid_ns,
                             found->last_pid,
                             found->pid_max,
                             found->time_ns_for_children,
                             found->time_offsets_frozen != 0,
                             found->fs_users,
                             found->mm_users};
}

} // namespace nsscope
