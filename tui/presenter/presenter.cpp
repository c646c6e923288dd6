#include "presenter/presenter.hpp"

#include <algorithm>

namespace nsscope::tui {

Presenter::Presenter(Settings settings, bool utf8, Teller teller)
    : settings_(std::move(settings)), glyphs_(glyphs(utf8)), utf8_(utf8), teller_(std::move(teller)),
      world_(std::make_shared<const World>()) {
    selection_.kernel_threads = settings_.kernel_threads;
}

void Presenter::show(std::shared_ptr<const World> world) {
    if (paused_) {
        waiting_ = std::move(world);
        return;
    }
    world_ = std::move(world);
    rows_are_old_ = true;
    look_again();
}

void Presenter::look_again() {
    if (panel_ && panel_->what == Panel::What::details && !trail_.empty()) fill_details(trail_.back());
}

const std::vector<Row>& Presenter::rows() {
    refresh_rows();
    return rows_;
}

const Row* Presenter::selected() {
    refresh_rows();
    return now().at < rows_.size() ? &rows_[now().at] : nullptr;
}

/// So many views further, round.
void Presenter::go_beside(std::size_t step) {
    auto next = selection_.view;
    do next = static_cast<View>((static_cast<std::size_t>(next) + step) % view_count);
    while (!has_view(next));
    go_to(next);
}

void Presenter::go_to(View view) {
    if (view == View::guard && world_->looks > 0 && world_->guard.empty())
        return say("no guard is in force: see 'nsscope guard apply'");
    selection_.view = view;
    rows_are_old_ = true;
}

void Presenter::refresh_rows() {
    if (!rows_are_old_) return;
    rows_are_old_ = false;
    selection_.sort = now().sort;
    selection_.descending = now().descending;
    selection_.columns = shown_columns();
    const bool stays_at_end = selection_.view == View::events && (follow_ || now().at_end) && !now().sort;
    const auto at = now().at, top = now().top;
    rows_ = make_rows(*world_, selection_);
    if (stays_at_end)
        move_to(rows_.empty() ? 0 : rows_.size() - 1);
    else
        find_cursor();
    // keep it on its line
    if (follow_ && now().at != at) {
        const auto line = at - std::min(at, top);
        now().top = now().at - std::min(now().at, line);
    }
}

/// To the same thing in the same place, to the same thing elsewhere, or to what stands where it stood.
void Presenter::find_cursor() {
    auto& state = now();
    if (rows_.empty()) {
        state.at = 0;
        return;
    }
    const auto guess = std::min(state.at, rows_.size() - 1);
    if (state.cursor.key.kind == Kind::nothing || rows_[guess].place == state.cursor) return move_to(guess);
    auto found =
        std::find_if(rows_.begin(), rows_.end(), [&](const Row& row) { return row.place == state.cursor; });
    if (found == rows_.end())
        found = std::find_if(rows_.begin(), rows_.end(),
                             [&](const Row& row) { return row.place.key == state.cursor.key; });
    move_to(found == rows_.end() ? guess : static_cast<std::size_t>(found - rows_.begin()));
}

void Presenter::move_to(std::size_t at) {
    auto& state = now();
    state.at = rows_.empty() ? 0 : std::min(at, rows_.size() - 1);
    state.cursor = rows_.empty() ? Place() : rows_[state.at].place;
    state.at_end = state.at + 1 >= rows_.size();
}

void Presenter::keep_in_sight(std::size_t height) {
    auto& state = now();
    if (height == 0) return;
    if (state.at < state.top) state.top = state.at;
    if (state.at >= state.top + height) state.top = state.at - height + 1;
    if (rows_.size() <= height)
        state.top = 0;
    else if (state.top + height > rows_.size())
        state.top = rows_.size() - height;
}

/// Shows a thing in the view where it is at home.
void Presenter::go_to_thing(const Key& key) {
    const auto target = key.kind == Kind::process  ? View::processes
                        : key.kind == Kind::ns     ? View::namespaces
                        : key.kind == Kind::cgroup ? View::cgroups
                                                   : View::tree;
    go_to(target);
    now().cursor = {key, 0};
    refresh_rows();
}

} // namespace nsscope::tui
