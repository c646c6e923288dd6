#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include <libmnl/libmnl.h>

#include "base/result.hpp"

namespace nsscope {

/// A netlink socket, netlink(7), which stays in the network namespace that the thread was in when it was opened.
class Netlink {
  public:
    /// `bus`: NETLINK_ROUTE and so on. Fails with the errno of socket(2) or bind(2).
    [[nodiscard]] static Result<Netlink> open(int bus);

    /// Sends a request for a list (NLM_F_DUMP), which is `header` with what follows it, and hands each message of the
    /// answer to `take`. Where the list changed while the kernel wrote it (NLM_F_DUMP_INTR), `again` is called and all
    /// starts anew, a few times; EINTR when it never came to rest. Fails with the kernel's errno.
    [[nodiscard]] Result<void> dump(nlmsghdr& header, const std::function<void(const nlmsghdr&)>& take,
                                    const std::function<void()>& again);

  private:
    struct Close {
        void operator()(mnl_socket* socket) const { mnl_socket_close(socket); }
    };
    explicit Netlink(mnl_socket* socket) : socket_(socket) {}
    [[nodiscard]] int receive(const std::function<void(const nlmsghdr&)>& take);

    std::unique_ptr<mnl_socket, Close> socket_;
    std::uint32_t sequence_ = 0;
};

} // namespace nsscope
