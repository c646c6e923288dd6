#include "kernel/bpf_support.hpp"

#include <array>
#include <bpf/bpf.h>
#include <cerrno>
#include <chrono>
#include <cstdarg>
#include <cstdio>
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "base/unique_fd.hpp"

namespace nsscope {
namespace {

std::string last_warning; // NOLINT: libbpf's print callback takes no context

int keep_warning(libbpf_print_level level, const char* format, va_list arguments) {
    if (level != LIBBPF_WARN) return 0;
    std::array<char, 512> line{};
    const int length = std::vsnprintf(line.data(), line.size(), format, arguments);
    // the verifier's log comes as one message of many lines; the lines around it say enough
    const std::string_view text(line.data());
    if (length > 0 && text.find("-- BEGIN PROG LOAD LOG --") == std::string_view::npos) {
        last_warning = text.substr(0, text.find('\n'));
        if (last_warning.starts_with("libbpf: ")) last_warning.erase(0, 8);
    }
    return 0;
}

} // namespace

LibbpfLog::LibbpfLog() {
    last_warning.clear();
    libbpf_set_print(keep_warning);
}

LibbpfLog::~LibbpfLog() { libbpf_set_print(nullptr); }

std::string LibbpfLog::last() const { return last_warning; }

Failure bpf_failure(int error_number, std::string what, const LibbpfLog& log) {
    std::string hint;
    if (error_number == EPERM || error_number == EACCES)
        hint = "run as root, or give the program CAP_BPF and CAP_PERFMON (setcap cap_bpf,cap_perfmon=ep)";
    else if (error_number == ESRCH || ::access("/sys/kernel/btf/vmlinux", R_OK) != 0)
        hint = "this needs a kernel with its own type information (CONFIG_DEBUG_INFO_BTF)";
    if (const auto said = log.last(); !said.empty()) what += " (" + said + ")";
    return errno_failure(error_number, std::move(what), std::move(hint));
}

Result<void> run_iterator(int link, std::size_t buffer_bytes,
                          const std::function<void(std::span<const std::byte>)>& sink) {
    const UniqueFd fd(bpf_iter_create(link));
    if (!fd) return errno_failure("cannot open a BPF iterator");
    std::vector<std::byte> buffer(buffer_bytes);
    for (;;) {
        const ssize_t got = ::read(fd.get(), buffer.data(), buffer.size());
        if (got == 0) return {};
        if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue; // EAGAIN: many tasks, none shown yet
        if (got < 0) return errno_failure("cannot read a BPF iterator");
        sink({buffer.data(), static_cast<std::size_t>(got)});
    }
}

void wait_for_running_programs() {
    if (::syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0) == 0) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(100)); // nohz_full machines refuse it
}

} // namespace nsscope
