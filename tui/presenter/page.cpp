#include "presenter/page.hpp"

#include <algorithm>

#include "output/display_width.hpp"

namespace nsscope::tui {

bool LineMaker::add(std::string_view text, Style style) {
    const auto part = cut_to_width(text, left_);
    left_ -= std::min(left_, display_width(part));
    if (!part.empty()) {
        if (line_.spans.empty() || line_.spans.back().style != style) line_.spans.push_back({{}, style});
        line_.spans.back().text += part;
    }
    return part.size() == text.size();
}

void LineMaker::add_cell(std::string_view text, std::size_t cells, bool right, Style style) {
    const auto part = cut_to_width(text, cells);
    const std::string filler(cells - std::min(cells, display_width(part)), ' ');
    if (right) add(filler, style);
    add(part, style);
    if (!right) add(filler, style);
}

void make_ascii(std::vector<Line>& lines) {
    for (auto& line : lines)
        for (auto& span : line.spans) {
            std::string text;
            for (const char c : span.text) {
                const auto byte = static_cast<unsigned char>(c);
                if (byte < 0x80)
                    text += c;
                else if (byte >= 0xC0)
                    text += '?';
            }
            span.text = std::move(text);
        }
}

std::string text_of(const Line& line) {
    std::string text;
    for (const auto& span : line.spans) text += span.text;
    text.resize(text.find_last_not_of(' ') + 1);
    return text;
}

} // namespace nsscope::tui
