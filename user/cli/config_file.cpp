#include "cli/config_file.hpp"

#include <algorithm>
#include <array>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "policy/yaml_reader.hpp"
#include "policy/yaml_tree.hpp"
#include "scan/files.hpp"

namespace nsscope {
namespace {

/// These are about the file itself, or about one run.
constexpr std::array<std::string_view, 4> not_in_a_file{"config", "check", "help", "replay"};

std::string names_of(const CLI::App& app) {
    std::string names;
    for (const auto* option : app.get_options())
        for (const auto& name : option->get_lnames())
            if (std::ranges::find(not_in_a_file, name) == not_in_a_file.end())
                names += (names.empty() ? "" : ", ") + name;
    return names;
}

} // namespace

Result<void> take_config(CLI::App& app, const std::string& file) {
    const auto text = read_file(file);
    if (!text) return errno_failure(text.error(), "cannot read " + file);
    const auto tree = read_yaml(*text, file);
    if (!tree) return Failure(tree.error());
    const YamlReader reader(*tree, file);
    const auto& root = reader.root();
    if (root.kind != YamlNode::Kind::mapping) return reader.unexpected(root, "a mapping of options");
    for (std::size_t i = 0; i + 1 < root.children.size(); i += 2) {
        const auto& key = reader.child(root, i);
        const auto& value = reader.child(root, i + 1);
        auto* option = key.kind == YamlNode::Kind::scalar &&
                               std::ranges::find(not_in_a_file, key.text) == not_in_a_file.end()
                           ? app.get_option_no_throw("--" + key.text)
                           : nullptr;
        if (option == nullptr) return reader.unexpected(key, "one of " + names_of(app));
        if (option->count() > 0) continue; // the command line says otherwise
        auto taken =
            reader.each(value, "a value, or a list of them", [option](const YamlNode& node) -> Result<void> {
                option->add_result(node.text);
                return {};
            });
        if (!taken) return taken;
        try {
            option->run_callback();
        } catch (const CLI::ParseError& error) {
            return reader.error(value, error.what(), fmt::format("what --{} takes", key.text));
        }
    }
    return {};
}

} // namespace nsscope
