#include "scan/mishaps.hpp"

#include <cerrno>
#include <cstring>
#include <string_view>

#include "scan/task_dir.hpp"

namespace nsscope {

void Mishaps::count_error(int error_number, pid_t pid) {
    if (means_gone(error_number) || error_number == ENOTDIR) return; // no process (any more)
    if (means_denied(error_number))
        unreadable_.add(pid);
    else if (error_number == EBADMSG)
        nonsense_.add(pid);
    else {
        failed_.add(pid);
        if (failure_ == 0) failure_ = error_number;
    }
}

void Mishaps::count_files_error(int error_number, pid_t pid) {
    if (means_denied(error_number))
        files_.add(pid);
    else
        count_error(error_number, pid);
}

void Mishaps::count_sockets_error(int error_number, pid_t pid) {
    // ENOSYS, EINVAL: before pidfd_getfd(2), 5.6, and before pidfds of threads, 6.9
    if (!means_gone(error_number)) sockets_.add(pid);
}

void Mishaps::merge(const Mishaps& others) {
    denied_.merge(others.denied_);
    unborn_.merge(others.unborn_);
    unreadable_.merge(others.unreadable_);
    nonsense_.merge(others.nonsense_);
    files_.merge(others.files_);
    sockets_.merge(others.sockets_);
    failed_.merge(others.failed_);
    if (failure_ == 0) failure_ = others.failure_;
}

void Mishaps::report(std::vector<Issue>& issues) const {
    constexpr std::string_view privilege = "; run as root or with CAP_SYS_PTRACE";
    denied_.report(issues, "namespaces of a process", "permission denied", privilege);
    unreadable_.report(issues, "a process", "permission denied", privilege);
    files_.report(issues, "what open files of a process hold", "permission denied", privilege);
    sockets_.report(issues, "network namespaces of a process's sockets", "they may not be asked",
                    "; run as root or with CAP_SYS_PTRACE and CAP_NET_ADMIN");
    unborn_.report(issues, "pid namespace without a process",
                   "/proc does not show it before its first process is born", "");
    nonsense_.report(issues, "a process", "its stat file is not as proc_pid_stat(5) has it", "");
    if (failure_ != 0) failed_.report(issues, "a process", std::strerror(failure_), "");
}

} // namespace nsscope
