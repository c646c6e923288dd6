#include "scan/proc_walk.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <sys/vfs.h>

#include <algorithm>
#include <functional>
#include <future>
#include <iterator>
#include <span>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "scan/files.hpp"
#include "scan/hidden_mounts.hpp"
#include "scan/nsfs_mounts.hpp"
#include "scan/own_threads.hpp"

namespace nsscope {

namespace {

/// With fewer processes left a thread costs more than it saves.
constexpr std::size_t worth_a_thread = 256;

/// What a thread beside the first does.
void help(ProcessReader& reader, PidQueue& queue) {
    // A table of descriptors of its own, as far as that is permitted: with one for all, each open, close and
    // look-up of one would wait for the other threads. (ThreadSanitizer does not know that and takes the same
    // number in two tables for one descriptor.)
    (void)::unshare(CLONE_FILES);
    reader.drain(queue);
}

} // namespace

unsigned ProcWalk::useful_threads() {
    constexpr unsigned most = 8; // beyond, they wait for each other in the kernel
    cpu_set_t cpus;
    const bool known = ::sched_getaffinity(0, sizeof cpus, &cpus) == 0; // it fails beyond 1024 CPUs
    return std::min(known ? static_cast<unsigned>(CPU_COUNT(&cpus)) : most, most);
}

int ProcWalk::walk(unsigned threads) {
    auto listing = Listing::open(proc_, ".");
    if (!listing) return listing.error();
    PidQueue queue(std::move(*listing));
    const bool many = threads > 1 && queue.more_than(worth_a_thread);
    const OwnThreads own(proc_);

    Readers readers;
    readers.push_back(std::make_unique<ProcessReader>(proc_, own));
    std::vector<std::future<void>> helpers;
    try {
        while (many && readers.size() < threads) {
            readers.push_back(std::make_unique<ProcessReader>(proc_, own));
            helpers.push_back(
                std::async(std::launch::async, help, std::ref(*readers.back()), std::ref(queue)));
        }
    } catch (const std::system_error&) {
        // No more threads to be had: those that there are do it all.
    }
    readers.front()->drain(queue);
    for (auto& helper : helpers) helper.get();

    gather(readers);
    if (queue.error() == 0 && !queue.saw_first_process()) check_nothing_hidden();
    return queue.error();
}

void ProcWalk::gather(const Readers& readers) {
    std::vector<ProcessReader::Batch*> batches;
    std::size_t tasks = 0;
    CgroupSets cgroups;
    for (const auto& reader : readers) {
        const auto numbers = cgroups.merge(reader->cgroups);
        for (auto& batch : reader->batches)
            for (auto& task : batch.tasks)
                if (task.cgroups != ScannedTask::no_cgroups) task.cgroups = numbers[task.cgroups];
    }
    scan_.cgroups = cgroups.take();
    for (const auto& reader : readers)
        for (auto& batch : reader->batches) {
            batches.push_back(&batch);
            tasks += batch.tasks.size();
        }
    std::sort(batches.begin(), batches.end(),
              [](const auto* a, const auto* b) { return a->number < b->number; });
    scan_.tasks.reserve(tasks);
    for (auto* batch : batches) {
        std::move(batch->tasks.begin(), batch->tasks.end(), std::back_inserter(scan_.tasks));
        scan_.files.insert(scan_.files.end(), batch->files.begin(), batch->files.end());
    }

    auto& mishaps = readers.front()->mishaps;
    catalog_ = std::move(readers.front()->catalog);
    for (const auto& reader : std::span(readers).subspan(1)) {
        mishaps.merge(reader->mishaps);
        catalog_.merge(reader->catalog);
    }
    mishaps.report(scan_.issues);
}

void ProcWalk::add_mounts() {
    NsfsMounts mounts(proc_, scan_.tasks);
    scan_.mounts = mounts.read(scan_.issues);
    for (const auto& mount : scan_.mounts) {
        if (catalog_.described(mount.type, mount.inum)) continue;
        if (auto file = mounts.open(mount)) catalog_.describe(mount.type, mount.inum, std::move(file));
    }
    HiddenMounts(proc_, mounts, catalog_, [this](NsType type, std::uint32_t inum) {
        return catalog_.described(type, inum);
    }).add(scan_, catalog_.refs(NsType::mnt));
}

void ProcWalk::check_nothing_hidden() {
    // Every pid namespace with a process has its pid 1, so a procfs that does not list it was mounted with
    // hidepid=invisible or ptraceable, proc(5), and how many others it hides cannot be known.
    struct statfs fs {};
    if (::fstatfs(proc_, &fs) != 0 || fs.f_type != PROC_SUPER_MAGIC) return;
    add_issue({"processes of other users", 1,
               "hidden by the hidepid option of this procfs; run as root or with CAP_SYS_PTRACE"});
}

Scan ProcWalk::finish() {
    for (auto& task : scan_.tasks)
        for (std::size_t i = 0; i < ns_slot_count; ++i)
            if (task.ns[i].inum != 0) task.ns[i].id = catalog_.id(type_of(slot_at(i)), task.ns[i].inum);
    for (auto& file : scan_.files) file.ref.id = catalog_.id(file.type, file.ref.inum);
    for (auto& mount : scan_.mounts) mount.id = catalog_.id(mount.type, mount.inum);
    scan_.namespaces = catalog_.take();
    scan_.source = "proc";
    return std::move(scan_);
}

} // namespace nsscope
