#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace nsscope::tui {

/// A key: a character of Unicode, or one of these.
using KeyCode = std::uint32_t;
namespace key {
inline constexpr KeyCode first = 0x110000;
inline constexpr KeyCode up = first + 1, down = first + 2, left = first + 3, right = first + 4,
                         page_up = first + 5, page_down = first + 6, home = first + 7, end = first + 8,
                         back_tab = first + 9, backspace = first + 10, erase = first + 11,
                         insert = first + 12;
inline constexpr KeyCode tab = 9, enter = 13, escape = 27, space = 32;
[[nodiscard]] constexpr KeyCode f(unsigned number) { return first + 100 + number; }
[[nodiscard]] constexpr KeyCode ctrl(char letter) { return static_cast<KeyCode>(letter & 0x1F); }
} // namespace key

enum class Action : std::uint8_t {
    help,
    setup,
    search,
    search_next,
    filter,
    sort,
    signal,
    quit,
    suspend,
    redraw,
    refresh,
    up,
    down,
    left,
    right,
    page_up,
    page_down,
    top,
    bottom,
    next_view,
    previous_view,
    tree,
    namespaces,
    processes,
    cgroups,
    events,
    guard,
    details,
    back,
    fold,
    unfold,
    fold_all,
    sort_left,
    sort_right,
    sort_cpu,
    sort_memory,
    sort_age,
    sort_pid,
    invert,
    tag,
    untag,
    follow,
    pause,
    step,
    seek_back,
    seek_on,
    seek_far_back,
    seek_far_on,
    go_to_time,
    differing,
    kernel_threads,
    kind,
    enter_ns,
    copy,
    save,
    mouse,
};

struct Binding {
    Action action;
    std::string_view name; ///< in the configuration
    std::array<KeyCode, 4> keys;
    std::string_view help;
};

/// The one table of keys; help, configuration and manual come from it. Where htop(1) has a key for it, it is htop's.
inline constexpr std::array bindings{
    Binding{Action::help, "help", {key::f(1), 'h', '?'}, "this help"},
    Binding{Action::setup, "setup", {key::f(2), 'S'}, "choose and order the columns"},
    Binding{Action::search, "search", {key::f(3), '/'}, "search in every column"},
    Binding{Action::search_next, "search-next", {'n'}, "the next one found"},
    Binding{Action::filter, "filter", {key::f(4), '\\'}, "show only rows with a text; | parts alternatives"},
    Binding{Action::sort, "sort", {key::f(6), '.'}, "choose the column to sort by"},
    Binding{Action::sort_left, "sort-left", {'<', ','}, "sort by the column to the left"},
    Binding{Action::sort_right, "sort-right", {'>'}, "sort by the column to the right"},
    Binding{Action::sort_cpu, "sort-cpu", {'P'}, "sort by CPU"},
    Binding{Action::sort_memory, "sort-memory", {'M'}, "sort by memory"},
    Binding{Action::sort_age, "sort-age", {'T'}, "sort by age"},
    Binding{Action::sort_pid, "sort-pid", {'N'}, "the order of the kernel's numbers"},
    Binding{Action::invert, "invert", {'I'}, "sort the other way round"},
    Binding{Action::up, "up", {key::up, key::ctrl('P')}, "a row up"},
    Binding{Action::down, "down", {key::down, key::ctrl('N')}, "a row down"},
    Binding{Action::page_up, "page-up", {key::page_up, key::ctrl('B')}, "a page up"},
    Binding{Action::page_down, "page-down", {key::page_down, key::ctrl('F')}, "a page down"},
    Binding{Action::top, "top", {key::home, 'g', key::ctrl('A')}, "the first row"},
    Binding{Action::bottom, "bottom", {key::end, 'G', key::ctrl('E')}, "the last row"},
    Binding{Action::left, "left", {key::left}, "columns to the left"},
    Binding{Action::right, "right", {key::right}, "columns to the right"},
    Binding{Action::next_view, "next-view", {key::tab}, "the next view"},
    Binding{Action::previous_view, "previous-view", {key::back_tab}, "the one before"},
    Binding{Action::tree, "tree", {'1', key::f(5), 't'}, "the tree"},
    Binding{Action::namespaces, "namespaces", {'2'}, "all namespaces"},
    Binding{Action::processes, "processes", {'3'}, "all processes"},
    Binding{Action::cgroups, "cgroups", {'4'}, "cgroups"},
    Binding{Action::events, "events", {'5'}, "events"},
    Binding{Action::guard, "guard", {'6'}, "rules, hits and last denials, where a guard is in force"},
    Binding{Action::details,
            "details",
            {key::enter},
            "all that is known of the selected; there: follow the link"},
    Binding{Action::back, "back", {key::escape, key::backspace}, "back, or out of a panel"},
    Binding{Action::fold, "fold", {'-'}, "fold"},
    Binding{Action::unfold, "unfold", {'+', '='}, "unfold"},
    Binding{Action::fold_all, "fold-all", {'*'}, "fold or unfold all below"},
    Binding{Action::tag, "tag", {key::space}, "tag, for what is done to several"},
    Binding{Action::untag, "untag", {'U'}, "untag all"},
    Binding{Action::follow, "follow", {'F'}, "keep the selected on its line; in events, keep at the end"},
    Binding{
        Action::pause, "pause", {'Z'}, "pause; nothing is lost meanwhile; of a recording: pause, or play on"},
    Binding{Action::step, "step", {'s'}, "of a recording: to the next event"},
    Binding{Action::seek_back, "seek-back", {'['}, "of a recording: 10 seconds back"},
    Binding{Action::seek_on, "seek-on", {']'}, "of a recording: 10 seconds on"},
    Binding{Action::seek_far_back, "seek-far-back", {'{'}, "of a recording: a minute back"},
    Binding{Action::seek_far_on, "seek-far-on", {'}'}, "of a recording: a minute on"},
    Binding{Action::go_to_time, "go-to-time", {'j'}, "of a recording: to a time"},
    Binding{Action::differing, "differing", {'d'}, "only what differs from the host's"},
    Binding{Action::kernel_threads, "kernel-threads", {'K'}, "hide or show kernel threads"},
    Binding{Action::kind, "kind", {'y'}, "the next kind of namespace, or all"},
    Binding{Action::signal, "signal", {key::f(9), 'k'}, "send a signal, after asking"},
    Binding{Action::enter_ns, "nsenter", {'e'}, "run a shell inside, by nsenter(1)"},
    Binding{Action::copy, "copy", {'c'}, "copy the nsenter line to the clipboard (OSC 52)"},
    Binding{Action::save, "export", {'x'}, "write the view to a file, as JSON"},
    Binding{Action::mouse, "mouse", {'m'}, "turn the mouse off or on"},
    Binding{Action::refresh, "refresh", {'r'}, "look now"},
    Binding{Action::redraw, "redraw", {key::ctrl('L')}, "draw the screen anew"},
    Binding{Action::suspend, "suspend", {key::ctrl('Z')}, "back to the shell; fg comes back"},
    Binding{Action::quit, "quit", {'q', key::f(10), key::ctrl('C')}, "quit"},
};

/// "F1", "Up", "Ctrl-L", "Space", "a"
[[nodiscard]] std::string key_name(KeyCode code);
/// The same, read.
[[nodiscard]] std::optional<KeyCode> key_from_name(std::string_view name);
[[nodiscard]] const Binding* binding_of(std::string_view action);

/// Which key does what: the table's, unless changed.
class KeyMap {
  public:
    KeyMap();
    [[nodiscard]] std::optional<Action> action(KeyCode code) const;
    void bind(KeyCode code, Action action) { actions_[code] = action; }
    /// The keys of an action, parted by spaces.
    [[nodiscard]] std::string keys_of(Action action) const;

  private:
    std::map<KeyCode, Action> actions_;
};

} // namespace nsscope::tui
