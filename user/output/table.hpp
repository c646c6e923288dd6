#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace nsscope {

/// A table of text. Every cell is printable text (append_printable()) but for '\n', which parts the values of
/// a cell that holds several.
struct Table {
    struct Heading {
        std::string_view name;
        bool right = false;    ///< aligned to the right; else to the left
        bool truncate = false; ///< may be cut to fit the width
    };
    struct Row {
        std::vector<std::string> cells; ///< as many as there are headings
        std::string branch{};           ///< drawn before the first line of the tree column's cell
        std::string trunk{};            ///< drawn before its other lines
    };
    static constexpr std::size_t no_tree = static_cast<std::size_t>(-1);

    std::vector<Heading> headings;
    std::vector<Row> rows{};
    std::size_t tree_column = no_tree; ///< which column the branches are drawn in
};

struct TableStyle {
    bool headings = true;
    bool raw = false; ///< one space between cells; a space inside a cell is \x20; several values are one line
    bool wrap = true; ///< several values of a cell go on lines of their own; else commas part them
    std::size_t width = 0; ///< cells of the terminal, to which truncatable columns are cut; 0: no limit
};

/// Appends the table as lines. Columns are as wide as their widest cell; no line ends in a space.
void append_table(std::string& out, const Table& table, const TableStyle& style);

} // namespace nsscope
