#include "scan/netnsid.hpp"

#include <linux/net_namespace.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

namespace nsscope {

namespace {

struct Request {
    nlmsghdr header;
    rtgenmsg message;
    std::array<std::uint8_t, NLMSG_ALIGN(sizeof(rtgenmsg)) - sizeof(rtgenmsg)> padding;
    nlattr attribute;
    std::uint32_t value;
};
static_assert(offsetof(Request, attribute) == NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(rtgenmsg)));

/// Copies a T from the front of `bytes` and cuts off `step` bytes (or all that is left).
template <typename T>
std::optional<T> take(std::string_view& bytes, std::size_t step) {
    if (bytes.size() < sizeof(T)) return std::nullopt;
    T value;
    std::memcpy(&value, bytes.data(), sizeof value);
    bytes.remove_prefix(std::min(step, bytes.size()));
    return value;
}

/// NLA_HDRLEN, and what attributes are aligned to, as a size.
constexpr std::size_t attribute_header = sizeof(nlattr);
static_assert(attribute_header == NLA_ALIGNTO);

constexpr const char* failed = "cannot ask for the number of a network namespace";

} // namespace

std::optional<std::int32_t> find_nsid(std::string_view attributes) {
    while (attributes.size() >= attribute_header) {
        auto rest = attributes;
        const auto head = take<nlattr>(rest, attribute_header);
        if (head->nla_len < attribute_header || head->nla_len > attributes.size()) return std::nullopt;
        if (head->nla_type == NETNSA_NSID && head->nla_len >= attribute_header + sizeof(std::int32_t))
            return take<std::int32_t>(rest, 0);
        const std::size_t step = (head->nla_len + attribute_header - 1) / attribute_header * attribute_header;
        attributes.remove_prefix(std::min(step, attributes.size()));
    }
    return std::nullopt;
}

Result<NetnsidReader> NetnsidReader::open() {
    UniqueFd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
    if (!socket) return errno_failure("cannot open a netlink socket");
    return NetnsidReader(std::move(socket));
}

Result<std::optional<int>> NetnsidReader::of_pid(pid_t pid) {
    return ask(NETNSA_PID, static_cast<std::uint32_t>(pid));
}

Result<std::optional<int>> NetnsidReader::of_fd(int ns_fd) {
    return ask(NETNSA_FD, static_cast<std::uint32_t>(ns_fd));
}

Result<std::optional<int>> NetnsidReader::ask(std::uint16_t attribute, std::uint32_t value) {
    Request request{};
    request.header.nlmsg_len = sizeof request;
    request.header.nlmsg_type = RTM_GETNSID;
    request.header.nlmsg_flags = NLM_F_REQUEST;
    request.header.nlmsg_seq = ++sequence_;
    request.message.rtgen_family = AF_UNSPEC;
    request.attribute.nla_len = attribute_header + sizeof request.value;
    request.attribute.nla_type = attribute;
    request.value = value;
    sockaddr_nl kernel{};
    kernel.nl_family = AF_NETLINK;
    if (::sendto(socket_.get(), &request, sizeof request, 0, reinterpret_cast<const sockaddr*>(&kernel),
                 sizeof kernel) < 0)
        return errno_failure(failed);

    // The kernel has answered before sendto() returns, with one message in one datagram.
    while (true) {
        std::array<char, 1024> buffer;
        const auto got = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return errno_failure(failed);
        std::string_view bytes(buffer.data(), static_cast<std::size_t>(got));
        const auto header = take<nlmsghdr>(bytes, NLMSG_HDRLEN);
        if (!header || header->nlmsg_len < NLMSG_HDRLEN || header->nlmsg_len > static_cast<std::size_t>(got))
            return errno_failure(EBADMSG, failed);
        if (header->nlmsg_seq != sequence_) continue;
        bytes = bytes.substr(0, header->nlmsg_len - NLMSG_HDRLEN);
        if (header->nlmsg_type == NLMSG_ERROR) {
            const auto error = take<nlmsgerr>(bytes, 0);
            return errno_failure(error && error->error < 0 ? -error->error : EBADMSG, failed);
        }
        bytes.remove_prefix(std::min<std::size_t>(NLMSG_ALIGN(sizeof(rtgenmsg)), bytes.size()));
        const auto nsid = find_nsid(bytes);
        if (header->nlmsg_type != RTM_NEWNSID || !nsid) return errno_failure(EBADMSG, failed);
        if (*nsid == NETNSA_NSID_NOT_ASSIGNED) return std::optional<int>();
        return std::optional<int>(*nsid);
    }
}

} // namespace nsscope
