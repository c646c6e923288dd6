#pragma once

#include <cstdint>

struct nsscope_kept_out;

namespace nsscope {

/// The reader's side of the table of cgroups whose processes nobody wants to hear of (nsscope_kept_out, bpf/event.h).
/// The programs read it meanwhile: a cgroup that comes or goes is there or not, and no other is touched.
class KeptOut {
  public:
    /// The table is the caller's, and zeroed.
    explicit KeptOut(volatile nsscope_kept_out& table) : table_(&table) {}

    /// Where its bucket is full, another goes: that one's events come again.
    void keep_out(std::uint64_t cgroup);
    void let_in(std::uint64_t cgroup);
    void let_all_in();

  private:
    volatile nsscope_kept_out* table_;
    unsigned next_ = 0; ///< which of a full bucket goes
};

} // namespace nsscope
