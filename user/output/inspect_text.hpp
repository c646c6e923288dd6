#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "inspect/inspection.hpp"
#include "output/table.hpp"

namespace nsscope {

/// What a namespace holds, for people: lines "  LABEL  VALUE" below a heading. Everything that is put is made fit for a
/// terminal here.
class FactSheet {
  public:
    explicit FactSheet(std::string& out) : out_(out) {}

    /// A line; `text` may come from anywhere. An empty one is shown as "-".
    void line(std::string_view label, std::string_view text);
    /// The same for text that is fit for a terminal as it is, and must not be changed: what shell_word() makes.
    void ready_line(std::string_view label, std::string_view text);
    /// "unknown" stands for what could not be learned; the issues say why.
    void unknown(std::string_view label) { line(label, "unknown"); }
    /// A line, and below it a table whose cells are made by cell(). Of very many rows, the first; how many are left out
    /// is said. An empty table is "none".
    void table(std::string_view label, Table table);

    /// Text of a cell of a table.
    [[nodiscard]] static std::string cell(std::string_view text);

  private:
    std::string& out_;
};

/// Puts the lines of one kind.
void put_contents_text(FactSheet& sheet, const Contents& contents);

/// Appends all of it: for each namespace a heading, who is in it, how to enter it, and what is inside. `snapshot`, which it was
/// looked up in, tells of the containers.
void append_inspection_text(std::string& out, const Inspection& inspection, const Snapshot& snapshot);

} // namespace nsscope
