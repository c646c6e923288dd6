#include <algorithm>

#include "base/text.hpp"
#include "presenter/nsenter.hpp"
#include "presenter/presenter.hpp"
#include "presenter/view_json.hpp"

namespace nsscope::tui {

Effect Presenter::press(KeyCode code) {
    if (asking_ != Asking::nothing) return type(code);
    message_.clear();
    if (panel_ && panel_->what == Panel::What::setup && code == key::space) return choose();
    const auto action = settings_.keys.action(code);
    if (!action) return {};
    return panel_ ? panel_act(*action) : act(*action);
}

Effect Presenter::act(Action action) {
    switch (action) {
    case Action::quit: return {.what = Effect::What::quit};
    case Action::suspend: return {.what = Effect::What::suspend};
    case Action::redraw: return {.what = Effect::What::redraw};
    case Action::refresh: return {.what = Effect::What::refresh};
    case Action::help: open_help(); break;
    case Action::setup: open_setup(); break;
    case Action::sort: open_sort(); break;
    case Action::signal: open_signals(); break;
    case Action::search: ask(Asking::search); break;
    case Action::search_next:
        if (search_.empty() || !search(true)) say("not found");
        break;
    case Action::filter: ask(Asking::filter); break;
    case Action::up:
    case Action::down:
    case Action::page_up:
    case Action::page_down:
    case Action::top:
    case Action::bottom:
    case Action::left:
    case Action::right: move(action); break;
    case Action::next_view: go_beside(1); break;
    case Action::previous_view: go_beside(view_count - 1); break;
    case Action::tree: go_to(View::tree); break;
    case Action::namespaces: go_to(View::namespaces); break;
    case Action::processes: go_to(View::processes); break;
    case Action::cgroups: go_to(View::cgroups); break;
    case Action::events: go_to(View::events); break;
    case Action::guard: go_to(View::guard); break;
    case Action::details:
        if (const auto* row = selected()) {
            if (row->place.key.kind == Kind::group)
                fold(!row->open);
            else
                open_details(row->place.key);
        }
        break;
    case Action::back:
        if (!selection_.filter.empty()) {
            selection_.filter.clear();
            rows_are_old_ = true;
        }
        break;
    case Action::fold: fold(false); break;
    case Action::unfold: fold(true); break;
    case Action::fold_all: fold_all(); break;
    case Action::sort_left: sort_beside(-1); break;
    case Action::sort_right: sort_beside(1); break;
    case Action::sort_cpu: sort_by(ColumnId::cpu); break;
    case Action::sort_memory: sort_by(ColumnId::memory); break;
    case Action::sort_age: sort_by(ColumnId::age); break;
    case Action::sort_pid: sort_by(std::nullopt); break;
    case Action::invert:
        now().descending = !now().descending;
        rows_are_old_ = true;
        break;
    case Action::tag: tag(); break;
    case Action::untag: tagged_.clear(); break;
    case Action::follow:
        follow_ = !follow_;
        rows_are_old_ = true;
        say(follow_ ? "following the selected row" : "not following");
        break;
    case Action::pause: return toggle_pause();
    case Action::step: return replay({.what = Effect::What::step});
    case Action::seek_back: return replay({.what = Effect::What::seek, .number = -10});
    case Action::seek_on: return replay({.what = Effect::What::seek, .number = 10});
    case Action::seek_far_back: return replay({.what = Effect::What::seek, .number = -60});
    case Action::seek_far_on: return replay({.what = Effect::What::seek, .number = 60});
    case Action::go_to_time:
        if (playing_.empty()) return replay({});
        ask(Asking::time);
        break;
    case Action::differing:
        selection_.differing = !selection_.differing;
        rows_are_old_ = true;
        say(selection_.differing ? "only what differs from the host's" : "everything");
        break;
    case Action::kernel_threads:
        selection_.kernel_threads = settings_.kernel_threads = !selection_.kernel_threads;
        rows_are_old_ = true;
        return {.what = Effect::What::keep};
    case Action::kind: next_kind(); break;
    case Action::enter_ns: return enter_namespace(false);
    case Action::copy: return enter_namespace(true);
    case Action::save: return save_view();
    case Action::mouse:
        settings_.mouse = !settings_.mouse;
        say(settings_.mouse ? "mouse on" : "mouse off");
        return {.what = Effect::What::mouse};
    }
    return {};
}

void Presenter::move(Action action) {
    refresh_rows();
    auto& state = now();
    const auto page = std::max<std::size_t>(body_, 2) - 1;
    switch (action) {
    case Action::up: move_to(state.at - std::min<std::size_t>(state.at, 1)); break;
    case Action::down: move_to(state.at + 1); break;
    case Action::page_up: move_to(state.at - std::min(state.at, page)); break;
    case Action::page_down: move_to(state.at + page); break;
    case Action::top: move_to(0); break;
    case Action::bottom: move_to(rows_.size()); break;
    case Action::left: state.scroll -= std::min<std::size_t>(state.scroll, 1); break;
    case Action::right: state.scroll = std::min(state.scroll + 1, shown_columns().size() - 1); break;
    default: break;
    }
}

void Presenter::sort_by(std::optional<ColumnId> column) {
    auto& state = now();
    if (column) {
        const auto& shown = shown_columns();
        if (std::find(shown.begin(), shown.end(), *column) == shown.end())
            return say("this view has no such column");
    }
    if (column && state.sort == column)
        state.descending = !state.descending;
    else
        state.descending = column && info(*column).descending;
    state.sort = column;
    rows_are_old_ = true;
}

void Presenter::sort_beside(int step) {
    const auto& shown = shown_columns();
    const auto at = now().sort ? std::find(shown.begin(), shown.end(), *now().sort) - shown.begin() : -1;
    const auto next = std::clamp<std::ptrdiff_t>(at + step, 0, static_cast<std::ptrdiff_t>(shown.size()) - 1);
    if (!now().sort || next != at) sort_by(shown[static_cast<std::size_t>(next)]);
}

void Presenter::fold(bool open) {
    const auto* row = selected();
    if (row == nullptr) return;
    if (row->open == open || row->children == 0) {
        // folding what is folded goes to what it is part of
        if (!open && row->parent != none) move_to(row->parent);
        return;
    }
    if (!selection_.flipped.insert(row->place).second) selection_.flipped.erase(row->place);
    rows_are_old_ = true;
}

void Presenter::fold_all() {
    const auto* row = selected();
    if (row == nullptr) return;
    const bool open = !row->open;
    const auto first = static_cast<std::size_t>(row - rows_.data());
    for (std::size_t i = first; i < rows_.size(); ++i) {
        const auto& below = rows_[i];
        if (i != first && below.depth <= row->depth) break;
        if (below.children == 0 || below.open == open) continue;
        if (!selection_.flipped.insert(below.place).second) selection_.flipped.erase(below.place);
    }
    rows_are_old_ = true;
}

void Presenter::tag() {
    const auto* row = selected();
    if (row == nullptr || row->place.key.kind == Kind::group) return;
    if (!tagged_.insert(row->place.key).second) tagged_.erase(row->place.key);
    move_to(now().at + 1);
}

/// What only a recording can do.
Effect Presenter::replay(Effect effect) {
    if (!playing_.empty()) return effect;
    say("this is no recording: see 'nsscope top --replay'");
    return {};
}

/// A recording stands still as a whole; of the present only the screen does.
Effect Presenter::toggle_pause() {
    if (!playing_.empty()) return {.what = Effect::What::play};
    paused_ = !paused_;
    if (!paused_ && waiting_) show(std::move(waiting_));
    return {};
}

void Presenter::next_kind() {
    if (selection_.types == 0xFF)
        selection_.types = 1;
    else
        selection_.types = selection_.types == 0x80 ? 0xFF : selection_.types << 1;
    rows_are_old_ = true;
}

/// To the next row that has what is searched for, from the cursor on and round.
bool Presenter::search(bool from_next) {
    refresh_rows();
    const auto words = folded_case(search_);
    for (std::size_t i = 0; i < rows_.size(); ++i) {
        const auto at = (now().at + i + (from_next ? 1 : 0)) % rows_.size();
        if (!matches(words, *world_, view(), rows_[at], shown_columns())) continue;
        move_to(at);
        return true;
    }
    return false;
}

void Presenter::ask(Asking what) {
    asking_ = what;
    before_ = what == Asking::filter ? selection_.filter : search_;
    input_ = what == Asking::filter ? selection_.filter : std::string();
}

/// A key while something is typed: what is typed takes effect at once.
Effect Presenter::type(KeyCode code) {
    const auto changed = [this] {
        if (asking_ == Asking::filter) {
            selection_.filter = input_;
            rows_are_old_ = true;
        } else if (asking_ == Asking::search) {
            search_ = input_;
            message_ = input_.empty() || search(false) ? "" : "not found";
        }
    };
    if (code == key::enter) {
        const bool is_time = asking_ == Asking::time && !input_.empty();
        asking_ = Asking::nothing;
        if (is_time) return {.what = Effect::What::go_to, .text = input_};
    } else if (code == key::escape || code == key::ctrl('C')) {
        input_ = asking_ == Asking::filter ? "" : before_;
        changed();
        asking_ = Asking::nothing;
    } else if (code == key::backspace || code == key::erase || code == key::ctrl('H')) {
        while (!input_.empty() && (static_cast<unsigned char>(input_.back()) & 0xC0) == 0x80)
            input_.pop_back();
        if (!input_.empty()) input_.pop_back();
        changed();
    } else if (code == key::ctrl('U')) {
        input_.clear();
        changed();
    } else if (code == key::f(3) && asking_ == Asking::search) {
        if (!search(true)) say("not found");
    } else if (code == key::up || code == key::down || code == key::page_up || code == key::page_down) {
        if (const auto action = settings_.keys.action(code)) move(*action);
    } else if (code >= 32 && code != 127 && code < key::first && input_.size() < 256) {
        append_character(input_, code);
        changed();
    }
    return {};
}

Effect Presenter::enter_namespace(bool copy) {
    const auto* row = selected();
    if (row == nullptr) return {};
    auto words = nsenter_words(*world_, row->place.key);
    if (words.empty()) {
        say("nsenter cannot enter this: no process is in it, and no mount leads to it");
        return {};
    }
    if (copy) {
        say("copied: " + shell_line(words));
        return {.what = Effect::What::copy, .text = shell_line(words)};
    }
    return {.what = Effect::What::run, .text = {}, .words = std::move(words)};
}

Effect Presenter::save_view() {
    refresh_rows();
    return {.what = Effect::What::save, .text = view_json(*world_, view(), rows_, shown_columns())};
}

Effect Presenter::click(const MouseEvent& mouse) {
    if (asking_ != Asking::nothing) return {};
    message_.clear();
    if (mouse.wheel != 0) {
        if (panel_)
            panel_->move(std::ptrdiff_t{mouse.wheel} * 3);
        else
            move_to(mouse.wheel > 0 ? now().at + 3 : now().at - std::min<std::size_t>(now().at, 3));
        return {};
    }
    if (mouse.line < first_row_line_) {
        if (panel_) return {};
        if (mouse.line + 2 == first_row_line_) { // the tabs
            std::size_t column = 0;
            for (const auto& view : views) {
                if (!has_view(view.view)) continue;
                const auto end = column + view.name.size() + 5;
                if (mouse.column < end) {
                    go_to(view.view);
                    break;
                }
                column = end;
            }
        } else if (mouse.line + 1 == first_row_line_) {
            std::size_t column = 2;
            for (const auto& shown : fit_columns(page_width_)) {
                column += shown.width + 1;
                if (mouse.column >= column && shown.id != ColumnId::name) continue;
                sort_by(shown.id);
                break;
            }
        }
        return {};
    }
    const auto line = mouse.line - first_row_line_;
    if (line >= body_) return {};
    if (panel_) {
        if (panel_->top + line >= panel_->entries.size()) return {};
        panel_->at = panel_->top + line;
        return mouse.twice ? choose() : Effect{};
    }
    refresh_rows();
    if (now().top + line >= rows_.size()) return {};
    move_to(now().top + line);
    return mouse.twice ? act(Action::details) : Effect{};
}

} // namespace nsscope::tui
