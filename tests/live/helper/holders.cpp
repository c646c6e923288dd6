#include "helper/holders.hpp"

#include <array>
#include <cstring>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include "helper/calls.hpp"
#include "helper/steps.hpp"
#include "helper/view.hpp"

namespace nshelper {
namespace {

int open_own(const std::string& kind) {
    return ::open(("/proc/thread-self/ns/" + kind).c_str(), O_RDONLY | O_CLOEXEC);
}

int done_if(bool done) {
    if (!done) say("{\"note\":\"no holder\",\"who\":" + to_json(who()) + "}");
    return 0;
}

bool send_file(int socket, int file) {
    char byte = 0;
    iovec piece{&byte, 1};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    auto* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof file);
    std::memcpy(CMSG_DATA(header), &file, sizeof file);
    return ::sendmsg(socket, &message, 0) == 1;
}

} // namespace

int hold_by_file(const std::string& kind) { return done_if(open_own(kind) >= 0); }

int hold_by_socket(const std::string&) {
    return done_if(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0) >= 0);
}

int hold_in_flight(const std::string& kind) {
    std::array<int, 2> pair{-1, -1};
    const int file = open_own(kind);
    const bool sent = file >= 0 && ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) == 0 &&
                      send_file(pair[0], file);
    ::close(file);
    return done_if(sent);
}

int hold_by_mount(const std::string& argument) {
    const auto parts = split(argument, ':');
    return done_if(::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                   ::mount(("/proc/thread-self/ns/" + parts.at(0)).c_str(), parts.at(1).c_str(), nullptr,
                           MS_BIND, nullptr) == 0);
}

int own_files(const std::string&) { return done_if(::unshare(CLONE_FILES) == 0); }

} // namespace nshelper
