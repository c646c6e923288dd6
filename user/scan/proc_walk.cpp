#include "scan/proc_walk.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/vfs.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <span>
#include <system_error>
#include <thread>
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
    // And credentials of its own, which this call makes whatever it is told: each open file has a reference to those of its
    // opener, and the count of references would go from one CPU to the other with each open and close.
    (void)::prctl(PR_SET_KEEPCAPS, ::prctl(PR_GET_KEEPCAPS));
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
    constexpr std::size_t room_for_a_few = 1024; // some 40 processes
    auto listing = Listing::open(proc_, ".", room_for_a_few);
    if (!listing) return listing.error();
    PidQueue queue(std::move(*listing));
    const bool many = threads > 1 && queue.more_than(worth_a_thread);
    const OwnThreads own(proc_);

    const auto most_held = spare_descriptors() / (many ? threads : 1);
    const auto add_reader = [&] {
        readers_.push_back(std::make_unique<ProcessReader>(proc_, own, most_held));
        return readers_.back().get();
    };
    add_reader();
    helpers_ = std::make_unique<WalkHelpers>();
    try {
        while (many && readers_.size() < threads) {
            auto* reader = add_reader();
            helpers_->start([&queue, reader] { help(*reader, queue); },
                            [reader] { reader->catalog.let_go(); });
        }
    } catch (const std::system_error&) {
        // No more threads to be had: those that there are do it all.
    }
    readers_.front()->drain(queue);
    helpers_->wait_until_done();

    gather();
    if (queue.error() == 0 && !queue.saw_first_process()) check_nothing_hidden();
    return queue.error();
}

void ProcWalk::gather() {
    std::vector<ProcessReader::Batch*> batches;
    std::size_t tasks = 0;
    CgroupSets cgroups;
    for (const auto& reader : readers_) {
        const auto numbers = cgroups.merge(reader->cgroups);
        for (auto& batch : reader->batches)
            for (auto& task : batch.tasks)
                if (task.cgroups != ScannedTask::no_cgroups) task.cgroups = numbers[task.cgroups];
    }
    scan_.cgroups = cgroups.take();
    for (const auto& reader : readers_)
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

    auto& mishaps = readers_.front()->mishaps;
    catalog_ = std::move(readers_.front()->catalog);
    for (const auto& reader : std::span(readers_).subspan(1)) {
        mishaps.merge(reader->mishaps);
        catalog_.merge(reader->catalog);
    }
    mishaps.report(scan_.issues);
    if (const auto count = catalog_.not_held())
        add_issue(
            {"identity of a namespace", count,
             "too many to hold them all open meanwhile, so that its number may have been given again; raise "
             "RLIMIT_NOFILE"});
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

/// To close thousands of files takes milliseconds, in which the caller can go on.
void ProcWalk::let_go() {
    if (helpers_) helpers_->release();
    try {
        std::thread([held = catalog_.take_held(), readers = std::move(readers_),
                     helpers = std::move(helpers_)]() mutable {
            held.clear();
            helpers.reset();
        }).detach();
    } catch (const std::system_error&) { // no thread is to be had: they are closed already
    }
}

Scan ProcWalk::finish() {
    let_go();
    // A task is mostly in the same namespaces as the one before it, which saves the look-up.
    std::array<NsRef, ns_slot_count> last{};
    for (auto& task : scan_.tasks)
        for (std::size_t i = 0; i < ns_slot_count; ++i) {
            const auto inum = task.ns[i].inum;
            if (inum != last[i].inum) last[i] = {inum, catalog_.id(type_of(slot_at(i)), inum)};
            task.ns[i] = last[i];
        }
    for (auto& file : scan_.files) file.ref.id = catalog_.id(file.type, file.ref.inum);
    for (auto& mount : scan_.mounts) mount.id = catalog_.id(mount.type, mount.inum);
    scan_.namespaces = catalog_.take();
    scan_.source = "proc";
    return std::move(scan_);
}

} // namespace nsscope
