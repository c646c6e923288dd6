#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "filter/fields.hpp"

namespace nsscope {

/// Which records are wanted, as an expression (docs/events.md):
///
///     container.id ^= "4f" and event in (ns.setns, ns.unshare) and not uid = 0
///
/// `and` binds closer than `or`, `not` closest. A comparison with what is not known is false, whichever it is;
/// `FIELD = null` asks for that. A field that a record has several times is equal, greater and so on when one of them
/// is; `!=` is the opposite of `=`.
class Filter {
  public:
    /// Fails with the place and what was expected there.
    [[nodiscard]] static Result<Filter> parse(std::string_view text);

    [[nodiscard]] bool matches(const FieldReader& record) const;

    enum class Compare : std::uint8_t {
        equal,
        unequal,
        less,
        at_most,
        greater,
        at_least,
        begins,
        ends,
        contains,
        under, ///< a path: this one or below it
        known,
        unknown,
    };

    /// A part of the expression. `left` and `right` are places in the list of all.
    struct Node {
        enum class Kind : std::uint8_t {
            both,
            either,
            neither, ///< the opposite of `left`
            compare,
        };
        Kind kind = Kind::compare;
        std::size_t left = 0, right = 0;
        Field field{};
        Compare compare{};
        std::vector<std::variant<std::string, std::int64_t>> with{}; ///< any of these; of the field's kind
    };

  private:
    explicit Filter(std::vector<Node> nodes) : nodes_(std::move(nodes)) {}
    [[nodiscard]] bool holds(std::size_t node, const FieldReader& record) const;
    [[nodiscard]] bool compares(const Node& node, const FieldReader& record) const;

    std::vector<Node> nodes_; ///< the last one is the whole
    mutable std::vector<FieldValue> values_;
};

} // namespace nsscope
