#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "presenter/glyphs.hpp"
#include "presenter/keys.hpp"
#include "presenter/page.hpp"
#include "presenter/panel.hpp"
#include "presenter/rows.hpp"
#include "presenter/settings.hpp"
#include "presenter/world.hpp"

namespace nsscope::tui {

/// What a key asks of whoever has the terminal and the machine.
struct Effect {
    enum class What : std::uint8_t {
        nothing,
        quit,
        suspend,
        redraw,
        refresh,
        run,    ///< `words`, on the terminal
        copy,   ///< `text`, to the clipboard
        signal, ///< `number`, to `processes`
        save,   ///< `text`, to a new file
        keep,   ///< the settings were changed
        mouse,  ///< settings().mouse was changed
        play,   ///< of a recording: play on, or pause
        step,   ///< to the next event
        seek,   ///< `number` seconds on, or back
        go_to,  ///< `text`, a time as it was typed
    };
    What what = What::nothing;
    std::string text{};
    std::vector<std::string> words{};
    int number = 0;
    std::vector<Process> processes{};
};

/// A click or a turn of the wheel, in cells from the top left corner.
struct MouseEvent {
    std::size_t line = 0, column = 0;
    int wheel = 0; ///< -1: up, 1: down, 0: a click
    bool twice = false;
};

/// All that is on the screen, and what keys do to it; no terminal, no system calls. What is drawn depends on nothing
/// but the worlds, the keys and the size.
class Presenter {
  public:
    /// More about a thing than its world knows, as printable lines, headings without a space before them; empty: nothing. It
    /// must not wait: when it knows more, look_again() shows it.
    using Teller = std::function<std::vector<std::string>(const World&, const Key&)>;

    Presenter(Settings settings, bool utf8, Teller teller = {});

    /// Shows this world, unless paused; then it is the latest one that unpausing shows.
    void show(std::shared_ptr<const World> world);
    [[nodiscard]] Effect press(KeyCode code);
    [[nodiscard]] Effect click(const MouseEvent& mouse);
    [[nodiscard]] Page page(Size size);

    void set_teller(Teller teller) { teller_ = std::move(teller); }
    /// The teller knows more.
    void look_again();
    void say(std::string message) { message_ = std::move(message); }
    void set_view(View view) { go_to(view); }
    void set_filter(std::string filter) {
        selection_.filter = std::move(filter);
        rows_are_old_ = true;
    }
    /// A recording is shown: where it stands.
    void set_playing(std::string status) { playing_ = std::move(status); }

    [[nodiscard]] const Settings& settings() const { return settings_; }
    [[nodiscard]] View view() const { return selection_.view; }
    [[nodiscard]] bool is_paused() const { return paused_; }
    [[nodiscard]] const std::vector<Row>& rows();
    [[nodiscard]] const Row* selected();

    /// The whole of a view as lines, with headings: what batch mode prints. `width` 0: no limit.
    [[nodiscard]] std::vector<Line> header_lines(std::size_t width) const;
    [[nodiscard]] std::vector<Line> table_lines(std::size_t width);

  private:
    struct ViewState {
        Place cursor;
        std::size_t at = 0, top = 0;
        std::size_t scroll = 0; ///< columns that are out of sight on the left
        std::optional<ColumnId> sort;
        bool descending = false;
        bool at_end = true; ///< on the last row: where new events are
    };
    enum class Asking : std::uint8_t {
        nothing,
        filter,
        search,
        time,
    };
    struct Shown {
        ColumnId id;
        std::size_t width;
    };

    [[nodiscard]] ViewState& now() { return states_[static_cast<std::size_t>(selection_.view)]; }
    [[nodiscard]] const ViewState& now() const { return states_[static_cast<std::size_t>(selection_.view)]; }
    [[nodiscard]] std::vector<ColumnId>& shown_columns() {
        return settings_.columns[static_cast<std::size_t>(selection_.view)];
    }
    [[nodiscard]] const std::vector<ColumnId>& shown_columns() const {
        return settings_.columns[static_cast<std::size_t>(selection_.view)];
    }

    // presenter.cpp: the rows and the cursor
    /// That of the guard is there when a guard is in force, or when it is what is shown.
    [[nodiscard]] bool has_view(View view) const {
        return view != View::guard || !world_->guard.empty() || selection_.view == View::guard;
    }
    void go_to(View view);
    void go_beside(std::size_t step);
    void refresh_rows();
    void find_cursor();
    void move_to(std::size_t at);
    void keep_in_sight(std::size_t height);
    void go_to_thing(const Key& key);

    // act.cpp
    Effect act(Action action);
    void move(Action action);
    void sort_by(std::optional<ColumnId> column);
    void sort_beside(int step);
    void fold(bool open);
    void fold_all();
    void tag();
    [[nodiscard]] Effect toggle_pause();
    [[nodiscard]] Effect replay(Effect effect);
    void next_kind();
    bool search(bool from_next);
    [[nodiscard]] Effect enter_namespace(bool copy);
    [[nodiscard]] Effect save_view();
    Effect type(KeyCode code);
    void ask(Asking what);

    // panels.cpp
    Effect panel_act(Action action);
    void open_help();
    void open_sort();
    void open_setup();
    void open_signals();
    void open_details(const Key& key);
    void close_panel();
    Effect choose();

    // details.cpp
    void fill_details(const Key& key);

    // draw.cpp
    void draw_header(Page& page, Size size) const;
    [[nodiscard]] Line draw_tabs(std::size_t width) const;
    void draw_rows(Page& page, Size size, std::size_t height);
    [[nodiscard]] std::vector<Shown> fit_columns(std::size_t width) const;
    [[nodiscard]] Line draw_headings(std::size_t width) const;
    [[nodiscard]] Line draw_row(const Row& row, std::size_t width, bool is_selected) const;
    [[nodiscard]] std::string branch(const Row& row) const;
    void draw_panel(Page& page, Size size, std::size_t height);
    [[nodiscard]] Line draw_bottom(Page& page, Size size) const;

    Settings settings_;
    const Glyphs& glyphs_;
    bool utf8_;
    Teller teller_;
    std::shared_ptr<const World> world_, waiting_;
    Selection selection_;
    std::array<ViewState, view_count> states_{};
    std::vector<Row> rows_;
    bool rows_are_old_ = true;
    std::set<Key> tagged_;
    bool paused_ = false;
    bool follow_ = false;
    Asking asking_ = Asking::nothing;
    std::string input_, before_, search_;
    std::string message_;
    std::string playing_;
    std::optional<Panel> panel_;
    std::vector<Key> trail_; ///< of details, the one shown last
    std::size_t body_ = 1;   ///< lines that rows had on the last page
    std::size_t first_row_line_ = 0, page_width_ = 80;
};

} // namespace nsscope::tui
