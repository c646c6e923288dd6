#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "model/scan.hpp"

namespace nsscope {

/// Numbers the distinct namespaces that a scan refers to, in the order of their first mention. Sources differ
/// in whether they know the 64-bit id, so a reference without one means the namespace of its type and inum; where there are
/// several, nobody can tell which.
class NsTable {
  public:
    /// "No namespace": what a reference with inum 0 gets.
    static constexpr std::uint32_t none = UINT32_MAX;

    struct Entry {
        NsType type{};
        NsRef ref;
        std::uint32_t next = none; ///< another one of the same type and inum, with another id
    };

    void reserve(std::size_t count) { first_.reserve(count); }

    /// The number of the namespace; makes one where it is new. An id completes an entry that had none. `none`: it may be either
    /// of several, which is counted.
    std::uint32_t add(NsType type, NsRef ref);
    /// The same without making one; `none` where it is not known, or not which.
    [[nodiscard]] std::uint32_t find(NsType type, NsRef ref) const;

    /// How often add() could not tell.
    [[nodiscard]] std::uint64_t ambiguous() const { return ambiguous_; }

    [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }

  private:
    [[nodiscard]] std::uint32_t find_in_chain(std::uint32_t first, std::uint64_t id) const;

    std::vector<Entry> entries_;
    std::uint64_t ambiguous_ = 0;
    std::unordered_map<std::uint64_t, std::uint32_t> first_; ///< type and inum -> head of a chain of entries
};

} // namespace nsscope
