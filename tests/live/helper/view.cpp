#include "helper/view.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <linux/ioctl.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <unistd.h>

namespace nshelper {
namespace {

/// include/uapi/linux/nsfs.h of 6.18; older headers do not have it.
constexpr unsigned long ns_get_id = _IOR(0xb7, 13, std::uint64_t);

std::string read_link(const std::string& path) {
    std::array<char, 4096> text;
    const auto length = ::readlink(path.c_str(), text.data(), text.size());
    return length < 0 ? std::string() : std::string(text.data(), static_cast<std::size_t>(length));
}

Ref look_at(const char* slot) {
    Ref ref;
    const auto path = std::string("/proc/thread-self/ns/") + slot;
    const auto target = read_link(path); // uts:[4026531838]
    const auto bracket = target.find('[');
    if (bracket == std::string::npos) return ref;
    ref.inum = static_cast<std::uint32_t>(std::strtoul(target.c_str() + bracket + 1, nullptr, 10));
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return ref;
    if (::ioctl(fd, ns_get_id, &ref.id) != 0) ref.id = 0;
    ::close(fd);
    return ref;
}

/// Field `number` of /proc/PID/stat, counted as proc(5) does; from the last ')', as a name may hold anything.
unsigned long long stat_field(const std::string& stat, int number) {
    auto at = stat.rfind(')');
    if (at == std::string::npos) return 0;
    for (at += 1; number > 3; number--) at = stat.find(' ', at + 1);
    return std::strtoull(stat.c_str() + at, nullptr, 10);
}

} // namespace

unsigned real_uid = 0;

std::string read_file(const std::string& path) {
    std::string text;
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return text;
    std::array<char, 4096> piece;
    for (ssize_t n; (n = ::read(fd, piece.data(), piece.size())) > 0;)
        text.append(piece.data(), static_cast<std::size_t>(n));
    ::close(fd);
    return text;
}

bool write_file(const std::string& path, const std::string& text) {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (fd < 0) return false;
    const bool done = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    const int error = errno;
    ::close(fd);
    errno = error;
    return done;
}

View look() {
    View view;
    for (std::size_t i = 0; i < slots.size(); i++) view[i] = look_at(slots[i]);
    return view;
}

Who who() {
    Who self;
    const auto link = read_link("/proc/thread-self"); // PID/task/TID
    self.pid = std::strtol(link.c_str(), nullptr, 10);
    self.tid = std::strtol(link.c_str() + link.rfind('/') + 1, nullptr, 10);
    const auto stat = read_file("/proc/self/stat");
    self.ppid = static_cast<long>(stat_field(stat, 4));
    self.start_ticks = stat_field(stat, 22);
    self.ns_pid = ::getpid();
    self.uid = real_uid;
    std::array<char, 17> comm{};
    ::prctl(PR_GET_NAME, comm.data());
    self.comm = comm.data();
    self.exe = read_link("/proc/self/exe");
    return self;
}

std::string quoted(const std::string& text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + '"';
}

std::string to_json(const View& view) {
    std::string out = "{";
    for (std::size_t i = 0; i < view.size(); i++) {
        if (i > 0) out += ',';
        out +=
            quoted(slots[i]) + ":[" + std::to_string(view[i].inum) + ',' + std::to_string(view[i].id) + ']';
    }
    return out + '}';
}

std::string to_json(const Who& who) {
    return "{\"pid\":" + std::to_string(who.pid) + ",\"tid\":" + std::to_string(who.tid) +
           ",\"ppid\":" + std::to_string(who.ppid) + ",\"ns_pid\":" + std::to_string(who.ns_pid) +
           ",\"uid\":" + std::to_string(who.uid) + ",\"start_ticks\":" + std::to_string(who.start_ticks) +
           ",\"comm\":" + quoted(who.comm) + ",\"exe\":" + quoted(who.exe) + "}";
}

void say(const std::string& line) {
    const auto text = line + '\n';
    // Nothing can be done for a reader that is gone.
    if (::write(STDOUT_FILENO, text.data(), text.size()) < 0) ::_exit(1);
}

} // namespace nshelper
