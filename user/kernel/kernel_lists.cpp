#include "kernel/kernel_lists.hpp"

#include <algorithm>
#include <bpf/bpf.h>
#include <sys/mman.h>

#include "event.h"

namespace nsscope {

Result<std::size_t> run_kernel_lists(int program, int listed, std::size_t room,
                                     const std::function<void(std::span<const std::byte>)>& sink) {
    bpf_test_run_opts options{};
    options.sz = sizeof options;
    if (bpf_prog_test_run_opts(program, &options) != 0)
        return errno_failure("cannot walk the kernel's lists of namespaces");
    const std::size_t found = options.retval;
    const auto kept = std::min(found, room);
    const auto bytes = kept * sizeof(nsscope_scan_namespace);
    if (bytes == 0) return found - kept;
    void* map = ::mmap(nullptr, bytes, PROT_READ, MAP_SHARED, listed, 0);
    if (map == MAP_FAILED) return errno_failure("cannot map the list of namespaces");
    sink({static_cast<const std::byte*>(map), bytes});
    ::munmap(map, bytes);
    return found - kept;
}

} // namespace nsscope
