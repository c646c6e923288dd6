#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "filter/fields.hpp"

namespace nsscope {

/// Bit 1 << Field.
using FieldSet = std::uint32_t;
static_assert(fields.size() <= 32);
[[nodiscard]] constexpr FieldSet set_of(Field field) { return FieldSet{1} << static_cast<unsigned>(field); }

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

    /// Whether no record matches that has in the fields `known` what this one has, be the others what they may. True is
    /// certain; false is not: what two parts of the expression say of one field is not held against each other.
    [[nodiscard]] bool rules_out(const FieldReader& record, FieldSet known) const;
    /// Whether the expression says anything of one of these.
    [[nodiscard]] bool mentions(FieldSet any) const;
    /// What the field equals in all records that match: one of these. Empty: the expression does not say it so.
    using Value = std::variant<std::string, std::int64_t>;
    [[nodiscard]] const std::vector<Value>& demands(Field field) const;

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
        std::vector<Value> with{}; ///< any of these; of the field's kind
    };

  private:
    explicit Filter(std::vector<Node> nodes) : nodes_(std::move(nodes)) {}
    [[nodiscard]] bool holds(std::size_t node, const FieldReader& record) const;
    [[nodiscard]] bool compares(const Node& node, const FieldReader& record) const;
    enum class Answer : std::uint8_t;
    [[nodiscard]] Answer answer(std::size_t node, const FieldReader& record, FieldSet known) const;

    std::vector<Node> nodes_; ///< the last one is the whole
    mutable std::vector<FieldValue> values_;
};

} // namespace nsscope
