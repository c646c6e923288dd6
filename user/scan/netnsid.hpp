#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <sys/types.h>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace nsscope {

/// The number among the attributes of an answer to RTM_GETNSID (rtnetlink(7), NETNSA_NSID); nullopt: there is none, or they
/// make no sense.
[[nodiscard]] std::optional<std::int32_t> find_nsid(std::string_view attributes);

/// Asks for the number (nsid) by which the caller's network namespace knows another one: rtnetlink(7),
/// RTM_GETNSID, include/uapi/linux/net_namespace.h. nullopt: it has given it none. Needs no privilege.
class NetnsidReader {
  public:
    /// Fails where no netlink socket is to be had.
    [[nodiscard]] static Result<NetnsidReader> open();

    /// Of the network namespace that a process is in; fails if there is no such process.
    [[nodiscard]] Result<std::optional<int>> of_pid(pid_t pid);
    /// Of an open network namespace file; fails for any other file.
    [[nodiscard]] Result<std::optional<int>> of_fd(int ns_fd);

  private:
    explicit NetnsidReader(UniqueFd socket) : socket_(std::move(socket)) {}
    Result<std::optional<int>> ask(std::uint16_t attribute, std::uint32_t value);

    UniqueFd socket_;
    std::uint32_t sequence_ = 0;
};

} // namespace nsscope
