#include "scan/hidden_mounts.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sched.h>
#include <thread>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

#include "scan/files.hpp"
#include "scan/mountinfo.hpp"
#include "scan/nsfs.hpp"
#include "scan/task_dir.hpp"

namespace nsscope {

void HiddenMounts::add(Scan& scan, std::span<const NsRef> others) {
    find_places(scan, others);
    while (!next_.empty()) { // what is found in one may be another
        const auto places = std::exchange(next_, {});
        // A thread, as one that has joined a mount namespace shares its root directory with nobody, and there is no way back.
        std::thread visitor([&] { visit_all(places); });
        visitor.join();
    }
    // Of a namespace that was read in part, all is known now.
    std::erase_if(scan.mounts, [&](const ScannedMount& mount) { return joined_.contains(mount.mnt_ns); });
    for (auto& mount : found_) scan.mounts.push_back(std::move(mount));
    for (const auto& [error_number, count] : failures_)
        scan.issues.push_back({"mounts of a mount namespace that no process shows", count,
                               fmt::format("cannot join it: {}", std::strerror(error_number))});
}

void HiddenMounts::find_places(const Scan& scan, std::span<const NsRef> others) {
    for (const auto& [inum, task] : mounts_.cut_off())
        add_place(inum, UniqueFd(::openat(proc_, (task + "/ns/mnt").c_str(), O_RDONLY | O_CLOEXEC)));
    for (const auto& file : scan.files) {
        if (file.type != NsType::mnt || mounts_.has_read(file.ref.inum)) continue;
        const auto path = fmt::format("{}/task/{}/fd/{}", file.pid, file.tid, file.fd);
        const UniqueFd place(::openat(proc_, path.c_str(), O_PATH | O_CLOEXEC));
        if (place && is_nsfs(place.get())) add_place(file.ref.inum, reopen(proc_, place.get()));
    }
    for (const auto& mount : scan.mounts)
        if (mount.type == NsType::mnt && !mounts_.has_read(mount.inum))
            add_place(mount.inum, mounts_.open(mount));
    UniqueFd nsfs;
    for (const auto& ref : others) {
        if (ref.id == 0 || mounts_.has_read(ref.inum)) continue;
        if (!nsfs) nsfs.reset(::openat(proc_, "self/ns/user", O_RDONLY | O_CLOEXEC));
        add_place(ref.inum, open_by_id(nsfs.get(), NsType::mnt, ref));
    }
}

void HiddenMounts::add_place(std::uint32_t inum, UniqueFd file) {
    if (!file || seen_.contains(inum) || inum_of(file.get()) != inum) return;
    seen_.insert(inum);
    next_.push_back({inum, std::move(file)});
}

void HiddenMounts::visit_all(std::span<const Place> places) {
    if (::unshare(CLONE_FS) != 0) return fail(errno); // setns(2) asks for it
    for (const auto& place : places) {
        if (::setns(place.file.get(), CLONE_NEWNS) != 0)
            fail(errno);
        else
            read_here(place.inum);
    }
}

/// In the thread that has joined. No path is followed but one that leads to a mount of nsfs, through the kernel's cache
/// alone; a name may lead anywhere.
void HiddenMounts::read_here(std::uint32_t mnt_ns) {
    const UniqueFd file(::openat(proc_, "thread-self/mountinfo", O_RDONLY | O_CLOEXEC));
    if (!file) return fail(errno);
    const auto text = read_all(file.get());
    if (!text) return fail(text.error());
    joined_.insert(mnt_ns);
    const UniqueFd root(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
    for (auto& mount : parse_nsfs_mounts(*text)) {
        mount.mnt_ns = mnt_ns;
        const bool is_place =
            mount.type == NsType::mnt && !mounts_.has_read(mount.inum) && !seen_.contains(mount.inum);
        const bool is_new = !is_known_(mount.type, mount.inum);
        if (is_place || is_new) {
            if (auto held = open_mounted(proc_, root.get(), mount)) {
                if (is_place) add_place(mount.inum, reopen(proc_, held.get()));
                if (is_new) catalog_.describe(mount.type, mount.inum, std::move(held));
            }
        }
        found_.push_back(std::move(mount));
    }
}

void HiddenMounts::fail(int error_number) {
    if (!means_gone(error_number)) ++failures_[error_number];
}

} // namespace nsscope
