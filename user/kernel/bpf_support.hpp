#pragma once

#include <bpf/libbpf.h>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "base/result.hpp"

namespace nsscope {

/// Keeps libbpf's own messages for the Error of a failed call instead of printing them: collects what it says, from
/// here to the end of the scope, on this thread's watch (libbpf_set_print is global: one at a time).
class LibbpfLog {
  public:
    LibbpfLog();
    ~LibbpfLog();
    LibbpfLog(const LibbpfLog&) = delete;
    LibbpfLog& operator=(const LibbpfLog&) = delete;

    /// The last warning, which names the program and the reason; empty when there was none.
    [[nodiscard]] std::string last() const;
};

/// An Error for a libbpf call that failed with -`error_number`: what was tried, what libbpf said, and what to do about
/// the usual causes (no privilege, no BTF).
[[nodiscard]] Failure bpf_failure(int error_number, std::string what, const LibbpfLog& log);

struct BpfLinkDeleter {
    void operator()(bpf_link* link) const { bpf_link__destroy(link); }
};
using BpfLink = std::unique_ptr<bpf_link, BpfLinkDeleter>;

/// Runs the BPF iterator with this link once, to its end, handing what it prints to `sink` piece by piece as read(2) gives it: an
/// element that the program writes in one bpf_seq_write() lies in one piece (kernel/bpf/bpf_iter.c, bpf_seq_read).
[[nodiscard]] Result<void> run_iterator(int link, std::size_t buffer_bytes,
                                        const std::function<void(std::span<const std::byte>)>& sink);

/// Waits until every BPF program that runs now has ended: they run in RCU read-side critical sections, and this
/// system call waits for a grace period (membarrier(2), MEMBARRIER_CMD_GLOBAL).
void wait_for_running_programs();

} // namespace nsscope
