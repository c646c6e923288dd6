#include "filter/filter.hpp"

#include <algorithm>
#include <array>
#include <gtest/gtest.h>
#include <map>
#include <random>
#include <string>

namespace nsscope {
namespace {

using Values = std::multimap<Field, FieldValue>;

class Record : public FieldReader {
  public:
    explicit Record(Values has) : values(std::move(has)) {}
    Values values;
    void read(Field field, std::vector<FieldValue>& out) const override {
        const auto [first, last] = values.equal_range(field);
        for (auto it = first; it != last; ++it) out.push_back(it->second);
    }
};

/// Makes expressions and records of few values, so that they often have to do with each other.
class Dice {
  public:
    explicit Dice(unsigned seed) : random_(seed) {}

    std::string expression(int depth) {
        if (depth == 0 || roll(3) == 0) return comparison();
        switch (roll(4)) {
        case 0: return "not (" + expression(depth - 1) + ")";
        case 1: return "(" + expression(depth - 1) + " or " + expression(depth - 1) + ")";
        default: return "(" + expression(depth - 1) + " and " + expression(depth - 1) + ")";
        }
    }
    Values record() {
        Values record;
        for (const auto& field : fields) add(record, field);
        return record;
    }
    /// Another that has the same in `known`.
    Values record_like(const Values& one, FieldSet known) {
        Values record;
        for (const auto& field : fields) {
            if ((known & set_of(field.field)) == 0) {
                add(record, field);
                continue;
            }
            const auto [first, last] = one.equal_range(field.field);
            record.insert(first, last);
        }
        return record;
    }
    unsigned roll(unsigned sides) { return static_cast<unsigned>(random_() % sides); }
    FieldSet some_fields() { return static_cast<FieldSet>(random_() & random_()); }

  private:
    static constexpr std::array<const char*, 4> texts{"a", "ab", "/a", "/a/b"};

    void add(Values& record, const FieldInfo& field) {
        for (auto left = roll(3); left > 0; --left) {
            if (field.kind == FieldKind::number)
                record.emplace(field.field, static_cast<std::int64_t>(roll(3)));
            else
                record.emplace(field.field, std::string_view(texts.at(roll(4))));
        }
    }
    std::string value(const FieldInfo& field) {
        return field.kind == FieldKind::number ? std::to_string(roll(3))
                                               : '"' + std::string(texts.at(roll(4))) + '"';
    }
    std::string comparison() {
        const auto& field = fields.at(roll(fields.size()));
        const std::string name(field.name);
        if (roll(6) == 0) return name + (roll(2) == 0 ? " = null" : " != null");
        if (roll(4) == 0) return name + " in (" + value(field) + ", " + value(field) + ")";
        static constexpr std::array<const char*, 6> of_numbers{"=", "!=", "<", "<=", ">", ">="};
        static constexpr std::array<const char*, 6> of_texts{"=", "!=", "^=", "$=", "*=", "under"};
        return name + ' ' + (field.kind == FieldKind::number ? of_numbers : of_texts).at(roll(6)) + ' ' +
               value(field);
    }

    std::mt19937 random_;
};

TEST(FilterRulesOut, NothingThatMatches) {
    Dice dice(1);
    unsigned ruled_out = 0, matching = 0;
    for (int i = 0; i < 5000; ++i) {
        const auto text = dice.expression(4);
        const auto filter = Filter::parse(text);
        ASSERT_TRUE(filter) << text;
        const Record record(dice.record());
        const auto known = dice.some_fields();
        const bool is_out = filter->rules_out(record, known);
        ruled_out += is_out ? 1U : 0U;
        for (int j = 0; j < 5; ++j) {
            const bool matches = filter->matches(Record(dice.record_like(record.values, known)));
            ASSERT_FALSE(is_out && matches) << text;
            matching += matches ? 1U : 0U;
        }
        EXPECT_EQ(filter->rules_out(record, ~FieldSet{0}), !filter->matches(record)) << text;
    }
    EXPECT_GT(ruled_out, 500U) << "or nothing was tried";
    EXPECT_GT(matching, 500U);
}

TEST(FilterRulesOut, NothingThatADemandIsNotMetBy) {
    Dice dice(2);
    unsigned demands = 0;
    for (int i = 0; i < 5000; ++i) {
        const auto text = dice.expression(3);
        const auto filter = Filter::parse(text);
        ASSERT_TRUE(filter) << text;
        const Record record(dice.record());
        if (!filter->matches(record)) continue;
        for (const auto& field : fields) {
            const auto& wanted = filter->demands(field.field);
            if (wanted.empty()) continue;
            ++demands;
            std::vector<FieldValue> has;
            record.read(field.field, has);
            const bool is_met = std::ranges::any_of(has, [&](const FieldValue& value) {
                return std::ranges::any_of(wanted, [&](const Filter::Value& one) {
                    return field.kind == FieldKind::number
                               ? std::get<std::int64_t>(value) == std::get<std::int64_t>(one)
                               : std::get<std::string_view>(value) == std::get<std::string>(one);
                });
            });
            ASSERT_TRUE(is_met) << text << ": " << field.name;
        }
    }
    EXPECT_GT(demands, 50U);
}

TEST(FilterRulesOut, WhatTheKnownFieldsCannotBe) {
    const auto filter = Filter::parse("container.id ^= 4f and event in (ns.setns, ns.unshare)");
    ASSERT_TRUE(filter);
    Record record({});
    const auto containers = set_of(Field::container_id);
    EXPECT_TRUE(filter->rules_out(record, containers)) << "in none";
    EXPECT_FALSE(filter->rules_out(record, 0));
    record.values.emplace(Field::container_id, std::string_view("4fab"));
    EXPECT_FALSE(filter->rules_out(record, containers));
    record.values.emplace(Field::event, std::string_view("ns.clone"));
    EXPECT_TRUE(filter->rules_out(record, set_of(Field::event)));
    EXPECT_TRUE(filter->mentions(containers));
    EXPECT_FALSE(filter->mentions(set_of(Field::cgroup)));
    EXPECT_TRUE(filter->demands(Field::container_id).empty()) << "it begins so, which is not equal";
    EXPECT_EQ(filter->demands(Field::event).size(), 2U);
}

} // namespace
} // namespace nsscope
