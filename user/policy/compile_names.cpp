#include "policy/compile_names.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <string>
#include <tuple>
#include <unordered_map>

#include <fmt/format.h>

#include "policy/alias.hpp"
#include "policy/candidate_list.hpp"

namespace nsscope {
namespace {

using Pattern = std::vector<NameComponent>; ///< without `**`

bool is_one(const NameComponent& component) { return component.kind == NameComponent::Kind::one; }
bool is_exact(const Pattern& pattern) { return std::none_of(pattern.begin(), pattern.end(), is_one); }

bool covers(const Pattern& wide, const Pattern& narrow) {
    return std::equal(wide.begin(), wide.end(), narrow.begin(), narrow.end(),
                      [](const auto& a, const auto& b) { return is_one(a) || a == b; });
}
bool meet(const Pattern& a, const Pattern& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](const auto& x, const auto& y) { return is_one(x) || is_one(y) || x == y; });
}

std::string join(const Pattern& pattern) {
    std::string name;
    for (const auto& component : pattern)
        name.append(name.empty() ? "" : "/").append(is_one(component) ? "*" : component.text);
    return name;
}

/// Which components a pattern compares.
struct Shape {
    std::size_t components = 0;
    std::uint32_t literals = 0;
    bool operator==(const Shape&) const = default;
    bool operator<(const Shape& other) const {
        return std::tie(components, literals) < std::tie(other.components, other.literals);
    }
};

/// The numbers of the components that a shape compares, 0 elsewhere.
using Words = std::array<std::uint32_t, NSSCOPE_GUARD_COMPONENTS>;

class Names {
  public:
    Names(const Policy& policy, const RuleCandidates& rules, CompiledPolicy& out)
        : policy_(policy), rules_(rules), out_(out) {}

    Result<void> compile() {
        for (std::size_t i = 0; i < policy_.rules.size(); ++i) add_rule(i);
        if (auto done = write_shapes(); !done) return done;
        if (auto done = write_globs(); !done) return done;
        if (auto done = write_names(); !done) return done;
        for (const auto& [word, number] : words_) {
            nsscope_guard_word key{};
            std::memcpy(key.text, word.data(), word.size());
            out_.words.emplace_back(key, number);
        }
        write_hidden();
        return {};
    }

  private:
    void add_rule(std::size_t index) {
        const auto& rule = policy_.rules[index];
        std::vector<Pattern> direct;
        for (const auto& name : rule.sysctls)
            for (auto& pattern : spread(name)) direct.push_back(std::move(pattern));
        for (const auto& pattern : direct) {
            add(pattern, {rules_[index]});
            for (const auto& other : other_patterns(pattern)) add_other(index, direct, other);
        }
    }

    /// The rule also names a setting by what `other` is the other name of.
    void add_other(std::size_t index, const std::vector<Pattern>& direct, const OtherPattern& other) {
        for (const auto& pattern : direct)
            if (covers(pattern, other.components)) return;
        ListEntry entry{.candidate = rules_[index], .derived = true};
        if (!other.alias->same_unit && policy_.rules[index].value) {
            // What the number means cannot be told: see bpf/guard.h, three answers.
            if ((entry.candidate.flags & NSSCOPE_GUARD_DENIES) == 0) return;
            entry.candidate.flags =
                static_cast<std::uint8_t>(entry.candidate.flags & ~unsigned{NSSCOPE_GUARD_CONDITIONAL});
        }
        // Where one name is meant in both ways, the list of this name has to say which counts.
        for (const auto& pattern : direct) {
            if (is_exact(other.components) || !meet(pattern, other.components)) continue;
            Pattern both = other.components;
            for (std::size_t i = 0; i < both.size(); ++i)
                if (is_one(both[i])) both[i] = pattern[i];
            if (is_exact(both)) exact_[join(both)];
        }
        add(other.components, entry);
    }

    void add(const Pattern& pattern, const ListEntry& entry) {
        if (is_exact(pattern)) {
            exact_[join(pattern)].push_back(entry);
            return;
        }
        Shape shape{.components = pattern.size()};
        Words words{};
        for (std::size_t i = 0; i < pattern.size(); ++i) {
            if (is_one(pattern[i])) continue;
            shape.literals |= 1U << i;
            words[i] = words_.emplace(pattern[i].text, words_.size() + 1).first->second;
        }
        globs_[shape][words].push_back(entry);
    }

    Result<void> write_shapes() {
        std::size_t last = 0;
        for (const auto& [shape, lists] : globs_) { // by number of components
            auto& range = out_.config.shapes[shape.components];
            if (shape.components != last) range.first = static_cast<std::uint32_t>(out_.shapes.size());
            last = shape.components;
            if (++range.count > NSSCOPE_GUARD_SHAPES) {
                const auto& rule = policy_.rules[lists.begin()->second.front().candidate.rule];
                return Failure(Error{
                    fmt::format(
                        "{}: rule '{}' places wildcards in the {}th different way in names of {} components",
                        to_string(policy_, rule.place), rule.name, NSSCOPE_GUARD_SHAPES + 1,
                        shape.components),
                    fmt::format("expected {} ways at most; '*' and '**' in fewer different places",
                                NSSCOPE_GUARD_SHAPES)});
            }
            out_.shapes.push_back({shape.literals, 0});
        }
        return {};
    }

    /// Appends the entries of every pattern with wildcards that covers `words`; 0 stands for a wildcard there, or for a
    /// component that no such pattern has. Those of `but` are left out.
    void append_covering(std::size_t components, const Words& words, const Shape* but,
                         std::vector<ListEntry>& entries) const {
        for (const auto& [shape, lists] : globs_) {
            if (shape.components != components || (but != nullptr && *but == shape)) continue;
            Words projected{};
            bool possible = true;
            for (std::size_t i = 0; i < components; ++i) {
                if ((shape.literals >> i & 1) == 0) continue;
                projected[i] = words[i];
                possible = possible && words[i] != 0;
            }
            if (!possible) continue;
            const auto list = lists.find(projected);
            if (list == lists.end()) continue;
            for (auto entry : list->second) {
                entry.own = false;
                entries.push_back(entry);
            }
        }
    }

    Result<void> write_globs() {
        std::uint32_t number = 0;
        std::array<std::size_t, NSSCOPE_GUARD_COMPONENTS + 1> steps{};
        for (const auto& [shape, lists] : globs_) {
            std::size_t longest = 0;
            for (const auto& [words, own] : lists) {
                auto entries = own;
                append_covering(shape.components, words, &shape, entries);
                entries = settle(std::move(entries), &fates_);
                std::erase_if(entries, [](const auto& entry) { return !entry.own; });
                if (entries.empty()) continue;
                longest = std::max(longest, entries.size());
                nsscope_guard_glob key{};
                key.shape = number;
                std::copy(words.begin(), words.end(), key.words);
                out_.globs.emplace_back(key, list_of(entries));
            }
            ++number;
            steps[shape.components] += longest;
            if (steps[shape.components] > NSSCOPE_GUARD_CANDIDATES)
                return Failure(too_many(fmt::format("a name of {} components", shape.components)));
        }
        return {};
    }

    Result<void> write_names() {
        for (const auto& [name, own] : exact_) {
            auto entries = own;
            const auto parts = split_name(name);
            Words words{};
            for (std::size_t i = 0; i < parts.size(); ++i)
                if (const auto word = words_.find(std::string(parts[i])); word != words_.end())
                    words[i] = word->second;
            append_covering(parts.size(), words, nullptr, entries);
            entries = settle(std::move(entries), &fates_);
            if (entries.size() > NSSCOPE_GUARD_CANDIDATES) return Failure(too_many(name));
            if (entries.empty()) continue;
            nsscope_guard_name key{};
            std::memcpy(key.text, name.data(), name.size());
            out_.names.emplace_back(key, list_of(entries));
        }
        return {};
    }

    [[nodiscard]] Error too_many(const std::string& name) const {
        return {fmt::format("{}: more than {} rules may have to be looked at for {}", policy_.files.front(),
                            NSSCOPE_GUARD_CANDIDATES, name),
                "expected fewer rules about the same names"};
    }

    /// Lists that are the same are one.
    nsscope_guard_list list_of(const std::vector<ListEntry>& entries) {
        std::string bytes;
        for (const auto& entry : entries)
            bytes.append(reinterpret_cast<const char*>(&entry.candidate), sizeof(entry.candidate));
        const auto [known, is_new] = lists_.emplace(std::move(bytes), nsscope_guard_list{});
        if (is_new) {
            known->second = {static_cast<std::uint32_t>(out_.candidates.size()),
                             static_cast<std::uint32_t>(entries.size())};
            for (const auto& entry : entries) out_.candidates.push_back(entry.candidate);
        }
        return known->second;
    }

    /// A rule is hidden when it is in every list that it would have been in.
    void write_hidden() {
        std::map<std::size_t, std::optional<std::size_t>> by; // nullopt: it can decide somewhere
        for (const auto& fate : fates_) {
            const auto [entry, is_new] = by.emplace(fate.rule, fate.hidden_by);
            if (!is_new && !fate.hidden_by) entry->second = std::nullopt;
        }
        for (const auto& [rule, hider] : by)
            if (hider) out_.hidden.push_back({rule, *hider});
    }

    const Policy& policy_;
    const RuleCandidates& rules_;
    CompiledPolicy& out_;
    std::map<std::string, std::vector<ListEntry>> exact_;
    std::map<Shape, std::map<Words, std::vector<ListEntry>>> globs_;
    std::unordered_map<std::string, std::uint32_t> words_;
    std::unordered_map<std::string, nsscope_guard_list> lists_;
    std::vector<ListFate> fates_;
};

} // namespace

Result<void> compile_names(const Policy& policy, const RuleCandidates& rules, CompiledPolicy& out) {
    return Names(policy, rules, out).compile();
}

} // namespace nsscope
