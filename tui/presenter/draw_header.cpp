#include <algorithm>
#include <cmath>
#include <fmt/format.h>

#include "base/text.hpp"
#include "presenter/figures.hpp"
#include "presenter/presenter.hpp"

namespace nsscope::tui {
namespace {

/// "CPU[|||||     23.1%]", as htop(1) draws it.
void add_bar(LineMaker& line, std::string_view label, std::optional<double> share, const std::string& figure,
             std::size_t cells) {
    line.add(label, Style::label);
    line.add("[");
    const auto room = cells - std::min(cells, label.size() + 2);
    std::string bar(room, ' ');
    const auto filled =
        share
            ? static_cast<std::size_t>(std::lround(std::clamp(*share, 0.0, 1.0) * static_cast<double>(room)))
            : 0;
    std::fill(bar.begin(), bar.begin() + static_cast<std::ptrdiff_t>(filled), '|');
    const auto text = figure.substr(0, room);
    bar.replace(room - text.size(), text.size(), text);
    const auto cut = std::min(filled, room - text.size());
    line.add(bar.substr(0, cut), share && *share > 0.9 ? Style::alarm : Style::busy);
    line.add(bar.substr(cut));
    line.add("]");
}

std::string memory_figure(const Machine& machine) {
    if (machine.memory == 0) return "not known";
    std::string text;
    append_bytes(text, machine.memory - std::min(machine.memory, machine.available));
    text += '/';
    append_bytes(text, machine.memory);
    return text;
}

std::optional<double> memory_share(const Machine& machine) {
    if (machine.memory == 0) return std::nullopt;
    return 1.0 - static_cast<double>(machine.available) / static_cast<double>(machine.memory);
}

std::string cpu_figure(const World& world) {
    std::string text;
    if (!world.cpu) return "-";
    append_percent(text, *world.cpu);
    return text + '%';
}

std::string rate_figure(const World& world) {
    if (world.machine.rung.empty()) return "none";
    std::string text;
    append_rate(text, world.rates.empty() ? 0 : world.rates.back());
    return text + "/s";
}

/// The latest rates, the highest of them being full height; nothing at all is the lowest.
std::string sparkline(const World& world, const Glyphs& glyphs, std::size_t cells) {
    std::string text;
    const auto count = std::min(cells, world.rates.size());
    double most = 0;
    for (const auto rate : world.rates) most = std::max(most, rate);
    for (auto i = world.rates.size() - count; i < world.rates.size(); ++i) {
        const auto level = most == 0 ? 0 : std::ceil(world.rates[i] / most * 7);
        text += glyphs.levels[static_cast<std::size_t>(level)];
    }
    return text;
}

void add_lost(LineMaker& line, const World& world) {
    line.add(fmt::format("lost {}", world.counts.lost), world.counts.lost > 0 ? Style::alarm : Style::label);
    if (world.counts.lost > 0) line.add("!", Style::alarm);
}

Line identity(const World& world, std::size_t width) {
    LineMaker line(width);
    line.add("nsscope ", Style::title);
    line.add(to_printable(world.machine.host), Style::title);
    line.add("  Linux ", Style::label);
    line.add(to_printable(world.machine.kernel));
    line.add("  up ", Style::label);
    line.add(uptime_text(world.machine.boot_ns));
    line.add("  by ", Style::label);
    line.add(world.machine.rung.empty() ? "scans only" : to_printable(world.machine.rung));
    line.add(fmt::format(" ({})", to_printable(world.source)), Style::label);
    return line.take();
}

Line counts(const World& world, std::size_t width) {
    LineMaker line(width);
    const auto add = [&line](std::size_t count, std::string_view what) {
        line.add(fmt::format("{} ", count));
        line.add(what, Style::label);
    };
    add(world.live_containers, "containers  ");
    add(world.live_processes, "processes  ");
    add(world.live_namespaces, "namespaces:");
    for (const auto& type : ns_types) {
        line.add(fmt::format(" {} ", type.name), Style::label);
        line.add(std::to_string(world.by_type[static_cast<std::size_t>(type.type)]));
    }
    return line.take();
}

} // namespace

std::vector<Line> Presenter::header_lines(std::size_t width) const {
    std::vector<Line> lines{identity(*world_, width)};
    LineMaker bars(width);
    const auto half = std::min<std::size_t>(width / 2 - std::min<std::size_t>(width / 2, 1), 50);
    add_bar(bars, "CPU", world_->cpu ? std::optional(*world_->cpu / 100) : std::nullopt, cpu_figure(*world_),
            half);
    bars.add("  ");
    add_bar(bars, "Mem", memory_share(world_->machine), memory_figure(world_->machine), half);
    lines.push_back(bars.take());
    lines.push_back(counts(*world_, width));

    LineMaker events(width);
    add_lost(events, *world_);
    events.add("  events ", Style::label);
    events.add(rate_figure(*world_));
    events.add(" ");
    events.add(sparkline(*world_, glyphs_, std::min<std::size_t>(20, width / 6)));
    events.add("  seen ", Style::label);
    events.add(std::to_string(world_->counts.all()));
    events.add("  namespaces made ", Style::label);
    events.add(std::to_string(world_->counts.created));
    events.add(" gone ", Style::label);
    events.add(std::to_string(world_->counts.destroyed));
    lines.push_back(events.take());
    for (const auto& notice : world_->notices) {
        LineMaker line(width);
        line.add("! " + to_printable(notice), Style::alarm);
        lines.push_back(line.take());
    }
    if (!utf8_) make_ascii(lines);
    return lines;
}

/// On a small screen the same in two lines; what was lost stays.
void Presenter::draw_header(Page& page, Size size) const {
    if (size.height >= 16 && size.width >= 60) {
        for (auto& line : header_lines(size.width)) page.lines.push_back(std::move(line));
        return;
    }
    LineMaker first(size.width);
    add_lost(first, *world_);
    first.add(" CPU ", Style::label);
    first.add(cpu_figure(*world_));
    first.add(" Mem ", Style::label);
    first.add(memory_figure(world_->machine));
    first.add(" ");
    first.add(to_printable(world_->machine.host), Style::title);
    page.lines.push_back(first.take());
    LineMaker second(size.width);
    second.add(fmt::format("{} ns {} ctr {} proc {} ev", world_->live_namespaces, world_->live_containers,
                           world_->live_processes, rate_figure(*world_)));
    if (!world_->notices.empty()) second.add(" ! " + to_printable(world_->notices.front()), Style::alarm);
    page.lines.push_back(second.take());
}

Line Presenter::draw_tabs(std::size_t width) const {
    LineMaker line(width);
    for (const auto& candidate : views) {
        if (!has_view(candidate.view)) continue;
        const bool is_shown = candidate.view == view();
        line.add(fmt::format("{}{} {}{} ", is_shown ? '[' : ' ', static_cast<std::size_t>(candidate.view) + 1,
                             candidate.name, is_shown ? ']' : ' '),
                 is_shown ? Style::tab : Style::label);
    }
    const auto add = [&line](const std::string& text) { line.add(" " + text, Style::alarm); };
    if (paused_) add("PAUSED");
    if (!playing_.empty()) add(playing_);
    if (!selection_.filter.empty()) add("filter: " + to_printable(selection_.filter));
    if (selection_.differing) add("differing only");
    if (selection_.types != 0xFF)
        add(fmt::format("{} only", ns_types[static_cast<std::size_t>(__builtin_ctz(selection_.types))].name));
    if (!tagged_.empty()) add(fmt::format("{} tagged", tagged_.size()));
    if (follow_) add("following");
    return line.take();
}

} // namespace nsscope::tui
