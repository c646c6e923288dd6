#pragma once

#include <cstddef>
#include <functional>
#include <span>

#include "base/result.hpp"

namespace nsscope {

/// Runs the program that walks the kernel's own lists of namespaces (bpf/lib/kernel_list.bpf.h) once, and hands what it
/// wrote into the map `listed`, entries of bpf/event.h, to `sink`. Both descriptors are the caller's. `room`: how many entries
/// the map has. Returns how many more there are.
[[nodiscard]] Result<std::size_t>
run_kernel_lists(int program, int listed, std::size_t room,
                 const std::function<void(std::span<const std::byte>)>& sink);

} // namespace nsscope
