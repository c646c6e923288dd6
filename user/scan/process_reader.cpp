#include "scan/process_reader.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <utility>

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

void ProcessReader::drain(PidQueue& queue) {
    while (const auto block = queue.next()) {
        batches.push_back({block->number, {}, {}});
        batches.back().tasks.reserve(block->pids.size());
        for (const auto pid : block->pids) process(pid);
    }
}

void ProcessReader::process(pid_t pid) {
    std::array<char, 16> name{}; // ends with a NUL: a pid has at most ten digits
    std::to_chars(name.begin(), name.end(), pid);
    const auto dir = TaskDir::open(proc_, name.data());
    if (!dir) return mishaps.count_error(dir.error(), pid);
    const auto known = catalog.size();
    auto reading = read(*dir, pid);
    if (!reading) return;
    const bool alone = reading->stat.num_threads <= 1;
    const bool denied = reading->denied;
    auto main = main_task(pid, std::move(*reading));
    // The first to be met in a namespace is likely its leader, whose command line is asked for later: here it
    // costs less, and is surely that of the same process.
    if (catalog.size() > known)
        if (auto cmdline = dir->read_cmdline()) {
            main.cmdline = std::move(*cmdline);
            main.has_cmdline = true;
        }
    if (dir->read_cgroups(cgroup_text_)) main.cgroups = cgroups.number_of(cgroup_text_);
    if (!main.kernel_thread && !own_->is_own(pid)) files(*dir, main, denied);
    if (alone) return keep(std::move(main));
    keep(main);
    threads(*dir, main);
}

void ProcessReader::threads(const TaskDir& process, const ScannedTask& main) {
    const auto tasks = process.open_threads();
    if (!tasks) return mishaps.count_error(errno, main.pid);
    auto listing = Listing::open(tasks.get(), ".");
    if (!listing) return mishaps.count_error(listing.error(), main.pid);
    while (const char* name = listing->next()) {
        const auto tid = parse_pid(name);
        if (!tid || *tid == main.tid || own_->is_new(main.pid, *tid)) continue;
        const auto dir = TaskDir::open(tasks.get(), name);
        if (!dir) {
            mishaps.count_error(dir.error(), main.pid);
            continue;
        }
        auto reading = read(*dir, main.pid);
        if (!reading) continue;
        const bool denied = reading->denied;
        auto thread = main_task(main.pid, std::move(*reading));
        thread.tid = *tid;
        thread.ppid = main.ppid;
        thread.cgroups = main.cgroups;
        thread.start_ns = main.start_ns;
        if (!main.kernel_thread && !own_->is_own(main.pid) &&
            !OpenFiles::share_table(main.pid, *tid).value_or(false))
            files(*dir, thread, denied);
        keep(std::move(thread));
    }
    // The directory of a process that ends may answer ENOENT in the midst of the listing.
    if (listing->error() != 0) mishaps.count_error(listing->error(), main.pid);
}

void ProcessReader::files(const TaskDir& dir, const ScannedTask& task, bool denied) {
    // It takes the same permission to read the links of its files (fs/proc/base.c, proc_fd_access_allowed).
    if (denied) return mishaps.count_files_error(EACCES, task.pid);
    auto& found = batches.back().files;
    const auto before = found.size();
    const auto net = task.ns[static_cast<std::size_t>(NsSlot::net)].inum;
    open_files_.read(dir.descriptor(), dir.files(), {task.pid, task.tid, net}, catalog, mishaps, found);
    if (task.tid == task.pid) return;
    // Where the kernel has no kcmp(2) the table may be that of the process all the same: said once is enough.
    const auto is_said = [&](const ScannedFile& file) {
        return std::any_of(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(before),
                           [&](const ScannedFile& other) {
                               return other.pid == file.pid && other.tid == file.pid && other.fd == file.fd &&
                                      other.type == file.type && other.ref == file.ref;
                           });
    };
    const auto begin = found.begin() + static_cast<std::ptrdiff_t>(before);
    found.erase(std::remove_if(begin, found.end(), is_said), found.end());
}

std::optional<TaskReading> ProcessReader::read(const TaskDir& task, pid_t pid) {
    auto reading = task.read(news_);
    if (!reading) {
        mishaps.count_error(reading.error(), pid);
        return std::nullopt;
    }
    if (const int error = learn(task, *reading, pid)) {
        mishaps.count_error(error, pid);
        return std::nullopt;
    }
    if (reading->denied) mishaps.count_denied(pid);
    if (reading->unborn_pid_ns) mishaps.count_unborn(pid);
    return std::move(*reading);
}

int ProcessReader::learn(const TaskDir& task, TaskReading& reading, pid_t pid) {
    // A task that changes its namespaces faster than they can be looked at is taken as it was last seen, in each.
    constexpr int attempts = 4;
    for (int attempt = 1; !describe_new(task, reading, pid, attempt == attempts); ++attempt)
        if (const int error = task.read_namespaces(reading)) return error;
    for (std::size_t i = 0; i < ns_slot_count; ++i)
        if (reading.inum[i] != 0 && reading.inum[i] != settled_[i])
            catalog.mention(type_of(slot_at(i)), reading.inum[i]);
    return 0;
}

bool ProcessReader::describe_new(const TaskDir& task, TaskReading& reading, pid_t pid, bool is_last) {
    news_.reset();
    for (std::size_t i = 0; i < ns_slot_count; ++i) {
        auto& inum = reading.inum[i];
        const auto type = type_of(slot_at(i));
        if (inum == 0 || inum == settled_[i]) continue;
        if (catalog.described(type, inum)) {
            settled_[i] = inum;
            continue;
        }
        const bool at_hand = static_cast<bool>(reading.file[i]);
        auto file = at_hand ? std::move(reading.file[i]) : task.open_namespace(slot_at(i));
        if (!file) {
            const int error = errno;
            if (means_denied(error))
                mishaps.count_denied(pid);
            else if (!is_last && !task.has_namespace(slot_at(i)))
                return false; // it has ended since: what it still refers to, or that it is gone, is read again
            else
                mishaps.count_error(error, pid); // in a test's tree the links lead nowhere
            continue;
        }
        if (!at_hand) {
            const auto opened = inum_of(file.get());
            if (opened != inum && !is_last) return false;
            if (!opened) continue;
            inum = *opened;
        }
        if (!catalog.described(type, inum)) catalog.describe(type, inum, std::move(file));
        settled_[i] = inum;
        news_.set(i);
    }
    return true;
}

} // namespace nsscope
