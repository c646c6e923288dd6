#include "filter/filter.hpp"

#include <algorithm>

namespace nsscope {
namespace {

using Compare = Filter::Compare;

bool is_under(std::string_view path, std::string_view top) {
    while (top.ends_with('/')) top.remove_suffix(1);
    return path.starts_with(top) && (path.size() == top.size() || path[top.size()] == '/');
}

bool holds_for(Compare compare, std::string_view value, std::string_view with) {
    switch (compare) {
    case Compare::begins: return value.starts_with(with);
    case Compare::ends: return value.ends_with(with);
    case Compare::contains: return value.find(with) != std::string_view::npos;
    case Compare::under: return is_under(value, with);
    default: return value == with;
    }
}

bool holds_for(Compare compare, std::int64_t value, std::int64_t with) {
    switch (compare) {
    case Compare::less: return value < with;
    case Compare::at_most: return value <= with;
    case Compare::greater: return value > with;
    case Compare::at_least: return value >= with;
    default: return value == with;
    }
}

bool holds_for(Compare compare, const FieldValue& value, const Filter::Value& with) {
    if (const auto* text = std::get_if<std::string_view>(&value))
        return std::holds_alternative<std::string>(with) &&
               holds_for(compare, *text, std::get<std::string>(with));
    return std::holds_alternative<std::int64_t>(with) &&
           holds_for(compare, std::get<std::int64_t>(value), std::get<std::int64_t>(with));
}

} // namespace

bool Filter::compares(const Node& node, const FieldReader& record) const {
    values_.clear();
    record.read(node.field, values_);
    if (node.compare == Compare::known) return !values_.empty();
    if (node.compare == Compare::unknown || values_.empty())
        return node.compare == Compare::unknown && values_.empty();
    const bool is_one = std::ranges::any_of(values_, [&](const FieldValue& value) {
        return std::ranges::any_of(node.with,
                                   [&](const auto& with) { return holds_for(node.compare, value, with); });
    });
    return is_one != (node.compare == Compare::unequal);
}

bool Filter::holds(std::size_t index, const FieldReader& record) const {
    const Node& node = nodes_[index];
    switch (node.kind) {
    case Node::Kind::both: return holds(node.left, record) && holds(node.right, record);
    case Node::Kind::either: return holds(node.left, record) || holds(node.right, record);
    case Node::Kind::neither: return !holds(node.left, record);
    case Node::Kind::compare: break;
    }
    return compares(node, record);
}

bool Filter::matches(const FieldReader& record) const { return holds(nodes_.size() - 1, record); }

enum class Filter::Answer : std::uint8_t {
    no,
    maybe,
    yes
};

/// Kleene's three values, in order: `and` is the least of its two, `or` the greatest.
Filter::Answer Filter::answer(std::size_t index, const FieldReader& record, FieldSet known) const {
    const Node& node = nodes_[index];
    switch (node.kind) {
    case Node::Kind::both:
        return std::min(answer(node.left, record, known), answer(node.right, record, known));
    case Node::Kind::either:
        return std::max(answer(node.left, record, known), answer(node.right, record, known));
    case Node::Kind::neither: {
        const auto of = answer(node.left, record, known);
        return of == Answer::maybe ? of : of == Answer::no ? Answer::yes : Answer::no;
    }
    case Node::Kind::compare: break;
    }
    if ((known & set_of(node.field)) == 0) return Answer::maybe;
    return compares(node, record) ? Answer::yes : Answer::no;
}

bool Filter::rules_out(const FieldReader& record, FieldSet known) const {
    return answer(nodes_.size() - 1, record, known) == Answer::no;
}

bool Filter::mentions(FieldSet any) const {
    return std::ranges::any_of(nodes_, [any](const Node& node) {
        return node.kind == Node::Kind::compare && (any & set_of(node.field)) != 0;
    });
}

const std::vector<Filter::Value>& Filter::demands(Field field) const {
    static const std::vector<Value> nothing;
    std::vector<std::size_t> all{nodes_.size() - 1}; // that have to hold
    while (!all.empty()) {
        const auto& node = nodes_[all.back()];
        all.pop_back();
        if (node.kind == Node::Kind::both) {
            all.push_back(node.left);
            all.push_back(node.right);
        } else if (node.kind == Node::Kind::compare && node.field == field &&
                   node.compare == Compare::equal) {
            return node.with;
        }
    }
    return nothing;
}

} // namespace nsscope
