#include <algorithm>
#include <cstring>
#include <map>
#include <string>

#include "policy/compile_names.hpp"
#include "policy/glob.hpp"

namespace nsscope {
namespace {

nsscope_guard_number wire(const Number& number) {
    nsscope_guard_number out{};
    out.magnitude = number.magnitude;
    out.negative = number.negative;
    return out;
}

/// The globs in one automaton, side by side; see struct nsscope_guard_text. They fit: parse_policy() saw to it.
nsscope_guard_text automaton(const std::vector<std::string>& globs) {
    nsscope_guard_text out{};
    unsigned bit = 0;
    const auto here = [&bit] { return std::uint64_t{1} << bit; };
    for (std::string_view glob : globs) {
        out.starts |= here();
        while (true) {
            const auto token = take_token(glob);
            if (token.kind == GlobToken::Kind::end) break;
            if (token.kind == GlobToken::Kind::star) {
                out.loops |= here();
                continue;
            }
            if (token.kind == GlobToken::Kind::one)
                for (auto& accepts : out.accepts) accepts |= here();
            else
                out.accepts[static_cast<unsigned char>(token.byte)] |= here();
            ++bit;
        }
        out.finals |= here();
        ++bit;
    }
    return out;
}

class Values {
  public:
    explicit Values(CompiledPolicy& out) : out_(out) {}

    nsscope_guard_rule rule_of(const Rule& rule) {
        nsscope_guard_rule compiled{};
        if (rule.action == Verdict::override) compiled.replacement = replacement(rule.replacement);
        if (!rule.value) return compiled;
        const auto& value = *rule.value;
        unsigned conditions = 0;
        compiled.element = value.element;
        if (value.min) {
            conditions |= NSSCOPE_GUARD_MIN;
            compiled.min = wire(*value.min);
        }
        if (value.max) {
            conditions |= NSSCOPE_GUARD_MAX;
            compiled.max = wire(*value.max);
        }
        if (value.in || value.not_in) {
            conditions |= unsigned{value.in ? NSSCOPE_GUARD_IN : NSSCOPE_GUARD_NOT_IN};
            compiled.set = set(value.in ? *value.in : *value.not_in);
        }
        if (value.asks_text()) {
            const bool negated = value.matches.empty();
            conditions |= unsigned{negated ? NSSCOPE_GUARD_MATCHES_NOT : NSSCOPE_GUARD_MATCHES};
            compiled.text = text(negated ? value.matches_not : value.matches);
        }
        if (value.asks_number()) out_.config.has_conditions = 1;
        if (value.asks_text()) out_.config.has_texts = 1;
        compiled.conditions = static_cast<std::uint8_t>(conditions);
        return compiled;
    }

  private:
    std::uint32_t replacement(const std::string& text) {
        const auto [entry, is_new] =
            overrides_.emplace(text, static_cast<std::uint32_t>(out_.overrides.size()));
        if (is_new) {
            nsscope_guard_override compiled{};
            compiled.len = static_cast<std::uint32_t>(text.size());
            std::memcpy(compiled.text, text.data(), text.size());
            out_.overrides.push_back(compiled);
        }
        return entry->second;
    }

    std::uint32_t set(std::vector<Number> numbers) {
        std::sort(numbers.begin(), numbers.end());
        numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
        const auto [entry, is_new] = sets_.emplace(numbers, static_cast<std::uint32_t>(sets_.size()));
        if (is_new) {
            for (const auto& number : numbers) {
                nsscope_guard_member member{};
                member.magnitude = number.magnitude;
                member.negative = number.negative;
                member.set = entry->second;
                out_.members.emplace_back(member, std::uint8_t{1});
            }
        }
        return entry->second;
    }

    std::uint32_t text(const std::vector<std::string>& globs) {
        const auto [entry, is_new] = texts_.emplace(globs, static_cast<std::uint32_t>(out_.texts.size()));
        if (is_new) out_.texts.push_back(automaton(globs));
        return entry->second;
    }

    CompiledPolicy& out_;
    std::map<std::string, std::uint32_t> overrides_;
    std::map<std::vector<Number>, std::uint32_t> sets_;
    std::map<std::vector<std::string>, std::uint32_t> texts_;
};

} // namespace

void compile_values(const Policy& policy, CompiledPolicy& out) {
    Values values(out);
    out.rules.reserve(policy.rules.size());
    for (const auto& rule : policy.rules) out.rules.push_back(values.rule_of(rule));
}

} // namespace nsscope
