#include "scan/netnsid.hpp"

#include <fcntl.h>

#include <cstring>

#include <gtest/gtest.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <sys/socket.h>

#include "child.hpp"

using namespace nsscope;

namespace {

constexpr int wrong = 1000;

/// Has the caller's network namespace call another one `nsid`; 0 or errno.
int assign(int ns_fd, std::int32_t nsid) {
    struct {
        nlmsghdr header;
        rtgenmsg message;
        char padding[3];
        nlattr fd_head;
        std::int32_t fd;
        nlattr nsid_head;
        std::int32_t nsid;
    } request{};
    request.header = {sizeof request, RTM_NEWNSID, NLM_F_REQUEST | NLM_F_ACK, 1, 0};
    request.fd_head = {8, NETNSA_FD};
    request.fd = ns_fd;
    request.nsid_head = {8, NETNSA_NSID};
    request.nsid = nsid;
    const UniqueFd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
    if (!socket || ::send(socket.get(), &request, sizeof request, 0) < 0) return errno;
    struct {
        nlmsghdr header;
        nlmsgerr error;
        char rest[256];
    } answer{};
    if (::recv(socket.get(), &answer, sizeof answer, 0) < 0) return errno;
    return -answer.error.error;
}

} // namespace

TEST(Netnsid, OfNoProcessAndNoNamespace) {
    auto reader = NetnsidReader::open();
    ASSERT_TRUE(reader) << reader.error().what;
    const auto nobody = reader->of_pid(0x7ffffffe);
    ASSERT_FALSE(nobody);
    EXPECT_EQ(nobody.error().error_number, ESRCH);
    const UniqueFd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    EXPECT_FALSE(reader->of_fd(null.get()));
    EXPECT_FALSE(reader->of_fd(-1));
    EXPECT_TRUE(reader->of_pid(::getpid())) << "still of use after an error";
}

TEST(Netnsid, UnassignedAndAssigned) {
    const auto parent = ::getpid();
    const Child child([parent] {
        const UniqueFd theirs(::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
        if (::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) return errno;
        auto reader = NetnsidReader::open();
        if (!reader) return wrong;
        auto before = reader->of_fd(theirs.get());
        if (!before || before->has_value()) return wrong + 1;
        if (const int error = assign(theirs.get(), 23)) return error;
        if (const auto by_fd = reader->of_fd(theirs.get()); !by_fd || *by_fd != 23) return wrong + 2;
        if (const auto by_pid = reader->of_pid(parent); !by_pid || *by_pid != 23) return wrong + 3;
        return 0;
    });
    EXPECT_LT(child.error(), wrong);
    if (child.error() < wrong) SKIP_IF_REFUSED(child);
}
