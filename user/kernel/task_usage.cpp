#include "kernel/task_usage.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <tuple>

#include "event.h"
#include "kernel/bpf_support.hpp"
#include "kernel/core_types.hpp"
#include "kernel/features.hpp"
#include "task_usage.skel.h"

namespace nsscope {

struct TaskUsage::Impl {
    ~Impl() {
        link.reset();
        task_usage_bpf__destroy(skeleton);
    }
    Impl() = default;
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    task_usage_bpf* skeleton = nullptr;
    BpfLink link;
    std::size_t last_count = 0;
};

TaskUsage::TaskUsage(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TaskUsage::~TaskUsage() = default;

Result<std::unique_ptr<TaskUsage>> TaskUsage::open() {
    const auto disabled = disabled_features();
    if (!disabled) return Failure(disabled.error());
    if (is_disabled(*disabled, "iter_task"))
        return Failure(Error{"the BPF task iterator is switched off by NSSCOPE_DISABLE", "", 0});
    const LibbpfLog log;
    auto impl = std::make_unique<Impl>();
    CoreTypes types;
    bpf_object_open_opts options{};
    options.sz = sizeof options;
    options.btf_custom_path = types.path();
    impl->skeleton = task_usage_bpf__open_opts(&options);
    if (impl->skeleton == nullptr) return bpf_failure(errno, "cannot open the BPF task iterator", log);
    if (types.path() != nullptr && !types.fill(impl->skeleton->obj))
        return bpf_failure(errno, "cannot read the kernel's types", log);
    if (const int error = task_usage_bpf__load(impl->skeleton); error != 0)
        return bpf_failure(-error, "cannot load the BPF task iterator", log);
    impl->link.reset(bpf_program__attach_iter(impl->skeleton->progs.task_usage, nullptr));
    if (!impl->link) return bpf_failure(errno, "cannot attach the BPF task iterator", log);
    return std::unique_ptr<TaskUsage>(new TaskUsage(std::move(impl)));
}

Result<std::vector<ProcessRuntime>> TaskUsage::read() {
    constexpr std::size_t piece_bytes = 64U << 10;
    std::vector<ProcessRuntime> all;
    all.reserve(impl_->last_count + impl_->last_count / 8);
    const auto run = run_iterator(bpf_link__fd(impl_->link.get()), piece_bytes, [&](auto piece) {
        for (; piece.size() >= sizeof(nsscope_task_usage);
             piece = piece.subspan(sizeof(nsscope_task_usage))) {
            nsscope_task_usage thread;
            std::memcpy(&thread, piece.data(), sizeof thread);
            const auto pid = static_cast<pid_t>(thread.pid);
            if (!all.empty() && all.back().pid == pid && all.back().start_ns == thread.start_ns)
                all.back().cpu_ns += thread.cpu_ns; // mostly threads follow each other
            else
                all.push_back({pid, thread.start_ns, thread.cpu_ns});
        }
    });
    if (!run) return Failure(run.error());
    impl_->last_count = all.size();
    const auto comes_before = [](const ProcessRuntime& a, const ProcessRuntime& b) {
        return std::tie(a.pid, a.start_ns) < std::tie(b.pid, b.start_ns);
    };
    if (!std::is_sorted(all.begin(), all.end(), comes_before))
        std::sort(all.begin(), all.end(), comes_before);
    std::size_t kept = 0; // threads of one process are one, also where others came between
    for (std::size_t i = 1; i < all.size(); ++i) {
        if (all[i].pid == all[kept].pid && all[i].start_ns == all[kept].start_ns)
            all[kept].cpu_ns += all[i].cpu_ns;
        else
            all[++kept] = all[i];
    }
    all.resize(all.empty() ? 0 : kept + 1);
    return all;
}

} // namespace nsscope
