#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/unique_fd.hpp"
#include "model/scan.hpp"

namespace nsscope {

/// The distinct namespaces of one walk, each asked once for its owner, parent and id.
///
/// They are told apart by type and inode number. An inode number is given again as soon as its namespace is gone
/// (fs/proc/generic.c, proc_free_inum), so each namespace that was described is held open until let_go(): as long as it is, no
/// other one has its number.
class NsCatalog {
  public:
    NsCatalog() = default;
    /// Holds no more than `most_held` open.
    explicit NsCatalog(std::size_t most_held) : most_held_(most_held) {}

    /// Closes what is held. To be called in a thread that shares its descriptors with the one that called describe().
    void let_go() { held_.clear(); }
    /// What is held, for the caller to close in such a thread.
    [[nodiscard]] std::vector<UniqueFd> take_held() { return std::exchange(held_, {}); }

    /// How many it could not hold: a number among these may have been given again meanwhile.
    [[nodiscard]] std::uint64_t not_held() const { return not_held_; }

    /// Notes that a namespace exists.
    void mention(NsType type, std::uint32_t inum) { (void)entry(type, inum); }

    [[nodiscard]] bool has(NsType type, std::uint32_t inum) const;

    /// Whether it has been asked; if not, whoever has it at hand should describe() it.
    [[nodiscard]] bool described(NsType type, std::uint32_t inum) const;

    /// Whether it is held open, so that this number is still its own.
    [[nodiscard]] bool holds(NsType type, std::uint32_t inum) const;

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
        bool described = false, held = false;
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
    std::vector<UniqueFd> held_;
    std::size_t most_held_ = 256;
    std::uint64_t not_held_ = 0;
    bool kernel_has_ids_ = true;
};

} // namespace nsscope
