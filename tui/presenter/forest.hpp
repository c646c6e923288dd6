#pragma once

#include <vector>

#include "presenter/rows.hpp"

namespace nsscope::tui {

[[nodiscard]] std::vector<Row> tree_rows(const World& world, const Selection& selection);
[[nodiscard]] std::vector<Row> cgroup_rows(const World& world, const Selection& selection);
[[nodiscard]] std::vector<Row> guard_rows(const World& world, const Selection& selection);

[[nodiscard]] bool comes_before(const SortKey& a, const SortKey& b, bool descending);

/// Rows on their way to a tree: each is added before what stands below it.
class Forest {
  public:
    Forest(const World& world, const Selection& selection) : world_(world), selection_(selection) {}

    /// `below`: what add() gave for the row above, or none.
    std::uint32_t add(Key key, std::size_t index, std::uint32_t below, bool open_by_default);
    /// Whether what stands below is shown, and so has to be added.
    [[nodiscard]] bool is_open(std::uint32_t row) const { return rows_[row].open; }
    void count_hidden(std::uint32_t row, std::size_t children) {
        rows_[row].children += static_cast<std::uint32_t>(children);
    }

    /// The rows that the filter leaves, and those above them, with siblings in order.
    [[nodiscard]] std::vector<Row> finish() &&;

  private:
    void filter();
    void sort(std::vector<std::uint32_t>& siblings) const;

    const World& world_;
    const Selection& selection_;
    std::vector<Row> rows_;
    std::vector<SortKey> keys_;
};

} // namespace nsscope::tui
