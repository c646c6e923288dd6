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
};

inline constexpr std::array<Feature, 11> features{{
    {"btf", "the kernel's own type information",
     "`events`, `top` and `list --source bpf` do not work; `list` reads /proc"},
    {"ringbuf", "BPF ring buffers", "`events` cannot run"},
    {"raw_tp", "raw tracepoints", "`events` needs tp_btf and task_btf then"},
    {"tp_btf", "BTF-typed tracepoints", "fields are read one by one: every event costs about 1 us more"},
    {"task_btf", "typed pointers to the current task, and its registers",
     "fields are read one by one: every event costs about 1 us more"},
    {"fentry", "entry and return of kernel functions, by trampoline", "`events` uses kprobe or tracepoints"},
    {"kprobe", "entry and return of kernel functions, by probe",
     "without fentry, too: `events` slows every system call, and looks for the deaths of namespaces"},
    {"iter_task", "BPF task iterators",
     "`list` reads /proc; `events` does not know what tasks were in before"},
    {"iter_task_light", "a task iterator that the kernel relocates, with command lines",
     "`list` starts more slowly"},
    {"listns", "the kernel's own list of namespaces",
     "those that no process, file or mount explains are found by BPF alone, and not in /proc"},
    {"iter_map_elem", "BPF map iterators", "where deaths of namespaces are looked for, they are not found"},
}};

/// The features that NSSCOPE_DISABLE says to do without, so that every fallback can be tried. Fails on a name that
/// is no feature's.
[[nodiscard]] Result<std::vector<std::string>> disabled_features();
[[nodiscard]] bool is_disabled(const std::vector<std::string>& disabled, std::string_view feature);

} // namespace nsscope
