#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace nsscope {

/// The whole of a file, which may have no size of its own, as those of procfs. The error is an errno value.
[[nodiscard]] tl::expected<std::string, int> read_file(const std::string& path);

/// The same of an open file, from where it stands.
[[nodiscard]] tl::expected<std::string, int> read_all(int fd);

/// How many threads there are in the system, those of the kernel included (PROC_ROOT/loadavg, proc(5)); SIZE_MAX where it does
/// not say.
[[nodiscard]] std::size_t count_threads(const std::string& proc_root);

/// How many more descriptors this process may use up, a few left for others. Raises the limit to the highest that is allowed
/// (RLIMIT_NOFILE, getrlimit(2)), up to a million.
[[nodiscard]] std::size_t spare_descriptors();

/// The name in the entry that begins at `at`, of those that getdents64(2) wrote; `at` becomes the begin of the next.
[[nodiscard]] const char* take_name(const std::vector<char>& entries, std::size_t& at);

/// The names in a directory, one at a time; "." and ".." are among them.
class Listing {
  public:
    /// The error is an errno value. It asks the kernel for as many names as fit into `room` bytes (24 for a pid) at a time.
    [[nodiscard]] static tl::expected<Listing, int> open(int parent, const char* name,
                                                         std::size_t room = std::size_t{32} << 10);

    /// The next name, valid until the next call; nullptr at the end, and on an error, which error() tells.
    [[nodiscard]] const char* next();
    [[nodiscard]] int error() const { return error_; }

  private:
    Listing(UniqueFd directory, std::size_t room) : directory_(std::move(directory)), entries_(room) {}

    UniqueFd directory_;
    std::vector<char> entries_;         ///< as getdents64(2) writes them
    std::size_t next_ = 0, filled_ = 0; ///< of entries_
    int error_ = 0;
};

} // namespace nsscope
