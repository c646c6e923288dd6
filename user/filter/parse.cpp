#include <algorithm>
#include <array>
#include <charconv>
#include <fmt/format.h>
#include <string>
#include <utility>

#include "base/text.hpp"
#include "filter/filter.hpp"
#include "filter/token.hpp"

namespace nsscope {
namespace {

using Compare = Filter::Compare;
using Node = Filter::Node;

/// Deeper than anybody writes, and no danger to the stack.
constexpr int max_depth = 100;
/// Comparisons, and what joins them.
constexpr std::size_t max_nodes = 10'000;

struct Operator {
    std::string_view sign;
    Compare compare;
    bool for_text, for_numbers;
};
constexpr std::array<Operator, 11> operators{{
    {"=", Compare::equal, true, true},
    {"==", Compare::equal, true, true},
    {"!=", Compare::unequal, true, true},
    {"<", Compare::less, false, true},
    {"<=", Compare::at_most, false, true},
    {">", Compare::greater, false, true},
    {">=", Compare::at_least, false, true},
    {"^=", Compare::begins, true, false},
    {"$=", Compare::ends, true, false},
    {"*=", Compare::contains, true, false},
    {"under", Compare::under, true, false},
}};

/// expression = term {"or" term}; term = factor {"and" factor}; factor = "not" factor | "(" expression ")" | comparison
class Parser {
  public:
    explicit Parser(std::string_view text) : text_(text), tokens_(text) {}

    Result<std::vector<Node>> parse() {
        if (auto begun = advance(); !begun) return Failure(begun.error());
        const auto whole = expression(0);
        if (!whole) return Failure(whole.error());
        if (token_.kind != Token::Kind::end) return unexpected("'and', 'or' or the end");
        return std::move(nodes_);
    }

  private:
    using Index = std::size_t;

    Result<void> advance() {
        auto next = tokens_.next();
        if (!next) return Failure(next.error());
        token_ = std::move(*next);
        return {};
    }
    [[nodiscard]] bool is_sign(std::string_view text) const {
        return token_.kind == Token::Kind::sign && token_.text == text;
    }
    [[nodiscard]] bool is_word(std::string_view text) const {
        return token_.kind == Token::Kind::word && token_.text == text;
    }
    [[nodiscard]] Failure fail(const std::string& what) const {
        return filter_failure(text_, token_.at, what);
    }
    [[nodiscard]] Failure unexpected(std::string_view expected) const {
        const std::string found =
            token_.kind == Token::Kind::end ? "the end" : fmt::format("'{}'", to_printable(token_.text));
        return fail(fmt::format("expected {}, found {}", expected, found));
    }
    Index add(Node node) {
        nodes_.push_back(std::move(node));
        return nodes_.size() - 1;
    }

    Result<Index> expression(int depth) {
        return chain(depth, "or", Node::Kind::either, [this](int inner) {
            return chain(inner, "and", Node::Kind::both, [this](int innermost) { return factor(innermost); });
        });
    }

    template <typename Part>
    Result<Index> chain(int depth, std::string_view word, Node::Kind kind, Part part) {
        auto left = part(depth);
        while (left && is_word(word)) {
            if (auto went = advance(); !went) return Failure(went.error());
            auto right = part(depth);
            if (!right) return right;
            left = add({.kind = kind, .left = *left, .right = *right});
        }
        return left;
    }

    Result<Index> factor(int depth) {
        if (depth > max_depth) return fail("too deep");
        if (nodes_.size() > max_nodes) return fail("too long");
        if (is_word("not") || is_sign("!")) {
            if (auto went = advance(); !went) return Failure(went.error());
            auto inner = factor(depth + 1);
            if (!inner) return inner;
            return add({.kind = Node::Kind::neither, .left = *inner});
        }
        if (!is_sign("(")) return comparison();
        if (auto went = advance(); !went) return Failure(went.error());
        auto inner = expression(depth + 1);
        if (!inner) return inner;
        if (!is_sign(")")) return unexpected("')'");
        if (auto went = advance(); !went) return Failure(went.error());
        return inner;
    }

    Result<Index> comparison() {
        if (token_.kind != Token::Kind::word) return unexpected("a field, 'not' or '('");
        const auto field = field_from_name(token_.text);
        if (!field) {
            std::string known;
            for (const auto& one : fields) known += fmt::format("{}{}", known.empty() ? "" : ", ", one.name);
            return fail(fmt::format("no field is called '{}'; there are {}", token_.text, known));
        }
        Node node{.field = *field};
        if (auto went = advance(); !went) return Failure(went.error());
        if (is_word("in")) {
            if (auto listed = list(node); !listed) return Failure(listed.error());
            return add(std::move(node));
        }
        const auto sign = std::ranges::find(operators, std::string_view(token_.text), &Operator::sign);
        if (token_.kind == Token::Kind::quoted || sign == operators.end())
            return unexpected("an operator (= != < <= > >= ^= $= *= in under)");
        const bool is_text = info(*field).kind == FieldKind::text;
        if (!(is_text ? sign->for_text : sign->for_numbers))
            return fail(fmt::format("'{}' does not go with {}, which is a {}", sign->sign, info(*field).name,
                                    is_text ? "text" : "number"));
        node.compare = sign->compare;
        if (auto went = advance(); !went) return Failure(went.error());
        if (is_word("null")) {
            if (node.compare != Compare::equal && node.compare != Compare::unequal)
                return fail("null goes with = and != only");
            node.compare = node.compare == Compare::equal ? Compare::unknown : Compare::known;
            if (auto went = advance(); !went) return Failure(went.error());
            return add(std::move(node));
        }
        if (auto taken = value(node); !taken) return Failure(taken.error());
        return add(std::move(node));
    }

    Result<void> list(Node& node) {
        if (auto went = advance(); !went) return went;
        if (!is_sign("(")) return unexpected("'('");
        do {
            if (auto went = advance(); !went) return went;
            if (auto taken = value(node); !taken) return taken;
        } while (is_sign(","));
        if (!is_sign(")")) return unexpected("',' or ')'");
        return advance();
    }

    Result<void> value(Node& node) {
        if (token_.kind != Token::Kind::word && token_.kind != Token::Kind::quoted)
            return unexpected("a value");
        if (info(node.field).kind == FieldKind::text) {
            node.with.emplace_back(token_.text);
            return advance();
        }
        std::int64_t number = 0;
        const auto* end = token_.text.data() + token_.text.size();
        const auto [stop, error] = std::from_chars(token_.text.data(), end, number);
        if (token_.kind == Token::Kind::quoted || error != std::errc() || stop != end)
            return unexpected("a number");
        node.with.emplace_back(number);
        return advance();
    }

    std::string_view text_;
    Tokens tokens_;
    Token token_;
    std::vector<Node> nodes_;
};

} // namespace

Result<Filter> Filter::parse(std::string_view text) {
    auto nodes = Parser(text).parse();
    if (!nodes) return Failure(nodes.error());
    return Filter(std::move(*nodes));
}

} // namespace nsscope
