#include "presenter/forest.hpp"

#include <algorithm>

namespace nsscope::tui {

std::uint32_t Forest::add(Key key, std::size_t index, std::uint32_t below, bool open_by_default) {
    Row row;
    row.place.key = key;
    row.index = static_cast<std::uint32_t>(index);
    row.parent = below;
    if (below != none) {
        auto& parent = rows_[below];
        ++parent.children;
        row.depth = static_cast<std::uint16_t>(std::min(parent.depth + 1, 1000));
        row.place.under = hash_of({parent.place.key.kind, hash_of(parent.place.key), parent.place.under});
    }
    row.open = open_by_default != selection_.flipped.contains(row.place);
    rows_.push_back(row);
    return static_cast<std::uint32_t>(rows_.size() - 1);
}

/// A row above one that matches stays; it was added before.
void Forest::filter() {
    const auto words = folded_case(selection_.filter);
    if (words.empty()) return;
    std::vector<bool> stays(rows_.size());
    for (std::size_t i = rows_.size(); i-- > 0;) {
        const auto& row = rows_[i];
        if (!stays[i] && row.place.key.kind != Kind::group)
            stays[i] = matches(words, world_, selection_.view, row, selection_.columns);
        if (stays[i] && row.parent != none) stays[row.parent] = true;
    }
    std::vector<std::uint32_t> place(rows_.size(), none);
    std::vector<Row> left;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
        if (!stays[i]) continue;
        place[i] = static_cast<std::uint32_t>(left.size());
        left.push_back(rows_[i]);
        if (left.back().parent != none) left.back().parent = place[left.back().parent];
    }
    rows_ = std::move(left);
}

void Forest::sort(std::vector<std::uint32_t>& siblings) const {
    if (!selection_.sort || siblings.size() < 2) return;
    std::stable_sort(siblings.begin(), siblings.end(), [this](std::uint32_t a, std::uint32_t b) {
        return comes_before(keys_[a], keys_[b], selection_.descending);
    });
}

std::vector<Row> Forest::finish() && {
    filter();
    if (selection_.sort)
        for (const auto& row : rows_)
            keys_.push_back(row.place.key.kind == Kind::group
                                ? SortKey()
                                : sort_key(*selection_.sort, world_, selection_.view, row));
    std::vector<std::uint32_t> roots;
    std::vector<std::vector<std::uint32_t>> children(rows_.size());
    for (std::uint32_t i = 0; i < rows_.size(); ++i)
        (rows_[i].parent == none ? roots : children[rows_[i].parent]).push_back(i);

    // With a stack of its own: cgroups and user namespaces nest as deep as anybody likes.
    std::vector<Row> ordered;
    ordered.reserve(rows_.size());
    struct Waiting {
        std::uint32_t row, parent;
        bool last;
    };
    std::vector<Waiting> stack;
    const auto push = [&](std::vector<std::uint32_t>& siblings, std::uint32_t parent) {
        sort(siblings);
        for (std::size_t i = siblings.size(); i-- > 0;)
            stack.push_back({siblings[i], parent, i + 1 == siblings.size()});
    };
    push(roots, none);
    while (!stack.empty()) {
        const auto at = stack.back();
        stack.pop_back();
        ordered.push_back(rows_[at.row]);
        ordered.back().parent = at.parent;
        ordered.back().last = at.last;
        push(children[at.row], static_cast<std::uint32_t>(ordered.size() - 1));
    }
    return ordered;
}

} // namespace nsscope::tui
