#include "presenter/keys.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace nsscope::tui {
namespace {

struct Named {
    KeyCode code;
    std::string_view name;
};
constexpr std::array named{
    Named{key::up, "Up"},        Named{key::down, "Down"},
    Named{key::left, "Left"},    Named{key::right, "Right"},
    Named{key::page_up, "PgUp"}, Named{key::page_down, "PgDn"},
    Named{key::home, "Home"},    Named{key::end, "End"},
    Named{key::tab, "Tab"},      Named{key::back_tab, "Shift-Tab"},
    Named{key::enter, "Enter"},  Named{key::escape, "Esc"},
    Named{key::space, "Space"},  Named{key::backspace, "Backspace"},
    Named{key::erase, "Delete"}, Named{key::insert, "Insert"},
};

} // namespace

std::string key_name(KeyCode code) {
    for (const auto& known : named)
        if (known.code == code) return std::string(known.name);
    if (code > key::f(0) && code <= key::f(12)) return fmt::format("F{}", code - key::f(0));
    if (code < 32) return fmt::format("Ctrl-{}", static_cast<char>(code + '@'));
    if (code < 127) return std::string(1, static_cast<char>(code));
    return fmt::format("U+{:04X}", code);
}

std::optional<KeyCode> key_from_name(std::string_view name) {
    for (const auto& known : named)
        if (known.name == name) return known.code;
    for (unsigned number = 1; number <= 12; ++number)
        if (name == fmt::format("F{}", number)) return key::f(number);
    if (name.size() == 6 && name.starts_with("Ctrl-") && name[5] >= '@' && name[5] <= '_')
        return key::ctrl(name[5]);
    if (name.size() == 1 && name[0] > 32 && name[0] < 127) return static_cast<KeyCode>(name[0]);
    return std::nullopt;
}

const Binding* binding_of(std::string_view action) {
    const auto found = std::find_if(bindings.begin(), bindings.end(),
                                    [action](const Binding& binding) { return binding.name == action; });
    return found == bindings.end() ? nullptr : &*found;
}

KeyMap::KeyMap() {
    for (const auto& binding : bindings)
        for (const auto code : binding.keys)
            if (code != 0) bind(code, binding.action);
}

std::optional<Action> KeyMap::action(KeyCode code) const {
    const auto found = actions_.find(code);
    if (found == actions_.end()) return std::nullopt;
    return found->second;
}

std::string KeyMap::keys_of(Action action) const {
    std::string text;
    const auto add = [&](KeyCode code) {
        if (!text.empty()) text += ' ';
        text += key_name(code);
    };
    // those of the table in its order, then what was added
    std::array<KeyCode, 4> usual{};
    for (const auto& binding : bindings)
        if (binding.action == action) usual = binding.keys;
    for (const auto code : usual)
        if (code != 0 && this->action(code) == action) add(code);
    for (const auto& [code, bound] : actions_)
        if (bound == action && std::find(usual.begin(), usual.end(), code) == usual.end()) add(code);
    return text;
}

} // namespace nsscope::tui
