#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <sys/types.h>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "model/ns_type.hpp"

namespace nsscope {

/// One /proc/PID, held open: once the process is gone the kernel answers ESRCH or ENOENT, even if its pid is in use
/// again. Errors are errno values.
class ProcDir {
  public:
    [[nodiscard]] static tl::expected<ProcDir, int> open(const std::string& proc_root, pid_t pid);

    [[nodiscard]] pid_t pid() const { return pid_; }
    /// The directory as a path descriptor, still owned by this object.
    [[nodiscard]] int fd() const { return directory_.get(); }

    /// The whole of a file below it, at most 64 MiB (EFBIG).
    [[nodiscard]] tl::expected<std::string, int> read(const char* file) const;
    /// The name of the process without its newline; empty when it is gone.
    [[nodiscard]] std::string comm() const;

    /// Which namespace its main thread refers to, from the link under ns/; nullopt: none, gone, or not permitted
    /// (ptrace(2), PTRACE_MODE_READ_FSCREDS), as errno says.
    [[nodiscard]] std::optional<std::uint32_t> namespace_inum(NsSlot slot) const;

  private:
    ProcDir(pid_t pid, UniqueFd directory) : pid_(pid), directory_(std::move(directory)) {}

    pid_t pid_;
    UniqueFd directory_;
};

} // namespace nsscope
