#include "policy/yaml_tree.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include <fmt/format.h>
#include <yaml.h>

namespace nsscope {
namespace {

/// Nothing that is read here is half as deep; what libyaml needs grows with the square of the depth.
constexpr std::size_t deepest = 16;

constexpr const char* star_hint = "expected an alias of an anchor above; to write a star, quote it";

/// Gives back what libyaml holds.
struct Parser {
    yaml_parser_t yaml{};
    Parser() { yaml_parser_initialize(&yaml); }
    ~Parser() { yaml_parser_delete(&yaml); }
    Parser(const Parser&) = delete;
    Parser& operator=(const Parser&) = delete;
};
struct Event {
    yaml_event_t yaml{};
    Event() = default;
    ~Event() { yaml_event_delete(&yaml); }
    Event(const Event&) = delete;
    Event& operator=(const Event&) = delete;
};

std::string as_text(const yaml_char_t* bytes) {
    return bytes == nullptr ? std::string() : reinterpret_cast<const char*>(bytes);
}

class Builder {
  public:
    Builder(std::string_view text, const std::string& file) : text_(text), file_(file) {
        const char* input = text.empty() ? "" : text.data(); // without an address libyaml ends the program
        yaml_parser_set_input_string(&parser_.yaml, reinterpret_cast<const unsigned char*>(input),
                                     text.size());
    }

    Result<YamlTree> build() {
        while (true) {
            Event event;
            if (yaml_parser_parse(&parser_.yaml, &event.yaml) == 0) return Failure(syntax_error());
            if (event.yaml.type == YAML_STREAM_END_EVENT) break;
            if (auto taken = take(event.yaml); !taken) return Failure(taken.error());
        }
        if (tree_.nodes.empty())
            return Failure(Error{fmt::format("{}:1:1: an empty file", file_), "expected a YAML document"});
        return std::move(tree_);
    }

  private:
    [[nodiscard]] Error error_at(const yaml_mark_t& mark, std::string_view what,
                                 std::string hint = {}) const {
        return {fmt::format("{}:{}:{}: {}", file_, mark.line + 1, mark.column + 1, what), std::move(hint)};
    }

    [[nodiscard]] Error syntax_error() const {
        const auto& yaml = parser_.yaml;
        const std::string problem = yaml.problem == nullptr ? "no memory" : yaml.problem;
        if (yaml.error == YAML_READER_ERROR) { // libyaml says which byte, and no more
            const auto before = text_.substr(0, yaml.problem_offset);
            yaml_mark_t mark{};
            mark.line = static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
            mark.column = before.size() - (before.rfind('\n') + 1);
            return error_at(mark, problem, "expected UTF-8 text without control characters");
        }
        const std::string context = yaml.context == nullptr ? "" : fmt::format(" {}", yaml.context);
        const bool in_alias = context == " while scanning an alias";
        return error_at(yaml.problem_mark, fmt::format("not YAML: {}{}", problem, context),
                        in_alias ? star_hint : "expected a YAML document");
    }

    Result<void> take(const yaml_event_t& event) {
        switch (event.type) {
        case YAML_DOCUMENT_START_EVENT:
            if (!tree_.nodes.empty())
                return Failure(error_at(event.start_mark, "a second document", "expected one in a file"));
            return {};
        case YAML_ALIAS_EVENT: {
            const auto name = as_text(event.data.alias.anchor);
            const auto anchor = anchors_.find(name);
            if (anchor == anchors_.end())
                return Failure(
                    error_at(event.start_mark, fmt::format("'*{}' stands for nothing", name), star_hint));
            attach(anchor->second);
            return {};
        }
        case YAML_SCALAR_EVENT: {
            const auto& scalar = event.data.scalar;
            auto& node = add(YamlNode::Kind::scalar, event.start_mark, scalar.anchor);
            node.text.assign(reinterpret_cast<const char*>(scalar.value), scalar.length);
            node.quoted = scalar.style != YAML_PLAIN_SCALAR_STYLE;
            return {};
        }
        case YAML_SEQUENCE_START_EVENT:
            return open(YamlNode::Kind::sequence, event.start_mark, event.data.sequence_start.anchor);
        case YAML_MAPPING_START_EVENT:
            return open(YamlNode::Kind::mapping, event.start_mark, event.data.mapping_start.anchor);
        case YAML_SEQUENCE_END_EVENT:
        case YAML_MAPPING_END_EVENT: open_.pop_back(); return {};
        default: return {};
        }
    }

    Result<void> open(YamlNode::Kind kind, const yaml_mark_t& mark, const yaml_char_t* anchor) {
        if (open_.size() == deepest)
            return Failure(error_at(mark, fmt::format("level {} of lists and mappings", deepest + 1),
                                    fmt::format("expected {} at most", deepest)));
        add(kind, mark, anchor);
        open_.push_back(tree_.nodes.size() - 1);
        return {};
    }

    YamlNode& add(YamlNode::Kind kind, const yaml_mark_t& mark, const yaml_char_t* anchor) {
        const auto index = tree_.nodes.size();
        attach(index);
        if (anchor != nullptr) anchors_[as_text(anchor)] = index;
        auto& node = tree_.nodes.emplace_back();
        node.kind = kind;
        node.line = static_cast<int>(mark.line) + 1;
        node.column = static_cast<int>(mark.column) + 1;
        return node;
    }

    void attach(std::size_t index) {
        if (!open_.empty()) tree_.nodes[open_.back()].children.push_back(index);
    }

    std::string_view text_;
    const std::string& file_;
    Parser parser_;
    YamlTree tree_;
    std::vector<std::size_t> open_; ///< the nodes that we are in
    std::map<std::string, std::size_t> anchors_;
};

} // namespace

Result<YamlTree> read_yaml(std::string_view text, const std::string& file) {
    return Builder(text, file).build();
}

} // namespace nsscope
