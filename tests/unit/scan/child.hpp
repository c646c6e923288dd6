#pragma once

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <functional>

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/// A child process that does something, says that it is ready, and stays until this object goes.
class Child {
  public:
    /// `act` runs in the child; 0, or the errno of what it could not do. It must not return if it has ended
    /// the main thread: call ready() before.
    explicit Child(const std::function<int()>& act) {
        if (::pipe(pipe_) != 0) return;
        pid_ = ::fork();
        if (pid_ == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            tell_fd() = pipe_[1];
            ready(act());
            while (true) ::pause();
        }
        ::close(pipe_[1]);
        if (::read(pipe_[0], &error_, sizeof error_) != sizeof error_) error_ = ECHILD;
        ::close(pipe_[0]);
    }
    ~Child() { reap(); }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    /// In the child: lets the constructor return.
    static void ready(int error) { (void)!::write(tell_fd(), &error, sizeof error); }

    [[nodiscard]] pid_t pid() const { return pid_; }
    /// The errno with which its work ended, 0: it was done.
    [[nodiscard]] int error() const { return error_; }

    /// Kills it and leaves it a zombie.
    void kill() const {
        siginfo_t info{};
        ::kill(pid_, SIGKILL);
        ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT);
    }
    void reap() {
        if (pid_ <= 0) return;
        kill();
        ::waitpid(pid_, nullptr, 0);
        pid_ = -1;
    }

  private:
    static int& tell_fd() {
        static int fd = -1;
        return fd;
    }

    int pipe_[2] = {-1, -1};
    pid_t pid_ = -1;
    int error_ = 0;
};

#define SKIP_IF_REFUSED(child)                                                                               \
    if ((child).error() != 0) GTEST_SKIP() << "no namespaces to be had here: errno " << (child).error()
