#include "kernel/trace_object.hpp"

#include <algorithm>
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <linux/bpf.h>
#include <sys/mman.h>
#include <unistd.h>

#include "event.h"
#include "kernel/bpf_support.hpp"
#include "trace.skel.h"
#include "trace_probe.skel.h"

namespace nsscope {
namespace {

/// A number in a file of /proc/sys; `fallback` when there is none.
std::uint32_t sysctl_number(const char* path, std::uint32_t fallback) {
    std::uint32_t number = fallback;
    std::ifstream(path) >> number;
    return number;
}

/// As many threads as the machine can have at once (kernel.threads-max, kernel.pid_max), within reason: the map's
/// entries are allocated when they are used, its buckets before.
std::uint32_t most_threads() {
    const auto most = std::min(sysctl_number("/proc/sys/kernel/threads-max", 32768),
                               sysctl_number("/proc/sys/kernel/pid_max", 32768));
    return std::clamp(most, 1024U, 1U << 20);
}

nsscope_filter filter_of(const TraceOptions& options) {
    nsscope_filter filter{};
    filter.events = options.events;
    filter.types = options.ns_types;
    filter.pid = options.pid;
    filter.family = options.pid != 0 && options.descendants ? 1 : 0;
    filter.has_uid = options.uid ? 1 : 0;
    filter.uid = options.uid.value_or(0);
    filter.has_comm = options.comm.empty() ? 0 : 1;
    filter.ruled_out = options.ruled_out;
    filter.by_cgroup = options.by_cgroup ? 1 : 0;
    filter.no_process = options.no_process ? 1 : 0;
    // where nothing is kept back, nothing need be looked at
    const bool keeps_back = filter.types != 0 || filter.pid != 0 || filter.has_uid != 0 ||
                            filter.has_comm != 0 || filter.ruled_out != 0 || filter.by_cgroup != 0 ||
                            filter.no_process != 0;
    filter.unfiltered = keeps_back ? options.unfiltered : ~0U;
    options.comm.copy(filter.comm, sizeof filter.comm - 1);
    return filter;
}

/// A variable of the programs, shared with them.
template <typename T>
T* map_variable(const bpf_map* map) {
    void* shared = ::mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map), 0);
    return shared == MAP_FAILED ? nullptr : static_cast<T*>(shared);
}

} // namespace

void TraceObject::ObjectDeleter::operator()(bpf_object* object) const { bpf_object__close(object); }

void TraceObject::Unmap::operator()(volatile nsscope_control* control) const {
    ::munmap(const_cast<nsscope_control*>(control), sizeof *control);
}
void TraceObject::Unmap::operator()(volatile nsscope_filter* filter) const {
    ::munmap(const_cast<nsscope_filter*>(filter), sizeof *filter);
}
void TraceObject::Unmap::operator()(volatile nsscope_kept_out* table) const {
    ::munmap(const_cast<nsscope_kept_out*>(table), sizeof *table);
}

Result<TraceObject> TraceObject::open(Flavour flavour, std::shared_ptr<const KernelTypes> kernel,
                                      const std::string& btf_file) {
    const LibbpfLog log;
    TraceObject made;
    std::size_t size = 0;
    const void* bytes =
        flavour == Flavour::typed ? trace_bpf::elf_bytes(&size) : trace_probe_bpf::elf_bytes(&size);
    bpf_object_open_opts options{};
    options.sz = sizeof options;
    options.object_name = "nsscope";
    options.btf_custom_path = btf_file.empty() ? nullptr : btf_file.c_str();
    if (btf_file.empty() && kernel != nullptr && made.types_->path() != nullptr) {
        options.btf_custom_path = made.types_->path();
        made.kernel_ = std::move(kernel);
    }
    made.object_.reset(bpf_object__open_mem(bytes, size, &options));
    if (!made.object_) return bpf_failure(errno, "cannot open the BPF programs", log);
    return made;
}

bpf_program* TraceObject::program(std::string_view name) const {
    return bpf_object__find_program_by_name(object_.get(), std::string(name).c_str());
}

std::string_view TraceObject::target(std::string_view name) const {
    const auto* found = program(name);
    if (found == nullptr) return {};
    const std::string_view section_name = bpf_program__section_name(found);
    return section_name.substr(section_name.find('/') + 1);
}

bpf_program* TraceObject::loaded_program(std::string_view name) const {
    auto* found = program(name);
    return found != nullptr && bpf_program__autoload(found) ? found : nullptr;
}

int TraceObject::map_fd(const char* name) const {
    return bpf_object__find_map_fd_by_name(object_.get(), name);
}

void TraceObject::preallocate_maps() {
    bpf_map* map = nullptr;
    bpf_object__for_each_map(map, object_.get())
        bpf_map__set_map_flags(map, bpf_map__map_flags(map) & ~static_cast<__u32>(BPF_F_NO_PREALLOC));
}

Result<void> TraceObject::join_programs() const {
    constexpr std::string_view prefix = "to_";
    const __u32 zero = 0;
    const bpf_map* map = nullptr;
    bpf_object__for_each_map(map, object_.get()) {
        const std::string_view name = bpf_map__name(map);
        if (bpf_map__type(map) != BPF_MAP_TYPE_PROG_ARRAY || !name.starts_with(prefix)) continue;
        const auto* program = loaded_program(name.substr(prefix.size()));
        const int fd = program == nullptr ? -1 : bpf_program__fd(program);
        if (fd >= 0 && bpf_map_update_elem(bpf_map__fd(map), &zero, &fd, BPF_ANY) != 0)
            return errno_failure("cannot have one BPF program go on in another");
    }
    return {};
}

Result<void> TraceObject::load(const std::set<std::string, std::less<>>& programs,
                               const TraceOptions& options, bool deaths_told) {
    const LibbpfLog log;
    if (kernel_ != nullptr && !types_->fill(kernel_, object_.get()))
        return errno_failure("cannot keep the kernel's types");
    bpf_program* each = nullptr;
    bpf_object__for_each_program(each, object_.get())
        bpf_program__set_autoload(each, programs.contains(bpf_program__name(each)));

    nsscope_config config{};
    const auto filter = filter_of(options);
    if (!options.is_live) config.filter = filter;
    config.is_live = options.is_live ? 1 : 0;
    config.deaths_told = deaths_told ? 1 : 0;
    config.task_type = kernel_ != nullptr ? kernel_->find("task_struct", BTF_KIND_STRUCT) : 0;
    config.cgroup_type = kernel_ != nullptr ? kernel_->find("cgroup", BTF_KIND_STRUCT) : 0;
    config.mount_type = kernel_ != nullptr ? kernel_->find("mount", BTF_KIND_STRUCT) : 0;
    auto* constants = bpf_object__find_map_by_name(object_.get(), ".rodata.config");
    auto* variables = bpf_object__find_map_by_name(object_.get(), ".data.control");
    auto* live_filter = bpf_object__find_map_by_name(object_.get(), ".data.filter");
    auto* kept_out = bpf_object__find_map_by_name(object_.get(), ".data.kept_out");
    if (constants == nullptr || variables == nullptr || live_filter == nullptr || kept_out == nullptr ||
        bpf_map__value_size(kept_out) != sizeof(nsscope_kept_out) ||
        bpf_map__value_size(variables) != sizeof(nsscope_control) ||
        bpf_map__set_initial_value(constants, &config, sizeof config) != 0 ||
        bpf_map__set_initial_value(live_filter, &filter, sizeof filter) != 0)
        return Failure(
            Error{"the BPF programs do not go with this program", "this is a defect in nsscope", 0});
    bpf_map__set_max_entries(bpf_object__find_map_by_name(object_.get(), "ring"), options.ring_bytes);
    bpf_map__set_max_entries(bpf_object__find_map_by_name(object_.get(), "states"), most_threads());
    const auto* unused = deaths_told ? "watch" : "by_inum"; // bpf/lib/watch.bpf.h
    bpf_map__set_max_entries(bpf_object__find_map_by_name(object_.get(), unused), 1);

    if (const int error = bpf_object__load(object_.get()); error != 0)
        return bpf_failure(-error, "cannot load the BPF programs", log);
    types_.reset();
    kernel_.reset();
    if (auto joined = join_programs(); !joined) return joined;
    control_.reset(map_variable<nsscope_control>(variables));
    filter_.reset(map_variable<nsscope_filter>(live_filter));
    table_.reset(map_variable<nsscope_kept_out>(kept_out));
    if (!control_ || !filter_ || !table_) return errno_failure("cannot map the BPF programs' variables");
    kept_out_.emplace(*table_);
    return {};
}

void TraceObject::set_filter(const TraceOptions& options) {
    const auto wanted = filter_of(options);
    auto& filter = *filter_;
    const bool is_same_but_events = // of what user space asks of cgroups nothing is known here
        filter.by_cgroup == 0 && wanted.by_cgroup == 0 && filter.ruled_out == wanted.ruled_out &&
        filter.no_process == wanted.no_process && filter.types == wanted.types && filter.pid == wanted.pid &&
        filter.has_uid == wanted.has_uid && filter.uid == wanted.uid && filter.has_comm == wanted.has_comm &&
        std::equal(std::begin(wanted.comm), std::end(wanted.comm), std::begin(filter.comm));
    if (!is_same_but_events) { // nothing is kept back while it changes
        filter.unfiltered = ~0U;
        filter.events = filter.events | wanted.events;
        wait_for_running_programs();
        kept_out_->let_all_in();
        filter.by_cgroup = wanted.by_cgroup;
        filter.ruled_out = wanted.ruled_out;
        filter.no_process = wanted.no_process;
        filter.types = wanted.types;
        filter.pid = wanted.pid;
        filter.has_uid = wanted.has_uid;
        filter.uid = wanted.uid;
        filter.has_comm = wanted.has_comm;
        std::copy(std::begin(wanted.comm), std::end(wanted.comm), std::begin(filter.comm));
        wait_for_running_programs();
    }
    filter.unfiltered = wanted.unfiltered;
    filter.events = wanted.events;
}

} // namespace nsscope
