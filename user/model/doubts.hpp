#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <unordered_map>

#include "model/scan.hpp"

namespace nsscope {

/// The numbers in a scan that may be several namespaces'. Without 64-bit ids there is but the inode number, and that is given again
/// as soon as its namespace is gone (proc_free_inum(), fs/proc/generic.c), also while a scan goes on. Two references to a
/// number, read at two moments, are to one namespace if something held it in between; else nobody can tell.
class Doubts {
  public:
    /// Whether this number has been one namespace's for as long as the scan took.
    using IsHeld = std::function<bool(NsType, std::uint32_t)>;

    /// What a task refers to was read at one moment; each open file and each mount was read at one of its own. What is said of a
    /// namespace itself was read with the first of these that refers to it.
    Doubts(const Scan& scan, const IsHeld& is_held);

    [[nodiscard]] bool none() const { return count_ == 0; }
    /// How many numbers are in doubt.
    [[nodiscard]] std::size_t count() const { return count_; }
    [[nodiscard]] bool has(NsType type, std::uint32_t inum) const;

    /// Takes out of `scan`, which this object was made of, all references to a number in doubt but those of the moment at which it
    /// was met first; what is left is right. Returns how many.
    std::uint64_t remove_from(Scan& scan) const;

  private:
    struct Number {
        std::size_t first = 0; ///< the moment at which it was met
        bool in_use = false;   ///< by a task, a file or a mount
        bool held = false;
        bool in_doubt = false;
    };
    std::unordered_map<std::uint64_t, Number> numbers_; ///< by type and number
    std::size_t count_ = 0;

    template <typename AnyScan, typename Keep>
    void for_each_reference(AnyScan& scan, const Keep& keep) const;
};

} // namespace nsscope
