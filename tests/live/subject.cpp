#include "subject.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "live.hpp"

namespace live {
namespace {

[[noreturn]] void be_subject(int from_parent, int to_parent, const Subject::Act& act,
                             const Subject::Act& then) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    int error = act();
    char byte = 0;
    if (::write(to_parent, &error, sizeof error) != sizeof error) ::_exit(1);
    while (::read(from_parent, &byte, 1) == 1) {
        error = then ? then() : ENOSYS;
        if (::write(to_parent, &error, sizeof error) != sizeof error) ::_exit(1);
    }
    ::_exit(0);
}

} // namespace

int failed(long result) { return result < 0 ? errno : 0; }

int write_text(const std::string& path, const std::string& text) {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (fd < 0) return errno;
    const int error = failed(::write(fd, text.data(), text.size()));
    ::close(fd);
    return error;
}

Subject::Subject(const Act& act, const Act& then) {
    std::array<int, 2> down{}, up{};
    if (::pipe2(down.data(), O_CLOEXEC) != 0 || ::pipe2(up.data(), O_CLOEXEC) != 0)
        throw std::runtime_error("pipe2: " + errno_text());
    pid_ = ::fork();
    if (pid_ == 0) {
        ::close(down[1]);
        ::close(up[0]);
        be_subject(down[0], up[1], act, then);
    }
    ::close(down[0]);
    ::close(up[1]);
    to_child_ = down[1];
    from_child_ = up[0];
    if (::read(from_child_, &error_, sizeof error_) != sizeof error_) error_ = ECHILD;
}

Subject::~Subject() {
    end();
    ::close(to_child_);
    ::close(from_child_);
}

int Subject::go() {
    int error = ECHILD;
    if (::write(to_child_, "", 1) != 1 || ::read(from_child_, &error, sizeof error) != sizeof error)
        return ECHILD;
    return error;
}

void Subject::end() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
}

unsigned Subject::ns(const std::string& file) const {
    struct stat status {};
    return ::stat((proc() + "/ns/" + file).c_str(), &status) == 0 ? static_cast<unsigned>(status.st_ino) : 0;
}

} // namespace live
