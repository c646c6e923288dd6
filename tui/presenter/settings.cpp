#include "presenter/settings.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "base/text.hpp"

namespace nsscope::tui {
namespace {

std::string_view take_word(std::string_view& rest) {
    const auto begin = std::min(rest.find_first_not_of(" \t"), rest.size());
    rest.remove_prefix(begin);
    const auto word = rest.substr(0, std::min(rest.find_first_of(" \t"), rest.size()));
    rest.remove_prefix(word.size());
    return word;
}

Result<void> read_switch(std::string_view word, bool& value) {
    if (word != "on" && word != "off") return Failure(Error{"expected on or off", {}, 0});
    value = word == "on";
    return {};
}

Result<void> read_key(Settings& settings, std::string_view rest) {
    const auto name = take_word(rest), action = take_word(rest);
    const auto code = key_from_name(name);
    if (!code) return Failure(Error{fmt::format("no key is called '{}'", to_printable(name)), {}, 0});
    const auto* binding = binding_of(action);
    if (binding == nullptr)
        return Failure(Error{fmt::format("no action is called '{}'", to_printable(action)), {}, 0});
    settings.keys.bind(*code, binding->action);
    settings.bound.emplace_back(*code, binding->action);
    return {};
}

Result<void> read_columns(Settings& settings, std::string_view rest) {
    const auto name = take_word(rest);
    const auto view =
        std::find_if(views.begin(), views.end(), [name](const ViewInfo& v) { return v.name == name; });
    if (view == views.end())
        return Failure(Error{fmt::format("no view is called '{}'", to_printable(name)), {}, 0});
    auto columns = parse_columns(take_word(rest), view->view);
    if (!columns) return Failure(Error{to_printable(columns.error().what), {}, 0});
    settings.columns[static_cast<std::size_t>(view->view)] = std::move(*columns);
    return {};
}

Result<void> read_line(Settings& settings, std::string_view line) {
    const auto word = take_word(line);
    if (word.empty() || word.starts_with('#')) return {};
    if (word == "columns") return read_columns(settings, line);
    if (word == "key") return read_key(settings, line);
    if (word == "mouse") return read_switch(take_word(line), settings.mouse);
    if (word == "kernel-threads") return read_switch(take_word(line), settings.kernel_threads);
    return Failure(Error{fmt::format("'{}' is not a setting", to_printable(word)), {}, 0});
}

} // namespace

Settings::Settings() {
    for (const auto& view : views)
        columns[static_cast<std::size_t>(view.view)] = columns_of(view.view, false);
}

Result<Settings> parse_settings(std::string_view text) {
    Settings settings;
    for (std::size_t number = 1; !text.empty(); ++number) {
        const auto end = std::min(text.find('\n'), text.size());
        if (auto read = read_line(settings, text.substr(0, end)); !read)
            return Failure(Error{fmt::format("line {}: {}", number, read.error().what),
                                 "correct the line or delete it", 0});
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return settings;
}

std::string to_text(const Settings& settings) {
    std::string text = "# Settings of nsscope top, kept by its setup screen (S).\n";
    for (const auto& view : views) {
        text += fmt::format("columns {} ", view.name);
        const auto* separator = "";
        for (const auto column : settings.columns[static_cast<std::size_t>(view.view)]) {
            text += separator;
            text += heading(column, view.view);
            separator = ",";
        }
        text += '\n';
    }
    for (const auto& [code, action] : settings.bound)
        for (const auto& binding : bindings)
            if (binding.action == action) text += fmt::format("key {} {}\n", key_name(code), binding.name);
    text += fmt::format("mouse {}\nkernel-threads {}\n", settings.mouse ? "on" : "off",
                        settings.kernel_threads ? "on" : "off");
    return text;
}

} // namespace nsscope::tui
