#include "output/tree_layout.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace nsscope {
namespace {

constexpr std::size_t deepest_drawn = 32;

struct Glyphs {
    std::string_view fork, last, pass, blank;
};
constexpr Glyphs utf8_glyphs{"├─", "└─", "│ ", "  "};
constexpr Glyphs ascii_glyphs{"|-", "`-", "| ", "  "};

/// Climbs from every node; a climb that meets itself has found a ring.
void cut_rings(std::vector<std::size_t>& parents) {
    std::vector<std::size_t> climb_of(parents.size(), no_parent);
    for (std::size_t start = 0; start < parents.size(); ++start) {
        auto node = start;
        while (node != no_parent && climb_of[node] == no_parent) {
            climb_of[node] = start;
            node = parents[node];
        }
        if (node == no_parent || climb_of[node] != start) continue;
        auto lowest = node;
        for (auto other = parents[node]; other != node; other = parents[other])
            lowest = std::min(lowest, other);
        parents[lowest] = no_parent;
    }
}

class Layout {
  public:
    Layout(const std::vector<std::size_t>& parents, const Glyphs& glyphs)
        : children_(parents.size()), glyphs_(glyphs) {
        for (std::size_t node = 0; node < parents.size(); ++node)
            (parents[node] == no_parent ? roots_ : children_[parents[node]]).push_back(node);
        rows_.reserve(parents.size());
    }

    std::vector<TreeRow> run() {
        for (const auto root : roots_) draw(root);
        return std::move(rows_);
    }

  private:
    /// A node that waits for its turn, and what is drawn before it.
    struct Waiting {
        std::size_t node;
        std::size_t depth;
        std::string left; ///< what its parent's other children stand behind
        bool last;        ///< of its parent's children
    };

    // With a stack of its own: a chain of processes may be longer than the call stack is deep.
    void draw(std::size_t root) {
        std::vector<Waiting> stack{{root, 0, {}, true}};
        while (!stack.empty()) {
            const auto at = std::move(stack.back());
            stack.pop_back();
            const auto& children = children_[at.node];
            auto branch = at.left;
            auto below = at.left;
            if (at.depth != 0) {
                branch += at.last ? glyphs_.last : glyphs_.fork;
                below += at.last ? glyphs_.blank : glyphs_.pass;
            }
            const bool deeper = at.depth < deepest_drawn;
            auto trunk = below;
            if (!children.empty() && deeper) trunk += glyphs_.pass;
            rows_.push_back({at.node, std::move(branch), std::move(trunk)});
            for (std::size_t i = children.size(); i-- > 0;)
                stack.push_back({children[i], deeper ? at.depth + 1 : at.depth, deeper ? below : at.left,
                                 i + 1 == children.size() && (deeper || at.last)});
        }
    }

    std::vector<std::size_t> roots_;
    std::vector<std::vector<std::size_t>> children_;
    const Glyphs& glyphs_;
    std::vector<TreeRow> rows_;
};

} // namespace

std::vector<TreeRow> lay_out_tree(std::vector<std::size_t> parents, bool utf8) {
    cut_rings(parents);
    return Layout(parents, utf8 ? utf8_glyphs : ascii_glyphs).run();
}

} // namespace nsscope
