#include "cli/config_file.hpp"

#include <algorithm>
#include <array>
#include <set>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "policy/yaml_reader.hpp"
#include "policy/yaml_tree.hpp"
#include "scan/files.hpp"

namespace nsscope {
namespace {

/// These are about the file itself, or about one run.
constexpr std::array<std::string_view, 4> for_one_run{"config", "check", "help", "replay"};
bool is_for_one_run(std::string_view name) {
    return std::ranges::find(for_one_run, name) != for_one_run.end();
}

std::string names_of(const CLI::App& app) {
    std::string names;
    for (const auto* option : app.get_options())
        for (const auto& name : option->get_lnames())
            if (!is_for_one_run(name)) names += (names.empty() ? "" : ", ") + name;
    return names;
}

/// What the command line has said already stays.
Result<void> take(CLI::Option& option, const YamlReader& reader, const YamlNode& value,
                  const std::string& name) {
    if (option.count() > 0) return {};
    auto taken =
        reader.each(value, "a value, or a list of them", [&option](const YamlNode& node) -> Result<void> {
            option.add_result(node.text);
            return {};
        });
    if (!taken) return taken;
    try {
        option.run_callback();
    } catch (const CLI::ParseError& error) {
        return reader.error(value, error.what(), fmt::format("what --{} takes", name));
    }
    return {};
}

} // namespace

Result<void> take_config(CLI::App& app, const std::string& file) {
    const auto text = read_file(file);
    if (!text) return errno_failure(text.error(), "cannot read " + file);
    return take_config_text(app, *text, file);
}

Result<void> take_config_text(CLI::App& app, std::string_view text, const std::string& file) {
    const auto tree = read_yaml(text, file);
    if (!tree) return Failure(tree.error());
    const YamlReader reader(*tree, file);
    const auto& root = reader.root();
    if (root.kind != YamlNode::Kind::mapping) return reader.unexpected(root, "a mapping of options");
    std::set<std::string_view> seen;
    for (std::size_t i = 0; i + 1 < root.children.size(); i += 2) {
        const auto& key = reader.child(root, i);
        auto* option = key.kind == YamlNode::Kind::scalar && !is_for_one_run(key.text)
                           ? app.get_option_no_throw("--" + key.text)
                           : nullptr;
        if (option == nullptr) return reader.unexpected(key, "one of " + names_of(app));
        if (!seen.insert(key.text).second)
            return reader.error(key, fmt::format("'{}' a second time", key.text), "each once");
        if (auto taken = take(*option, reader, reader.child(root, i + 1), key.text); !taken) return taken;
    }
    return {};
}

} // namespace nsscope
