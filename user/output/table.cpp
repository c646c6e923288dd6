#include "output/table.hpp"

#include <algorithm>

#include "output/display_width.hpp"

namespace nsscope {
namespace {

/// The first line of `text`, which loses it and the newline after it.
std::string_view take_line(std::string_view& text) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return line;
}

void append_raw_cell(std::string& out, std::string_view cell) {
    for (const char c : cell) {
        if (c == ' ')
            out += "\\x20";
        else
            out += c == '\n' ? ',' : c;
    }
}

void append_raw(std::string& out, const Table& table, bool headings) {
    if (headings) {
        for (std::size_t i = 0; i < table.headings.size(); ++i) {
            if (i != 0) out += ' ';
            out += table.headings[i].name;
        }
        out += '\n';
    }
    for (const auto& row : table.rows) {
        for (std::size_t i = 0; i < row.cells.size(); ++i) {
            if (i != 0) out += ' ';
            append_raw_cell(out, row.cells[i]);
        }
        out += '\n';
    }
}

/// A table as columns of equal width.
class Grid {
  public:
    Grid(const Table& table, const TableStyle& style) : table_(table), style_(style) {
        for (const auto& heading : table.headings)
            widths_.push_back(style.headings ? display_width(heading.name) : 0);
        for (const auto& row : table.rows)
            for (std::size_t i = 0; i < row.cells.size(); ++i)
                widths_[i] = std::max(widths_[i], cell_width(row, i));
        if (style.width != 0) shrink();
    }

    void append(std::string& out) const {
        if (style_.headings) {
            std::vector<std::string_view> names;
            for (const auto& heading : table_.headings) names.push_back(heading.name);
            append_line(out, names, {});
        }
        std::vector<std::string> flat;
        for (const auto& row : table_.rows) {
            if (style_.wrap) {
                append_row(out, row);
                continue;
            }
            flat.assign(row.cells.begin(), row.cells.end());
            for (auto& cell : flat) std::replace(cell.begin(), cell.end(), '\n', ',');
            append_line(out, {flat.begin(), flat.end()}, row.branch);
        }
    }

  private:
    [[nodiscard]] bool is_right(std::size_t column) const {
        // A tree hangs from its left side.
        return table_.headings[column].right && column != table_.tree_column;
    }

    [[nodiscard]] std::size_t cell_width(const Table::Row& row, std::size_t column) const {
        std::string_view rest = row.cells[column];
        std::size_t width = 0;
        if (style_.wrap) {
            do width = std::max(width, display_width(take_line(rest)));
            while (!rest.empty());
        } else {
            width = display_width(rest); // a newline is one cell, as the comma in its place
        }
        return column == table_.tree_column ? width + display_width(row.branch) : width;
    }

    /// Narrows the truncatable columns, the last first, until a line fits; none gets narrower than its
    /// heading.
    void shrink() {
        std::size_t total = widths_.size() - 1;
        for (const auto width : widths_) total += width;
        for (std::size_t i = widths_.size(); i-- > 0 && total > style_.width;) {
            if (!table_.headings[i].truncate) continue;
            const auto spare = widths_[i] - std::min(widths_[i], display_width(table_.headings[i].name));
            const auto cut = std::min(total - style_.width, spare);
            widths_[i] -= cut;
            total -= cut;
        }
    }

    void append_row(std::string& out, const Table::Row& row) const {
        std::vector<std::string_view> rests(row.cells.begin(), row.cells.end());
        std::vector<std::string_view> lines(rests.size());
        bool first = true;
        do {
            std::transform(rests.begin(), rests.end(), lines.begin(), take_line);
            append_line(out, lines, first ? row.branch : row.trunk);
            first = false;
        } while (std::any_of(rests.begin(), rests.end(), [](auto rest) { return !rest.empty(); }));
    }

    void append_line(std::string& out, const std::vector<std::string_view>& cells,
                     std::string_view drawn) const {
        // Padding is owed until more text comes, so that no line ends in spaces.
        std::size_t owed = 0;
        const auto put = [&](std::string_view text) {
            if (text.empty()) return;
            out.append(owed, ' ');
            out += text;
            owed = 0;
        };
        for (std::size_t i = 0; i < cells.size(); ++i) {
            if (i != 0) ++owed;
            auto room = widths_[i];
            if (i == table_.tree_column) {
                const auto branch = cut_to_width(drawn, room);
                put(branch);
                room -= display_width(branch);
            }
            const auto text = table_.headings[i].truncate ? cut_to_width(cells[i], room) : cells[i];
            const auto taken = std::min(display_width(text), room);
            if (is_right(i)) owed += room - taken;
            put(text);
            if (!is_right(i)) owed += room - taken;
        }
        out += '\n';
    }

    const Table& table_;
    const TableStyle& style_;
    std::vector<std::size_t> widths_;
};

} // namespace

void append_table(std::string& out, const Table& table, const TableStyle& style) {
    if (style.raw)
        append_raw(out, table, style.headings);
    else
        Grid(table, style).append(out);
}

} // namespace nsscope
