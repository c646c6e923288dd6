#pragma once

#include <array>
#include <linux/bpf.h>

/// Single instructions of BPF programs that are too small for a compiler (Documentation/bpf/standardization/
/// instruction-set.rst): trials of what the kernel allows, and programs of tests.
namespace nsscope::bpf {

[[nodiscard]] inline bpf_insn instruction(unsigned code, unsigned to, unsigned from, int offset, int value) {
    bpf_insn made{};
    made.code = static_cast<__u8>(code);
    made.dst_reg = to & 0xf;
    made.src_reg = from & 0xf;
    made.off = static_cast<__s16>(offset);
    made.imm = value;
    return made;
}
[[nodiscard]] inline bpf_insn set(unsigned to, int value) {
    return instruction(BPF_ALU64 | BPF_MOV, to, 0, 0, value);
}
[[nodiscard]] inline bpf_insn move(unsigned to, unsigned from) {
    return instruction(BPF_ALU64 | BPF_MOV | BPF_X, to, from, 0, 0);
}
[[nodiscard]] inline bpf_insn add(unsigned to, int value) {
    return instruction(BPF_ALU64 | BPF_ADD, to, 0, 0, value);
}
/// Four bytes of memory, at `to` + `offset`.
[[nodiscard]] inline bpf_insn store(unsigned to, int offset, int value) {
    return instruction(BPF_ST | BPF_MEM | BPF_W, to, 0, offset, value);
}
[[nodiscard]] inline bpf_insn call(int helper) { return instruction(BPF_JMP | BPF_CALL, 0, 0, 0, helper); }
[[nodiscard]] inline bpf_insn leave() { return instruction(BPF_JMP | BPF_EXIT, 0, 0, 0, 0); }
/// A map (BPF_PSEUDO_MAP_FD), or the first value of an array (BPF_PSEUDO_MAP_VALUE).
[[nodiscard]] inline std::array<bpf_insn, 2> load(unsigned to, unsigned what, int map) {
    return {instruction(BPF_LD | BPF_DW, to, what, 0, map), instruction(0, 0, 0, 0, 0)};
}

} // namespace nsscope::bpf
