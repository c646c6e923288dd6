#include "inspect/held_namespace.hpp"

#include <cerrno>

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/nsfs.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "scan/files.hpp"
#include "scan/nsfs.hpp"
#include "scan/open_files.hpp"
#include "scan/parse.hpp"

namespace nsscope {

namespace {

std::optional<NsType> type_of_file(int ns_fd) {
    const int flag = ::ioctl(ns_fd, NS_GET_NSTYPE);
    for (const auto& type : ns_types)
        if (flag > 0 && type.clone_flag == static_cast<std::uint64_t>(flag)) return type.type;
    return std::nullopt;
}

/// Takes what could not be opened, too: the errno is the reason then.
Result<HeldNamespace> identify(UniqueFd file, std::string path) {
    if (!file) return errno_failure("cannot open a namespace");
    const auto type = type_of_file(file.get());
    const auto inum = inum_of(file.get());
    if (!type || !inum) return Failure(Error{fmt::format("{} is a namespace of an unknown kind", path)});
    const auto id = id_of(file.get()).value_or(0);
    return HeldNamespace{*type, {*inum, id}, std::move(file), std::move(path)};
}

/// By its id alone, without a path. What only the kernel holds, or a mount out of sight, is opened so.
UniqueFd open_by_id(const Namespace& ns) {
    const UniqueFd nsfs(::open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC));
    UniqueFd file;
    if (nsfs && ns.ref.id != 0) file = nsscope::open_by_id(nsfs.get(), ns.type, ns.ref);
    if (!file) errno = 0; // that there is no such way is nobody's fault
    return file;
}

/// Tries one way after another to open one namespace, and remembers why the last way did not work.
class Opener {
  public:
    /// `depth`: how many relatives were asked on the way here.
    Opener(const std::string& proc_root, const Snapshot& snapshot, const Namespace& ns, int depth = 0)
        : proc_root_(proc_root), snapshot_(snapshot), ns_(ns), depth_(depth) {}

    Result<HeldNamespace> open() {
        for (const auto pid : ns_.members)
            if (by_process(pid)) return std::move(*found_);
        for (const auto pid : ns_.members)
            if (by_threads(pid)) return std::move(*found_);
        for (const auto& pin : ns_.pinned_by)
            if (by_pin(pin)) return std::move(*found_);
        if (take(identify(open_by_id(ns_), {}))) return std::move(*found_);
        const auto name = fmt::format("{}:[{}]", nsscope::name(ns_.type), ns_.ref.inum);
        const std::string hint = "what leads to it is in the output of 'nsscope list -o +PINNED'";
        if (error_ != 0)
            return errno_failure(error_, fmt::format("cannot open {}", name),
                                 error_ == EACCES || error_ == EPERM ? "run as root or with CAP_SYS_PTRACE"
                                                                     : hint);
        return Failure(Error{fmt::format("nothing leads to {} any more", name), hint});
    }

  private:
    bool take(Result<HeldNamespace> held) {
        if (!held) {
            if (held.error().error_number != 0) error_ = held.error().error_number;
            return false;
        }
        const bool same_id = ns_.ref.id == 0 || held->ref.id == 0 || ns_.ref.id == held->ref.id;
        if (held->type != ns_.type || held->ref.inum != ns_.ref.inum || !same_id) return false;
        found_ = std::move(*held);
        return true;
    }

    bool by_process(pid_t pid) {
        if (!take(hold_by_path(fmt::format("{}/{}/ns/{}", proc_root_, pid, name(ns_.type))))) return false;
        found_->pid = pid;
        return true;
    }

    bool by_threads(pid_t pid) {
        const auto directory = fmt::format("{}/{}/task", proc_root_, pid);
        auto threads = Listing::open(AT_FDCWD, directory.c_str());
        if (!threads) return false;
        while (const char* tid = threads->next())
            if (parse_pid(tid) &&
                take(hold_by_path(fmt::format("{}/{}/ns/{}", directory, tid, name(ns_.type)))))
                return true;
        return false;
    }

    bool by_pin(const Pin& pin) {
        switch (pin.how) {
        case Pin::How::process:
        case Pin::How::thread:
            return take(hold_by_path(
                fmt::format("{}/{}/ns/{}", proc_root_, pin.tid != 0 ? pin.tid : pin.pid, name(ns_.type))));
        case Pin::How::fd:
            return pin.pid != 0 && pin.fd >= 0 &&
                   take(hold_by_path(
                       fmt::format("{}/{}/fd/{}", proc_root_, pin.tid != 0 ? pin.tid : pin.pid, pin.fd)));
        case Pin::How::for_children:
            return pin.pid != 0 && take(hold_by_path(fmt::format("{}/{}/ns/{}_for_children", proc_root_,
                                                                 pin.pid, name(ns_.type))));
        case Pin::How::mount: return take(hold_by_path(pin.path));
        case Pin::How::child:
        case Pin::How::owned: return by_relative(pin);
        case Pin::How::socket:
            return take(identify(open_net_of_socket(pin.pid, pin.tid == 0 ? pin.pid : pin.tid, pin.fd), {}));
        case Pin::How::unknown: break;
        }
        return false;
    }

    /// Through a namespace that this one is the parent or the owner of; that one may be without a process, too.
    bool by_relative(const Pin& pin) {
        constexpr int deepest = 33; // 32 levels below the initial one
        const auto* relative = find(snapshot_, pin.type, pin.inum);
        if (relative == nullptr || relative == &ns_ || depth_ == deepest) return false;
        const auto held = Opener(proc_root_, snapshot_, *relative, depth_ + 1).open();
        if (!held) return false;
        auto file = pin.how == Pin::How::child ? open_parent(held->file.get()) : open_owner(held->file.get());
        return file && take(identify(std::move(file), {}));
    }

    const std::string& proc_root_;
    const Snapshot& snapshot_;
    const Namespace& ns_;
    std::optional<HeldNamespace> found_;
    int depth_;
    int error_ = 0;
};

} // namespace

Result<HeldNamespace> hold_by_path(std::string path) {
    const UniqueFd place(::open(path.c_str(), O_PATH | O_CLOEXEC));
    if (!place) return errno_failure(fmt::format("cannot open {}", path));
    if (!is_nsfs(place.get()))
        return Failure(Error{fmt::format("{} is no namespace", path),
                             "a path must lead to a namespace, as /proc/PID/ns/TYPE and its mounts do"});
    // the same file, whatever the path leads to by now
    UniqueFd file(::open(fmt::format("/proc/self/fd/{}", place.get()).c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) return errno_failure(fmt::format("cannot open {}", path));
    return identify(std::move(file), std::move(path));
}

Result<HeldNamespace> hold(const std::string& proc_root, const Snapshot& snapshot, const Namespace& ns) {
    return Opener(proc_root, snapshot, ns).open();
}

} // namespace nsscope
