#include <algorithm>
#include <fmt/format.h>

#include "base/text.hpp"
#include "output/display_width.hpp"
#include "presenter/presenter.hpp"

namespace nsscope::tui {
namespace {

/// Sign and space before a row.
constexpr std::size_t gutter = 2;
/// What a row says last is worth more than a column more.
constexpr std::size_t least_name = 16;
/// Levels below are drawn at this one, so that whoever nests without end cannot push the text off the screen.
constexpr std::size_t deepest_drawn = 24;

} // namespace

/// The columns from the one scrolled to, as many as there is room for; the last one takes the rest.
std::vector<Presenter::Shown> Presenter::fit_columns(std::size_t width) const {
    const auto& wanted = shown_columns();
    const auto first = std::min(now().scroll, wanted.size() - 1);
    std::vector<Shown> shown;
    auto left = width - std::min(width, gutter);
    for (auto i = first; i + 1 < wanted.size(); ++i) {
        const std::size_t cells = std::max<std::size_t>(info(wanted[i]).width, info(wanted[i]).name.size());
        if (left < cells + 1 + least_name) continue;
        shown.push_back({wanted[i], cells});
        left -= cells + 1;
    }
    shown.push_back({ColumnId::name, left});
    return shown;
}

Line Presenter::draw_headings(std::size_t width) const {
    LineMaker line(width, Style::heading);
    line.add(std::string(gutter, ' '), Style::heading);
    for (const auto& [id, cells] : fit_columns(width)) {
        const bool is_sorted = now().sort == id;
        std::string text(heading(id, view()));
        // The sign takes the place of the last letter where there is no room: it tells what the colour tells, too.
        if (is_sorted) {
            if (text.size() >= cells) text.resize(cells - std::min<std::size_t>(cells, 1));
            text += now().descending ? glyphs_.down : glyphs_.up;
        }
        if (id == ColumnId::name) {
            line.add(text, is_sorted ? Style::sorted : Style::heading);
            line.fill_up(Style::heading);
        } else {
            line.add_cell(text, cells, info(id).right, is_sorted ? Style::sorted : Style::heading);
            line.add(" ", Style::heading);
        }
    }
    return line.take();
}

std::string Presenter::branch(const Row& row) const {
    if (view() != View::tree && view() != View::cgroups && view() != View::guard) return {};
    std::string text;
    if (row.depth > 0) {
        std::vector<std::string_view> parts{row.last ? glyphs_.last : glyphs_.fork};
        for (auto above = row.parent; above != none && rows_[above].depth > 0; above = rows_[above].parent)
            parts.push_back(rows_[above].last ? glyphs_.blank : glyphs_.pass);
        std::reverse(parts.begin(), parts.end());
        if (parts.size() > deepest_drawn) {
            text += glyphs_.more;
            parts.erase(parts.begin(), parts.end() - static_cast<std::ptrdiff_t>(deepest_drawn));
        }
        for (const auto part : parts) text += part;
    }
    if (row.children > 0) text += row.open ? glyphs_.open : glyphs_.folded;
    return text;
}

Line Presenter::draw_row(const Row& row, std::size_t width, bool is_selected) const {
    const auto* presence = presence_of(*world_, row);
    const bool is_gone = presence != nullptr && presence->gone_ns != 0;
    const bool is_fresh = presence != nullptr && world_->is_fresh(*presence);
    const bool is_tagged = tagged_.contains(row.place.key);
    Style style = Style::plain;
    if (is_fresh) style = Style::fresh;
    if (is_gone) style = Style::gone;
    if (is_tagged) style = Style::tagged;
    if (is_selected) style = Style::selected;

    LineMaker line(width, is_selected ? Style::selected : Style::plain);
    line.add(is_selected ? ">" : " ", style);
    line.add(is_tagged ? "*" : is_gone ? "-" : is_fresh ? "+" : " ", style);
    std::string text;
    for (const auto& [id, cells] : fit_columns(width)) {
        text.clear();
        append_cell(text, id, *world_, view(), row);
        if (id == ColumnId::name) {
            line.add(branch(row), is_selected ? style : Style::dim);
            const bool is_title = row.place.key.kind == Kind::group && !is_selected;
            if (display_width(text) > line.left()) {
                line.add(cut_to_width(text, line.left() - std::min<std::size_t>(line.left(), 1)),
                         is_title ? Style::title : style);
                line.add(glyphs_.more, style);
            } else {
                line.add(text, is_title ? Style::title : style);
            }
            continue;
        }
        const bool marks = (id == ColumnId::differs && text.find_first_not_of('.') != std::string::npos) ||
                           text.ends_with('*');
        line.add_cell(text, cells, info(id).right, marks && style == Style::plain ? Style::differs : style);
        line.add(" ", style);
    }
    if (is_selected) line.fill_up(style);
    return line.take();
}

void Presenter::draw_rows(Page& page, Size size, std::size_t height) {
    refresh_rows();
    keep_in_sight(height);
    const auto& state = now();
    for (std::size_t i = 0; i < height; ++i) {
        const auto at = state.top + i;
        if (at < rows_.size()) {
            page.lines.push_back(draw_row(rows_[at], size.width, at == state.at));
            continue;
        }
        LineMaker line(size.width);
        if (rows_.empty() && i == 0)
            line.add(selection_.filter.empty() ? "  nothing to show" : "  nothing matches the filter",
                     Style::dim);
        page.lines.push_back(line.take());
    }
}

void Presenter::draw_panel(Page& page, Size size, std::size_t height) {
    auto& panel = *panel_;
    panel.keep_in_sight(height);
    for (std::size_t i = 0; i < height; ++i) {
        const auto at = panel.top + i;
        if (at >= panel.entries.size()) {
            page.lines.push_back({});
            continue;
        }
        const auto& entry = panel.entries[at];
        const bool is_selected = at == panel.at;
        const auto style = is_selected ? Style::selected : entry.style;
        LineMaker line(size.width, is_selected ? Style::selected : Style::plain);
        line.add(is_selected ? "> " : "  ", style);
        if (panel.what == Panel::What::setup) line.add(entry.on ? "[x] " : "[ ] ", style);
        if (panel.what == Panel::What::details) line.add(entry.link ? "@ " : "  ", style);
        line.add(entry.text, style);
        if (is_selected) line.fill_up(style);
        page.lines.push_back(line.take());
    }
}

Line Presenter::draw_bottom(Page& page, Size size) const {
    LineMaker line(size.width);
    if (asking_ != Asking::nothing) {
        line.add(asking_ == Asking::filter   ? "Filter: "
                 : asking_ == Asking::search ? "Search: "
                                             : "Time, or seconds since the beginning: ",
                 Style::key);
        // the end of what is typed is what matters
        auto text = to_printable(input_);
        while (!text.empty() && display_width(text) + 1 > line.left())
            text.erase(0, std::max<std::size_t>(cut_to_width(text, 2).size(), 1));
        line.add(text);
        page.cursor = {page.lines.size(), size.width - line.left()};
        return line.take();
    }
    if (!message_.empty()) {
        line.add(to_printable(message_), Style::alarm);
        return line.take();
    }
    static constexpr std::array hints{
        std::pair{Action::help, "Help"},       std::pair{Action::setup, "Setup"},
        std::pair{Action::search, "Search"},   std::pair{Action::filter, "Filter"},
        std::pair{Action::tree, "Tree"},       std::pair{Action::sort, "SortBy"},
        std::pair{Action::details, "Details"}, std::pair{Action::signal, "Kill"},
        std::pair{Action::quit, "Quit"}};
    for (const auto& [action, what] : hints) {
        const auto keys = settings_.keys.keys_of(action);
        auto key = keys.substr(0, keys.find(' '));
        if (action == Action::tree)
            if (const auto other = keys.find("F5"); other != std::string::npos) key = "F5";
        if (action == Action::quit)
            if (const auto other = keys.find("F10"); other != std::string::npos) key = "F10";
        line.add(key, Style::key);
        line.add(what, Style::action);
        line.add(" ");
    }
    return line.take();
}

Page Presenter::page(Size size) {
    Page page;
    page_width_ = size.width;
    draw_header(page, size);
    const bool has_room = size.height >= page.lines.size() + 4;
    if (!has_room && page.lines.size() > 1) page.lines.resize(1);
    page.lines.push_back(draw_tabs(size.width));
    if (panel_) {
        LineMaker title(size.width, Style::heading);
        title.add("  " + panel_->title, Style::heading);
        title.fill_up(Style::heading);
        page.lines.push_back(title.take());
    } else {
        page.lines.push_back(draw_headings(size.width));
    }
    first_row_line_ = page.lines.size();
    body_ = size.height > page.lines.size() + 1 ? size.height - page.lines.size() - 1 : 0;
    if (panel_)
        draw_panel(page, size, body_);
    else
        draw_rows(page, size, body_);
    page.lines.push_back(draw_bottom(page, size));
    if (page.lines.size() > size.height) page.lines.resize(size.height);
    if (!utf8_) make_ascii(page.lines);
    return page;
}

std::vector<Line> Presenter::table_lines(std::size_t width) {
    constexpr std::size_t unlimited = 100'000;
    refresh_rows();
    std::vector<Line> lines{draw_headings(width == 0 ? 200 : width)};
    for (const auto& row : rows_) lines.push_back(draw_row(row, width == 0 ? unlimited : width, false));
    if (!utf8_) make_ascii(lines);
    return lines;
}

} // namespace nsscope::tui
