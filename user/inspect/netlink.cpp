#include "inspect/netlink.hpp"

#include <array>
#include <cerrno>

#include <sys/socket.h>

namespace nsscope {

namespace {

constexpr const char* failed = "cannot ask by netlink";

/// A dump that failed midway says so in its last message (netlink_dump_done, net/netlink/af_netlink.c).
int done_error(const nlmsghdr& header) {
    if (mnl_nlmsg_get_payload_len(&header) < sizeof(int)) return 0;
    return -*static_cast<const int*>(mnl_nlmsg_get_payload(&header));
}

int error_of(const nlmsghdr& header) {
    if (mnl_nlmsg_get_payload_len(&header) < sizeof(nlmsgerr)) return EBADMSG;
    return -static_cast<const nlmsgerr*>(mnl_nlmsg_get_payload(&header))->error;
}

} // namespace

Result<Netlink> Netlink::open(int bus) {
    Netlink netlink(mnl_socket_open2(bus, SOCK_CLOEXEC));
    if (!netlink.socket_) return errno_failure("cannot open a netlink socket");
    if (mnl_socket_bind(netlink.socket_.get(), 0, MNL_SOCKET_AUTOPID) != 0)
        return errno_failure("cannot bind a netlink socket");
    return netlink;
}

Result<void> Netlink::dump(nlmsghdr& header, const std::function<void(const nlmsghdr&)>& take,
                           const std::function<void()>& again) {
    constexpr int most_tries = 10;
    for (int attempt = 1;; ++attempt) {
        header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
        header.nlmsg_seq = ++sequence_;
        if (mnl_socket_sendto(socket_.get(), &header, header.nlmsg_len) < 0) return errno_failure(failed);
        const int error = receive(take);
        if (error == 0) return {};
        if (error != EINTR || attempt == most_tries) return errno_failure(error, failed);
        again();
    }
}

/// To the end of the answer, also where it is known to be of no use: what is left of it would be in the way of the next
/// one. 0 or an errno. (libmnl's own loop, mnl_cb_run(), would stop in the middle.)
int Netlink::receive(const std::function<void(const nlmsghdr&)>& take) {
    alignas(nlmsghdr) std::array<char, 64U << 10>
        buffer; // the kernel puts 32 KiB in one piece (netlink_dump)
    bool interrupted = false;
    while (true) {
        const auto got = mnl_socket_recvfrom(socket_.get(), buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return errno;
        int left = static_cast<int>(got);
        const auto* header = reinterpret_cast<const nlmsghdr*>(buffer.data()); // NOLINT: how netlink is read
        for (; mnl_nlmsg_ok(header, left); header = mnl_nlmsg_next(header, &left)) {
            if (header->nlmsg_seq != sequence_) continue;
            interrupted = interrupted || (header->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
            if (header->nlmsg_type == NLMSG_DONE) return interrupted ? EINTR : done_error(*header);
            if (header->nlmsg_type == NLMSG_ERROR) return error_of(*header);
            if (header->nlmsg_type >= NLMSG_MIN_TYPE) take(*header);
        }
    }
}

} // namespace nsscope
