#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_set>

#include "base/unique_fd.hpp"
#include "model/doubts.hpp"
#include "model/scan.hpp"
#include "scan/ns_catalog.hpp"

namespace nsscope {

/// Namespaces that are held open for as long as this object lives, so that nothing else gets their inode numbers: what refers to
/// one of these numbers meanwhile refers to that namespace.
class HeldNamespaces {
  public:
    /// Holds those of the calling process and of kthreadd, which most others share. `most`: how many it may hold.
    HeldNamespaces(const std::string& proc_root, std::size_t most);

    /// Opens the namespaces in doubt, with all above them, through the tasks and files that refer to them. What has gone
    /// meanwhile is not held, and need not be.
    void hold(const Scan& scan, const Doubts& doubts);

    [[nodiscard]] bool holds(NsType type, std::uint32_t inum) const { return catalog_.holds(type, inum); }
    /// For others to hold one by describing it.
    [[nodiscard]] NsCatalog& catalog() { return catalog_; }

    /// Whether it could not be held although it was there: a permission is missing, or there are no more descriptors.
    [[nodiscard]] bool was_refused(NsType type, std::uint32_t inum) const;

  private:
    template <typename IsWanted>
    void open_all(const Scan& scan, const IsWanted& is_wanted);
    /// `path` from the procfs, which led to the namespace of this number; where that is another one by now, it is held instead.
    void open(NsType type, std::uint32_t inum, const std::string& path);
    void open_socket(const ScannedFile& file);
    /// Notes why it could not be opened, by errno.
    void fail(NsType type, std::uint32_t inum, int error_number);

    UniqueFd proc_;
    NsCatalog catalog_;
    std::unordered_set<std::uint64_t> refused_; ///< by type and number
};

} // namespace nsscope
