#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace nsscope::tui {

/// What a piece of text is; the screen chooses colours for it. Nothing is told by a style alone.
enum class Style : std::uint8_t {
    plain,
    dim,
    label,    ///< words around figures
    title,    ///< what the screen is about
    heading,  ///< of columns
    sorted,   ///< the heading of the column that rows are sorted by
    selected, ///< the row of the cursor
    tagged,
    fresh,
    gone,
    differs, ///< not the parent's, or not the host's
    busy,    ///< much of something
    alarm,   ///< something was lost, or is wrong
    key,     ///< a key of the bottom line, and
    action,  ///< what it does
    tab,     ///< the view that is shown
};
inline constexpr std::size_t style_count = 16;

struct Span {
    std::string text; ///< printable
    Style style = Style::plain;
};

/// A line of the screen; never wider than the page.
struct Line {
    std::vector<Span> spans;
    Style fill = Style::plain; ///< of what is behind the last span
};

struct Size {
    std::size_t width = 80, height = 24;
    bool operator==(const Size&) const = default;
};

/// What is to be seen, from the top.
struct Page {
    std::vector<Line> lines;
    std::optional<std::pair<std::size_t, std::size_t>> cursor; ///< line and column, where something is typed
};

/// For a terminal that does not take UTF-8: each character beyond ASCII becomes a question mark.
void make_ascii(std::vector<Line>& lines);
/// The text of the line without its styles and without spaces at the end.
[[nodiscard]] std::string text_of(const Line& line);

/// Puts pieces of text on one line until it is full.
class LineMaker {
  public:
    explicit LineMaker(std::size_t width, Style fill = Style::plain) : left_(width) { line_.fill = fill; }

    /// As much of the text as there is room for. Returns false when that was not all.
    bool add(std::string_view text, Style style = Style::plain);
    /// The text in so many cells, cut or filled up.
    void add_cell(std::string_view text, std::size_t cells, bool right, Style style);
    void fill_up(Style style) { add(std::string(left_, ' '), style); }
    [[nodiscard]] std::size_t left() const { return left_; }
    [[nodiscard]] Line take() { return std::move(line_); }

  private:
    Line line_;
    std::size_t left_;
};

} // namespace nsscope::tui
