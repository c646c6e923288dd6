#include "sysctl_program.hpp"

#include <cstdint>
#include <vector>

#include <bpf/bpf.h>
#include <fcntl.h>
#include <linux/bpf.h>

#include "kernel/instructions.hpp"
#include "live.hpp"

namespace live {
namespace {

using namespace nsscope::bpf; // NOLINT: a program reads like one

/// Returns the one element of the map.
std::vector<bpf_insn> obeying(int map) {
    const auto loaded = load(BPF_REG_1, BPF_PSEUDO_MAP_FD, map);
    return {store(BPF_REG_10, -4, 0),
            move(BPF_REG_2, BPF_REG_10),
            add(BPF_REG_2, -4),
            loaded[0],
            loaded[1],
            call(BPF_FUNC_map_lookup_elem),
            instruction(BPF_JMP | BPF_JNE | BPF_K, BPF_REG_0, 0, 2, 0),
            set(BPF_REG_0, 1),
            leave(),
            instruction(BPF_LDX | BPF_MEM | BPF_W, BPF_REG_1, BPF_REG_0, 0, 0),
            set(BPF_REG_0, 1),
            instruction(BPF_JMP | BPF_JNE | BPF_K, BPF_REG_1, 0, 1, 0),
            set(BPF_REG_0, 0),
            leave()};
}

} // namespace

SysctlProgram::SysctlProgram(const std::string& cgroup_directory, Does does) {
    map_ = nsscope::UniqueFd(
        ::bpf_map_create(BPF_MAP_TYPE_ARRAY, "obey", sizeof(__u32), sizeof(__u32), 1, nullptr));
    std::vector<bpf_insn> code{set(BPF_REG_0, does == Does::deny ? 0 : 1), leave()};
    if (does == Does::obey) code = obeying(map_.get());
    if (does == Does::undo) code = {set(BPF_REG_1, 0), call(BPF_FUNC_set_retval), set(BPF_REG_0, 1), leave()};
    program_ = nsscope::UniqueFd(
        ::bpf_prog_load(BPF_PROG_TYPE_CGROUP_SYSCTL, "somebody", "GPL", code.data(), code.size(), nullptr));
    if (!program_) {
        problem_ = "cannot load another program: " + errno_text();
        return;
    }
    const nsscope::UniqueFd cgroup(::open(cgroup_directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    link_ = nsscope::UniqueFd(::bpf_link_create(program_.get(), cgroup.get(), BPF_CGROUP_SYSCTL, nullptr));
    if (!link_) problem_ = "cannot attach another program: " + errno_text();
    if (does == Does::obey) pass(true);
}

void SysctlProgram::pass(bool yes) const {
    const __u32 zero = 0, value = yes ? 1 : 0;
    static_cast<void>(::bpf_map_update_elem(map_.get(), &zero, &value, BPF_ANY));
}

} // namespace live
