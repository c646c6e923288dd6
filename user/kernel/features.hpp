#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace nsscope {

/// What the kernel offers and nsscope uses, each by the name that NSSCOPE_DISABLE knows it by.
struct Feature {
    std::string_view name;
    std::string_view help;
    std::string_view without; ///< what it means to do without
    std::string_view remedy;  ///< how to get it
};

inline constexpr std::array<Feature, 14> features{{
    {"btf", "the kernel's own type information",
     "`events`, `top` and `list --source bpf` do not work; `list` reads /proc",
     "a kernel with CONFIG_DEBUG_INFO_BTF, or `events --btf FILE`"},
    {"ringbuf", "BPF ring buffers", "`events` cannot run", "a kernel of 5.8 or later, and CAP_BPF"},
    {"raw_tp", "raw tracepoints", "`events` needs tp_btf and task_btf then",
     "CAP_BPF and CAP_PERFMON, and no lockdown of confidentiality"},
    {"tp_btf", "BTF-typed tracepoints", "fields are read one by one: every event costs about 1 us more",
     "a kernel of 5.5 or later with CONFIG_DEBUG_INFO_BTF"},
    {"task_btf", "typed pointers to the current task, and its registers",
     "fields are read one by one: every event costs about 1 us more", "a kernel of 5.15 or later"},
    {"fentry", "entry and return of kernel functions, by trampoline", "`events` uses kprobe or tracepoints",
     "a kernel of 5.5 or later with CONFIG_DEBUG_INFO_BTF and CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS"},
    {"kprobe", "entry and return of kernel functions, by probe",
     "without fentry, too: `events` slows every system call, and looks for the deaths of namespaces",
     "a kernel with CONFIG_KPROBES and CONFIG_BPF_EVENTS"},
    {"iter_task", "BPF task iterators",
     "`list` reads /proc; `events` does not know what tasks were in before",
     "a kernel of 5.8 or later with CONFIG_DEBUG_INFO_BTF"},
    {"iter_task_light", "a task iterator that the kernel relocates, with command lines",
     "`list` starts more slowly", "a kernel of 6.2 or later"},
    {"iter_ns_id", "64-bit ids of namespaces, read by a task iterator",
     "`id` is null; `list` holds open what it met more than once, and looks again",
     "a kernel of 6.18 or later"},
    {"listns", "the kernel's own list of namespaces",
     "those that no process, file or mount explains are found by BPF alone, and not in /proc",
     "a kernel of 6.19 or later"},
    {"iter_map_elem", "BPF map iterators", "where deaths of namespaces are looked for, they are not found",
     "a kernel of 5.8 or later with CONFIG_DEBUG_INFO_BTF"},
    {"cgroup_sysctl", "BPF programs that judge the reading and writing of sysctls", "`guard` cannot run",
     "a kernel with CONFIG_CGROUP_BPF, CAP_BPF and CAP_NET_ADMIN; and no program at the root cgroup that "
     "allows "
     "none beside it (bpftool cgroup tree)"},
    {"lsm", "BPF programs that the kernel asks when files are opened and written to",
     "`guard` does not see who opened a file of /proc/sys, and another program can undo its denials",
     "a kernel with CONFIG_BPF_LSM, and bpf in the list of security modules (lsm= on its command line; see "
     "/sys/kernel/security/lsm)"},
}};

/// The features that NSSCOPE_DISABLE says to do without, so that every fallback can be tried. Fails on a name that
/// is no feature's.
[[nodiscard]] Result<std::vector<std::string>> disabled_features();
[[nodiscard]] bool is_disabled(const std::vector<std::string>& disabled, std::string_view feature);

} // namespace nsscope
