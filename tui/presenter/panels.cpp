#include <algorithm>
#include <array>
#include <fmt/format.h>

#include "presenter/presenter.hpp"

namespace nsscope::tui {
namespace {

struct SignalName {
    int number;
    std::string_view name;
};
/// signal(7), the numbers of x86 and ARM, which are those of most others, too.
constexpr std::array signals{SignalName{15, "SIGTERM"}, SignalName{1, "SIGHUP"},   SignalName{2, "SIGINT"},
                             SignalName{3, "SIGQUIT"},  SignalName{9, "SIGKILL"},  SignalName{10, "SIGUSR1"},
                             SignalName{12, "SIGUSR2"}, SignalName{18, "SIGCONT"}, SignalName{19, "SIGSTOP"},
                             SignalName{28, "SIGWINCH"}};

} // namespace

void Presenter::open_help() {
    Panel panel{.what = Panel::What::help, .title = "Keys"};
    for (const auto& binding : bindings)
        panel.entries.push_back(
            {.text = fmt::format("{:<22} {}", settings_.keys.keys_of(binding.action), binding.help)});
    const auto heading = [&panel](std::string text) {
        panel.entries.push_back({});
        panel.entries.push_back({.text = std::move(text), .style = Style::title});
    };
    heading("Signs before a row");
    for (const auto* line :
         {">  selected", "+  new in the last 5 seconds", "-  gone in the last 5 seconds", "*  tagged"})
        panel.entries.push_back({.text = line});
    heading("Columns of this view (S chooses)");
    for (const auto column : columns_of(view(), true))
        panel.entries.push_back(
            {.text = fmt::format("{:<12} {}", tui::heading(column, view()), info(column).help)});
    panel_ = std::move(panel);
}

void Presenter::open_sort() {
    Panel panel{.what = Panel::What::sort, .title = "Sort by"};
    panel.entries.push_back({.text = "the kernel's numbers", .value = -1});
    for (const auto column : shown_columns()) {
        if (now().sort == column) panel.at = panel.entries.size();
        panel.entries.push_back(
            {.text = std::string(heading(column, view())), .value = static_cast<int>(column)});
    }
    panel_ = std::move(panel);
}

void Presenter::open_setup() {
    Panel panel{.what = Panel::What::setup,
                .title = fmt::format("Columns of {}: Space shows or hides, + and - move, Esc ends",
                                     info(view()).name)};
    const auto add = [&](ColumnId column, bool on) {
        if (column == ColumnId::name) return;
        panel.entries.push_back({.text = fmt::format("{:<12} {}", heading(column, view()), info(column).help),
                                 .value = static_cast<int>(column),
                                 .on = on});
    };
    const auto& shown = shown_columns();
    for (const auto column : shown) add(column, true);
    for (const auto column : columns_of(view(), true))
        if (std::find(shown.begin(), shown.end(), column) == shown.end()) add(column, false);
    panel_ = std::move(panel);
}

/// To the tagged processes, or to the selected one.
void Presenter::open_signals() {
    std::size_t count = 0;
    for (const auto& key : tagged_) count += key.kind == Kind::process ? 1 : 0;
    const auto* row = selected();
    const bool has_process = row != nullptr && row->place.key.kind == Kind::process;
    if (count == 0 && !has_process) return say("select or tag a process first");
    const auto whom = count > 0 ? fmt::format("{} tagged process{}", count, count == 1 ? "" : "es")
                                : fmt::format("process {} ({})", world_->processes[row->index].process.pid,
                                              command_of(world_->processes[row->index].process));
    Panel panel{.what = Panel::What::signals, .title = "Enter sends, Esc does not: signal to " + whom};
    for (const auto& signal : signals)
        panel.entries.push_back(
            {.text = fmt::format("{:>2} {}", signal.number, signal.name), .value = signal.number});
    panel_ = std::move(panel);
}

void Presenter::close_panel() {
    panel_.reset();
    trail_.clear();
}

Effect Presenter::choose() {
    auto& panel = *panel_;
    if (panel.at >= panel.entries.size()) return {};
    auto& entry = panel.entries[panel.at];
    switch (panel.what) {
    case Panel::What::help: close_panel(); break;
    case Panel::What::details:
        if (entry.link) open_details(*entry.link);
        break;
    case Panel::What::sort: {
        const auto value = entry.value;
        close_panel();
        sort_by(value < 0 ? std::nullopt : std::optional(static_cast<ColumnId>(value)));
        break;
    }
    case Panel::What::setup: {
        entry.on = !entry.on;
        auto& columns = shown_columns();
        columns.clear();
        for (const auto& candidate : panel.entries)
            if (candidate.on) columns.push_back(static_cast<ColumnId>(candidate.value));
        columns.push_back(ColumnId::name);
        rows_are_old_ = true;
        return {.what = Effect::What::keep};
    }
    case Panel::What::signals: {
        Effect effect{.what = Effect::What::signal, .text = {}, .words = {}, .number = entry.value};
        for (std::size_t i = 0; i < world_->live_processes; ++i)
            if (const auto& process = world_->processes[i].process; tagged_.contains(key_of(process)))
                effect.processes.push_back(process);
        if (const auto* row = selected();
            effect.processes.empty() && row != nullptr && row->place.key.kind == Kind::process)
            effect.processes.push_back(world_->processes[row->index].process);
        close_panel();
        return effect;
    }
    }
    return {};
}

Effect Presenter::panel_act(Action action) {
    auto& panel = *panel_;
    const auto page = static_cast<std::ptrdiff_t>(std::max<std::size_t>(body_, 2) - 1);
    switch (action) {
    case Action::quit:
    case Action::suspend:
    case Action::redraw:
    case Action::refresh:
    case Action::pause:
    case Action::step:
    case Action::seek_back:
    case Action::seek_on:
    case Action::seek_far_back:
    case Action::seek_far_on:
    case Action::mouse: return act(action);
    case Action::up: panel.move(-1); break;
    case Action::down: panel.move(1); break;
    case Action::page_up: panel.move(-page); break;
    case Action::page_down: panel.move(page); break;
    case Action::top: panel.move(-static_cast<std::ptrdiff_t>(panel.entries.size())); break;
    case Action::bottom: panel.move(static_cast<std::ptrdiff_t>(panel.entries.size())); break;
    case Action::details: return choose();
    case Action::fold:
    case Action::unfold:
        if (panel.what == Panel::What::setup) {
            const auto other = action == Action::fold ? panel.at + 1 : panel.at - 1;
            if (other >= panel.entries.size() || panel.entries[other].on != panel.entries[panel.at].on) break;
            std::swap(panel.entries[other], panel.entries[panel.at]);
            panel.at = other;
            panel.entries[panel.at].on = !panel.entries[panel.at].on;
            return choose(); // sets it again, and takes the order over
        }
        break;
    case Action::enter_ns:
    case Action::copy:
        if (panel.what == Panel::What::details && !trail_.empty()) {
            const auto key = trail_.back();
            close_panel();
            go_to_thing(key);
            return act(action);
        }
        break;
    case Action::tree:
    case Action::namespaces:
    case Action::processes:
    case Action::cgroups:
    case Action::events:
    case Action::guard:
    case Action::next_view:
    case Action::previous_view: close_panel(); return act(action);
    case Action::help:
        if (panel.what == Panel::What::help)
            close_panel();
        else
            open_help();
        break;
    case Action::left:
    case Action::back:
        if (panel.what == Panel::What::details && trail_.size() > 1) {
            trail_.pop_back();
            const auto key = trail_.back();
            trail_.pop_back();
            open_details(key);
        } else if (action == Action::back) {
            close_panel();
        }
        break;
    default: break;
    }
    return {};
}

} // namespace nsscope::tui
