#include "scan/proc_walk.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "scan/files.hpp"
#include "scan/nsfs.hpp"

namespace nsscope {

namespace {

constexpr std::uint32_t kernel_thread_flag = 0x00200000; // PF_KTHREAD, include/linux/sched.h

/// Clock ticks, USER_HZ, as nanoseconds. Wraps beyond 584 years.
std::uint64_t ticks_to_ns(std::uint64_t ticks) {
    static const auto per_second = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
    constexpr std::uint64_t second = 1'000'000'000;
    return ticks / per_second * second + ticks % per_second * second / per_second;
}

/// What is the same for a process and its threads comes from `reading` of the main thread.
ScannedTask main_task(pid_t pid, TaskReading&& reading) {
    ScannedTask task;
    task.pid = pid;
    task.tid = pid;
    task.ppid = reading.stat.ppid;
    task.uid = reading.uid;
    task.kernel_thread = (reading.stat.flags & kernel_thread_flag) != 0;
    task.start_ns = ticks_to_ns(reading.stat.start_ticks);
    task.comm = std::move(reading.stat.comm);
    for (std::size_t i = 0; i < ns_slot_count; ++i) task.ns[i].inum = reading.inum[i];
    return task;
}

} // namespace

int ProcWalk::walk() {
    auto listing = Listing::open(proc_, ".");
    if (!listing) return listing.error();
    while (const char* name = listing->next())
        if (const auto pid = parse_pid(name)) process(name, *pid);
    if (listing->error() == 0) check_nothing_hidden();
    return listing->error();
}

void ProcWalk::process(const char* name, pid_t pid) {
    if (pid == 1) saw_first_process_ = true;
    const auto dir = TaskDir::open(proc_, name);
    if (!dir) return count_error(dir.error(), pid);
    auto reading = read(*dir, pid);
    if (!reading) return;
    const bool alone = reading->stat.num_threads <= 1;
    const auto main = scan_.tasks.size();
    scan_.tasks.push_back(main_task(pid, std::move(*reading)));
    if (!alone) threads(*dir, ScannedTask(scan_.tasks[main]));
}

void ProcWalk::threads(const TaskDir& process, const ScannedTask& main) {
    const UniqueFd tasks(::openat(process.fd(), "task", O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!tasks) return count_error(errno, main.pid);
    auto listing = Listing::open(tasks.get(), ".");
    if (!listing) return count_error(listing.error(), main.pid);
    while (const char* name = listing->next()) {
        const auto tid = parse_pid(name);
        if (!tid || *tid == main.tid) continue;
        const auto dir = TaskDir::open(tasks.get(), name);
        if (!dir) {
            count_error(dir.error(), main.pid);
            continue;
        }
        auto reading = read(*dir, main.pid);
        if (!reading) continue;
        auto thread = main_task(main.pid, std::move(*reading));
        thread.tid = *tid;
        thread.ppid = main.ppid;
        thread.start_ns = main.start_ns;
        scan_.tasks.push_back(std::move(thread));
    }
    // The directory of a process that ends may answer ENOENT in the midst of the listing.
    if (listing->error() != 0) count_error(listing->error(), main.pid);
}

std::optional<TaskReading> ProcWalk::read(const TaskDir& task, pid_t pid) {
    auto reading = task.read();
    if (!reading) {
        count_error(reading.error(), pid);
        return std::nullopt;
    }
    if (const int error = learn(task, *reading, pid)) {
        count_error(error, pid);
        return std::nullopt;
    }
    if (reading->denied) denied_.add(pid);
    if (reading->unborn_pid_ns) unborn_.add(pid);
    return std::move(*reading);
}

int ProcWalk::learn(const TaskDir& task, TaskReading& reading, pid_t pid) {
    // A task that changes its namespaces faster than they can be looked at is taken as it was last seen;
    // what it left behind is then known by number only.
    constexpr int attempts = 4;
    for (int attempt = 1; !describe_new(task, reading, pid) && attempt < attempts; ++attempt)
        if (const int error = task.read_namespaces(reading)) return error;
    for (std::size_t i = 0; i < ns_slot_count; ++i)
        if (reading.inum[i] != 0) catalog_.mention(type_of(slot_at(i)), reading.inum[i]);
    return 0;
}

bool ProcWalk::describe_new(const TaskDir& task, const TaskReading& reading, pid_t pid) {
    for (std::size_t i = 0; i < ns_slot_count; ++i) {
        const auto inum = reading.inum[i];
        const auto type = type_of(slot_at(i));
        if (inum == 0 || catalog_.described(type, inum)) continue;
        auto file = task.open_namespace(slot_at(i));
        if (!file) {
            // In a test's tree the links lead nowhere, and a task may have ended since.
            if (means_denied(errno))
                denied_.add(pid);
            else
                count_error(errno, pid);
            continue;
        }
        if (inum_of(file.get()) != inum) return false;
        catalog_.describe(type, inum, std::move(file));
    }
    return true;
}

void ProcWalk::add_mounts(std::vector<ScannedMount> mounts) {
    scan_.mounts = std::move(mounts);
    // The paths are those of our own root; a test's tree has no such link.
    const UniqueFd root(::openat(proc_, "self/root", O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!root) return;
    for (const auto& mount : scan_.mounts) {
        if (catalog_.described(mount.type, mount.inum)) continue;
        if (auto file = open_mount(root.get(), mount))
            catalog_.describe(mount.type, mount.inum, std::move(file));
    }
}

UniqueFd ProcWalk::open_mount(int root, const ScannedMount& mount) const {
    // Another mount may lie on top: nothing is opened before it has shown to be that namespace.
    const auto path = mount.path.substr(std::min(mount.path.find_first_not_of('/'), mount.path.size()));
    const UniqueFd place(::openat(root, path.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    if (!place || !is_nsfs(place.get()) || inum_of(place.get()) != mount.inum) return UniqueFd();
    return UniqueFd(::openat(proc_, fmt::format("self/fd/{}", place.get()).c_str(), O_RDONLY | O_CLOEXEC));
}

void ProcWalk::count_error(int error_number, pid_t pid) {
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

void ProcWalk::check_nothing_hidden() {
    // Every pid namespace with a process has its pid 1, so a procfs that does not list it was mounted with
    // hidepid=invisible or ptraceable, proc(5), and how many others it hides cannot be known.
    struct statfs fs {};
    if (saw_first_process_ || ::fstatfs(proc_, &fs) != 0 || fs.f_type != PROC_SUPER_MAGIC) return;
    add_issue({"processes of other users", 1,
               "hidden by the hidepid option of this procfs; run as root or with CAP_SYS_PTRACE"});
}

Scan ProcWalk::finish() {
    constexpr std::string_view privilege = "; run as root or with CAP_SYS_PTRACE";
    denied_.report(scan_.issues, "namespaces of a process", "permission denied", privilege);
    unreadable_.report(scan_.issues, "a process", "permission denied", privilege);
    unborn_.report(scan_.issues, "pid namespace without a process",
                   "/proc does not show it before its first process is born", "");
    nonsense_.report(scan_.issues, "a process", "its stat file is not as proc_pid_stat(5) has it", "");
    if (failure_ != 0) failed_.report(scan_.issues, "a process", std::strerror(failure_), "");

    for (auto& task : scan_.tasks)
        for (std::size_t i = 0; i < ns_slot_count; ++i)
            if (task.ns[i].inum != 0) task.ns[i].id = catalog_.id(type_of(slot_at(i)), task.ns[i].inum);
    scan_.namespaces = catalog_.take();
    scan_.source = "proc";
    return std::move(scan_);
}

} // namespace nsscope
