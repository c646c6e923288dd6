#pragma once

#include <optional>
#include <string>

#include "presenter/columns.hpp"
#include "presenter/row.hpp"
#include "presenter/world.hpp"

namespace nsscope::tui {

/// Appends the text of a column for a row, printable, of any length; nothing where the column says nothing about it, or it
/// is not known.
void append_cell(std::string& out, ColumnId column, const World& world, View view, const Row& row);

/// What rows are sorted by: numbers before texts before nothing.
struct SortKey {
    int rank = 2; ///< 0: number, 1: text, 2: nothing
    double number = 0;
    std::string text;
};
[[nodiscard]] SortKey sort_key(ColumnId column, const World& world, View view, const Row& row);

/// "net:[4026531840]"
[[nodiscard]] std::string name_of(const Namespace& ns);
/// What a process runs: its command line, or its name in brackets for a kernel thread; printable.
[[nodiscard]] std::string command_of(const Process& process);
/// The name, or the beginning of the id; printable.
[[nodiscard]] std::string name_of(const Container& container);

/// Since when and whether the thing of the row is there; nullptr: that is not known of its kind.
[[nodiscard]] const Presence* presence_of(const World& world, const Row& row);

} // namespace nsscope::tui
