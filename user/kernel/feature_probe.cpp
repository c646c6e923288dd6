#include "kernel/feature_probe.hpp"

#include <algorithm>
#include <array>
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <linux/nsfs.h>
#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/listns.hpp"
#include "base/unique_fd.hpp"
#include "kernel/guard_place.hpp"
#include "kernel/instructions.hpp"
#include "kernel/tasks_light.h"

// Headers older than 6.18 do not have it.
#ifndef NS_GET_ID
#define NS_GET_ID _IOR(NSIO, 13, __u64)
#endif

namespace nsscope {
namespace {

/// A function that nsscope hooks and that is not called often, to hook for a moment.
#if defined(__x86_64__)
constexpr const char* some_function = "__x64_sys_unshare";
#else
constexpr const char* some_function = "__arm64_sys_unshare";
#endif

bpf_insn set_zero() { return bpf::set(BPF_REG_0, 0); }

Finding failed(std::string what) {
    const int error = errno;
    return {.works = false, .error_number = error, .why = fmt::format("{}: {}", what, std::strerror(error))};
}
Finding works() { return {.works = true, .error_number = 0, .why = {}}; }

/// Loads a program; -1 and errno when the kernel refuses.
UniqueFd load(bpf_prog_type type, bpf_attach_type attach, __u32 btf_id,
              const std::vector<bpf_insn>& program) {
    bpf_prog_load_opts options{};
    options.sz = sizeof options;
    options.expected_attach_type = attach;
    options.attach_btf_id = btf_id;
    return UniqueFd(
        bpf_prog_load(type, "nsscope_probe", "Dual BSD/GPL", program.data(), program.size(), &options));
}
UniqueFd load(bpf_prog_type type, bpf_attach_type attach, __u32 btf_id) {
    return load(type, attach, btf_id, {set_zero(), bpf::leave()});
}

Finding probe_ringbuf(FeatureProbe&) {
    const UniqueFd map(bpf_map_create(BPF_MAP_TYPE_RINGBUF, "nsscope_probe", 0, 0,
                                      static_cast<__u32>(::sysconf(_SC_PAGESIZE)), nullptr));
    return map ? works() : failed("cannot create a ring buffer");
}

Finding probe_raw_tp(FeatureProbe&) {
    const auto program = load(BPF_PROG_TYPE_RAW_TRACEPOINT, BPF_CGROUP_INET_INGRESS, 0);
    if (!program) return failed("cannot load a program");
    const UniqueFd link(bpf_raw_tracepoint_open("task_newtask", program.get()));
    return link ? works() : failed("cannot attach a program");
}

/// A program of type "tracing" at something in the kernel's BTF.
Finding probe_tracing(FeatureProbe& probe, bpf_attach_type attach, const char* target, unsigned kind,
                      const std::vector<bpf_insn>& program) {
    const auto& types = probe.kernel_types();
    if (types == nullptr) return {.works = false, .error_number = 0, .why = "the kernel has no BTF"};
    const auto id = types->find(target, kind);
    if (id == 0)
        return {.works = false, .error_number = 0, .why = fmt::format("the kernel's BTF lacks {}", target)};
    const auto loaded = load(BPF_PROG_TYPE_TRACING, attach, id, program);
    if (!loaded) return failed("cannot load a program");
    const UniqueFd link(attach == BPF_TRACE_ITER ? bpf_link_create(loaded.get(), 0, attach, nullptr)
                                                 : bpf_raw_tracepoint_open(nullptr, loaded.get()));
    if (!link && attach == BPF_TRACE_ITER && errno == EBADF)
        return works(); // wants a map, which there is none of here
    return link ? works() : failed("cannot attach a program");
}

Finding probe_tp_btf(FeatureProbe& probe) {
    return probe_tracing(probe, BPF_TRACE_RAW_TP, "btf_trace_task_newtask", BTF_KIND_TYPEDEF,
                         {set_zero(), bpf::leave()});
}
Finding probe_task_btf(FeatureProbe& probe) {
    return probe_tracing(probe, BPF_TRACE_RAW_TP, "btf_trace_task_newtask", BTF_KIND_TYPEDEF,
                         {bpf::call(BPF_FUNC_get_current_task_btf), bpf::move(BPF_REG_1, BPF_REG_0),
                          bpf::call(BPF_FUNC_task_pt_regs), set_zero(), bpf::leave()});
}
Finding probe_fentry(FeatureProbe& probe) {
    return probe_tracing(probe, BPF_TRACE_FEXIT, some_function, BTF_KIND_FUNC, {set_zero(), bpf::leave()});
}
Finding probe_iter_task(FeatureProbe& probe) {
    return probe_tracing(probe, BPF_TRACE_ITER, "bpf_iter_task", BTF_KIND_FUNC, {set_zero(), bpf::leave()});
}
Finding probe_iter_map_elem(FeatureProbe& probe) {
    return probe_tracing(probe, BPF_TRACE_ITER, "bpf_iter_bpf_map_elem", BTF_KIND_FUNC,
                         {set_zero(), bpf::leave()});
}

Finding probe_iter_task_light(FeatureProbe&) {
    errno = 0;
    nsscope_tasks_light light{};
    const bool attached = nsscope_attach_tasks_light(&light, 1) == 0;
    const UniqueFd tasks(light.tasks), kernel_lists(light.kernel_lists), listed(light.listed);
    return attached ? works() : failed("cannot load or attach it");
}

/// As libbpf does it: a perf event of the kprobe unit (5.4 and earlier have it), with the program on it.
Finding probe_kprobe(FeatureProbe&) {
    unsigned type = 0;
    if (!(std::ifstream("/sys/bus/event_source/devices/kprobe/type") >> type))
        return {.works = false, .error_number = ENOENT, .why = "the kernel is built without kprobes"};
    const auto program = load(BPF_PROG_TYPE_KPROBE, BPF_CGROUP_INET_INGRESS, 0);
    if (!program) return failed("cannot load a program");
    perf_event_attr attributes{};
    attributes.size = sizeof attributes;
    attributes.type = type;
    attributes.config1 = reinterpret_cast<std::uintptr_t>(some_function);
    const UniqueFd event(
        static_cast<int>(::syscall(SYS_perf_event_open, &attributes, -1, 0, -1, PERF_FLAG_FD_CLOEXEC)));
    if (!event) return failed("cannot open a probe");
    if (::ioctl(event.get(), PERF_EVENT_IOC_SET_BPF, program.get()) != 0)
        return failed("cannot attach a program");
    return works();
}

/// The ids, struct ns_common, ns_id, came with the ioctl that tells them (include/uapi/linux/nsfs.h of 6.18).
Finding probe_iter_ns_id(FeatureProbe&) {
    const UniqueFd own(::open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC));
    std::uint64_t id = 0;
    if (!own || ::ioctl(own.get(), NS_GET_ID, &id) != 0)
        return failed("cannot ask for the id of a namespace");
    return works();
}

Finding probe_listns(FeatureProbe&) {
    std::uint64_t id = 0;
    return listns({}, &id, 1) >= 0 ? works() : failed("cannot call listns(2)");
}

/// A program that allows everything, for a moment.
Finding probe_cgroup_sysctl(FeatureProbe&) {
    const auto root = open_cgroup_root();
    if (!root) return {.works = false, .error_number = root.error().error_number, .why = root.error().what};
    const auto program =
        load(BPF_PROG_TYPE_CGROUP_SYSCTL, BPF_CGROUP_SYSCTL, 0, {bpf::set(BPF_REG_0, 1), bpf::leave()});
    if (!program) return failed("cannot load a program");
    const UniqueFd link(bpf_link_create(program.get(), root->get(), BPF_CGROUP_SYSCTL, nullptr));
    return link ? works() : failed("cannot attach a program");
}

/// A program that allows every file to be opened and says that it was asked. Where "bpf" is not among the security
/// modules it attaches all the same, and is never run.
Finding probe_lsm(FeatureProbe& probe) {
    const auto& types = probe.kernel_types();
    if (types == nullptr) return {.works = false, .error_number = 0, .why = "the kernel has no BTF"};
    const auto hook = types->find("bpf_lsm_file_open", BTF_KIND_FUNC);
    if (hook == 0) return {.works = false, .error_number = 0, .why = "the kernel is built without them"};
    const __u32 zero = 0;
    __u32 was_run = 0;
    const UniqueFd map(
        bpf_map_create(BPF_MAP_TYPE_ARRAY, "nsscope_probe", sizeof zero, sizeof was_run, 1, nullptr));
    if (!map) return failed("cannot create a map");
    const auto value = bpf::load(BPF_REG_1, BPF_PSEUDO_MAP_VALUE, map.get());
    const auto program = load(BPF_PROG_TYPE_LSM, BPF_LSM_MAC, hook,
                              {value[0], value[1], bpf::store(BPF_REG_1, 0, 1), set_zero(), bpf::leave()});
    if (!program) return failed("cannot load a program");
    const UniqueFd link(bpf_raw_tracepoint_open(nullptr, program.get()));
    if (!link) return failed("cannot attach a program");
    const UniqueFd file(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (!file || bpf_map_lookup_elem(map.get(), &zero, &was_run) != 0) return failed("cannot try it");
    if (was_run != 0) return works();
    return {.works = false,
            .error_number = 0,
            .why = "a program attaches and is never run: bpf is not among the security modules"};
}

Finding probe_btf(FeatureProbe& probe) {
    if (probe.kernel_types() != nullptr) return works();
    const int error = probe.types_error();
    return {.works = false,
            .error_number = error,
            .why = error == EOPNOTSUPP
                       ? "/sys/kernel/btf/vmlinux has kinds of types that are newer than nsscope"
                       : "/sys/kernel/btf/vmlinux cannot be read"};
}

using Probe = Finding (*)(FeatureProbe&);
constexpr std::array<std::pair<std::string_view, Probe>, features.size()> probes{{
    {"btf", probe_btf},
    {"ringbuf", probe_ringbuf},
    {"raw_tp", probe_raw_tp},
    {"tp_btf", probe_tp_btf},
    {"task_btf", probe_task_btf},
    {"fentry", probe_fentry},
    {"kprobe", probe_kprobe},
    {"iter_task", probe_iter_task},
    {"iter_task_light", probe_iter_task_light},
    {"iter_ns_id", probe_iter_ns_id},
    {"listns", probe_listns},
    {"iter_map_elem", probe_iter_map_elem},
    {"cgroup_sysctl", probe_cgroup_sysctl},
    {"lsm", probe_lsm},
}};
static_assert(std::ranges::equal(features, probes, {}, &Feature::name,
                                 &std::pair<std::string_view, Probe>::first));

} // namespace

FeatureProbe::FeatureProbe(std::vector<std::string> disabled) : disabled_(std::move(disabled)) {}
FeatureProbe::~FeatureProbe() = default;

const Finding& FeatureProbe::look(std::string_view feature) {
    const auto known = found_.find(feature);
    if (known != found_.end()) return known->second;
    Finding finding;
    if (is_disabled(disabled_, feature)) {
        finding.why = "switched off by NSSCOPE_DISABLE";
    } else {
        const auto* const probe =
            std::ranges::find(probes, feature, &std::pair<std::string_view, Probe>::first);
        if (probe != probes.end()) finding = probe->second(*this);
    }
    return found_.emplace(feature, std::move(finding)).first->second;
}

const std::shared_ptr<const KernelTypes>& FeatureProbe::kernel_types() {
    if (!types_read_) {
        types_read_ = true;
        if (!is_disabled(disabled_, "btf") && ::access("/sys/kernel/btf/vmlinux", R_OK) == 0) {
            types_ = KernelTypes::read();
            if (!types_) types_error_ = errno;
        }
    }
    return types_;
}

std::set<std::string, std::less<>>
FeatureProbe::existing_functions(const std::set<std::string, std::less<>>& wanted) {
    std::set<std::string, std::less<>> existing;
    const auto note = [&](std::string_view name) {
        if (wanted.contains(name)) existing.emplace(name);
    };
    if (const auto& types = kernel_types()) {
        std::ranges::copy_if(wanted, std::inserter(existing, existing.end()),
                             [&](const auto& name) { return types->find(name, BTF_KIND_FUNC) != 0; });
        return existing;
    }
    std::ifstream symbols("/proc/kallsyms"); // "0000000000000000 T name [module]"
    for (std::string line; std::getline(symbols, line);) {
        const auto kind = line.find(' ');
        if (kind == std::string::npos || kind + 3 > line.size()) continue;
        if (line[kind + 1] != 't' && line[kind + 1] != 'T') continue;
        const auto name = std::string_view(line).substr(kind + 3);
        note(name.substr(0, name.find('\t')));
    }
    return existing;
}

} // namespace nsscope
