#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/unique_fd.hpp"
#include "model/scan.hpp"

namespace nsscope {

/// The distinct namespaces of one walk, each asked once for its owner, parent and id.
///
/// They are told apart by type and inode number, which is right as long as the walk is short: a number that
/// is given again during the walk names the namespace that was met first.
class NsCatalog {
  public:
    /// Notes that a namespace exists.
    void mention(NsType type, std::uint32_t inum) { (void)entry(type, inum); }

    /// Whether it has been asked; if not, whoever has it at hand should describe() it.
    [[nodiscard]] bool described(NsType type, std::uint32_t inum) const;

    /// Asks an open nsfs file, whose type and inode number the caller has checked, and then, upwards, every
    /// owner and parent that is new: these may be in use by no process at all.
    void describe(NsType type, std::uint32_t inum, UniqueFd file);

    /// Takes in what is new to it in another catalogue of the same walk.
    void merge(const NsCatalog& other);

    [[nodiscard]] std::size_t size() const { return entries_.size(); }

    /// The kernel's id, 0 where it is not known.
    [[nodiscard]] std::uint64_t id(NsType type, std::uint32_t inum) const;

    /// Those of one kind, in no order.
    [[nodiscard]] std::vector<NsRef> refs(NsType type) const;

    /// All of them, by type and number; leaves the catalogue empty.
    [[nodiscard]] std::vector<ScannedNamespace> take();

  private:
    struct Entry {
        ScannedNamespace ns;
        bool described = false;
    };
    struct Pending {
        NsType type;
        std::uint32_t inum;
        UniqueFd file;
    };

    Entry& entry(NsType type, std::uint32_t inum);
    /// The inode number of a relative, 0 if there is none to see; queues it if it is new.
    std::uint32_t follow(NsType type, UniqueFd relative);
    void ask(Pending question);

    std::unordered_map<std::uint64_t, std::size_t> index_;
    std::vector<Entry> entries_;
    std::vector<Pending> pending_;
    bool kernel_has_ids_ = true;
};

} // namespace nsscope
