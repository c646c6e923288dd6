#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/unique_fd.hpp"
#include "model/scan.hpp"
#include "scan/ns_catalog.hpp"
#include "scan/nsfs_mounts.hpp"

namespace nsscope {

/// The nsfs mounts that no process's mountinfo shows: those of mount namespaces that no process is in, which an open file, a
/// bind mount or the kernel alone holds; and those outside the root directory of the processes of one (chroot(2)).
/// Each such namespace is joined by setns(2) for as long as it takes to read its mountinfo, in a thread that ends before add()
/// returns; nsscope's own stays what it is. This takes CAP_SYS_ADMIN in the namespace's owner, and CAP_SYS_ADMIN and
/// CAP_SYS_CHROOT in nsscope's own user namespace. What is covered by another mount at the root of a namespace stays hidden.
class HiddenMounts {
  public:
    /// `proc`, `mounts`, which has read(), and `catalog` are the caller's. `is_known`: whether a namespace need not be asked for
    /// what the catalogue says of one.
    HiddenMounts(int proc, const NsfsMounts& mounts, NsCatalog& catalog,
                 std::function<bool(NsType, std::uint32_t)> is_known)
        : proc_(proc), mounts_(mounts), catalog_(catalog), is_known_(std::move(is_known)) {}

    /// Adds them to scan.mounts, whose files and mounts lead the way; and what stops it to scan.issues. `others`: mount namespaces
    /// that are there for whatever reason; those with an id can be opened by that.
    void add(Scan& scan, std::span<const NsRef> others);

  private:
    struct Place {
        std::uint32_t inum = 0;
        UniqueFd file;
    };
    void find_places(const Scan& scan, std::span<const NsRef> others);
    void add_place(std::uint32_t inum, UniqueFd file);
    void visit_all(std::span<const Place> places);
    void read_here(std::uint32_t mnt_ns);
    void fail(int error_number);

    int proc_;
    const NsfsMounts& mounts_;
    NsCatalog& catalog_;
    std::function<bool(NsType, std::uint32_t)> is_known_;
    std::unordered_set<std::uint32_t> seen_;   ///< all that have been places
    std::unordered_set<std::uint32_t> joined_; ///< those whose mounts are in found_
    std::vector<Place> next_;
    std::vector<ScannedMount> found_;
    std::unordered_map<int, std::uint64_t> failures_; ///< errno -> how many
};

} // namespace nsscope
