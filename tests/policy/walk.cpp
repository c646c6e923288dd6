#include "policy/walk.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace nsscope::testing {
namespace {

template <typename Key>
std::string bytes_of(const Key& key) {
    return {reinterpret_cast<const char*>(&key), sizeof(key)};
}

template <typename Key, std::size_t N>
Key text_key(std::string_view text, char (Key::*member)[N]) {
    Key key{};
    std::memcpy(key.*member, text.data(), std::min(text.size(), N));
    return key;
}

/// The id of a component: see bpf/guard.h.
std::string_view id_of(std::string_view component) {
    if (component.size() > 6 && component.substr(component.size() - 6) == ".scope")
        component.remove_suffix(6);
    if (component.size() < NSSCOPE_GUARD_ID_LEN) return {};
    const auto start = component.size() - NSSCOPE_GUARD_ID_LEN;
    if (start > 0 && component[start - 1] != '-' && component[start - 1] != ':') return {};
    for (const char c : component.substr(start))
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return {};
    return component.substr(start);
}

bool has_end(std::string_view component, const nsscope_guard_component& mark) {
    std::string_view end;
    if (mark.id == NSSCOPE_GUARD_ID_SCOPE) end = ".scope";
    if (mark.id == NSSCOPE_GUARD_ID_SERVICE) end = ".service";
    return end.empty() || (component.size() > mark.skip + end.size() && component.ends_with(end));
}

} // namespace

/// Whom it is asked of.
struct Walk::Party {
    bool container = false;
    std::optional<nsscope_guard_who> who{}; ///< nullopt: a target, of which only `net` is known
    std::optional<std::uint32_t> net{};     ///< the scope of its network namespace
};

template <typename Value>
const Value* Walk::Trie<Value>::find(std::string_view name) const {
    for (std::size_t length = name.size() + 1; length-- > 0;) {
        const auto found = entries.find(std::string(name.substr(0, length)));
        if (found != entries.end()) return &found->second;
    }
    return nullptr;
}

Walk::Walk(const CompiledPolicy& compiled) : compiled_(compiled) {
    for (const auto& [key, value] : compiled.names) names_.emplace(bytes_of(key), value);
    for (const auto& [key, value] : compiled.words) words_.emplace(bytes_of(key), value);
    for (const auto& [key, value] : compiled.globs) globs_.emplace(bytes_of(key), value);
    for (const auto& [key, value] : compiled.members) members_.emplace(bytes_of(key), value);
    for (const auto& [key, value] : compiled.cgroups) cgroups_.emplace(bytes_of(key), value);
    for (const auto& [key, value] : compiled.components)
        components_.entries.emplace(std::string(key.name, key.bits / 8), value);
    for (const auto& [key, value] : compiled.ids)
        ids_.entries.emplace(std::string(key.id, key.bits / 8), value);
    for (const auto& [inum, scope] : compiled.nets) nets_.emplace(inum, scope);
}

std::optional<nsscope_guard_who> Walk::who_is_in(std::string_view path) const {
    const auto merge = [](nsscope_guard_who& into, const nsscope_guard_who& from) {
        for (std::size_t i = 0; i < std::size(into.scopes); ++i) into.scopes[i] |= from.scopes[i];
        into.flags |= from.flags;
    };
    const auto components = split_cgroup(path);
    if (components.size() > NSSCOPE_GUARD_DEPTH) return std::nullopt;
    nsscope_guard_who who{};
    bool in_tree = true;
    std::uint32_t node = 0;
    std::uint8_t next = NSSCOPE_GUARD_NEXT_ANY;
    for (const auto component : components) {
        if (in_tree) {
            auto key = text_key(component, &nsscope_guard_cgroup_key::name);
            key.parent = node;
            const auto found = cgroups_.find(bytes_of(key));
            in_tree = found != cgroups_.end() && found->second.node != 0;
            if (found != cgroups_.end()) {
                merge(who, found->second.who);
                node = found->second.node;
            }
        }
        if ((who.flags & NSSCOPE_GUARD_BY_NAME) != 0) continue;

        const auto padded = text_key(component, &nsscope_guard_component_key::name);
        const auto* mark = components_.find({padded.name, sizeof(padded.name)});
        if (mark != nullptr && !has_end(component, *mark)) mark = nullptr;
        const auto id = mark == nullptr ? std::uint8_t{NSSCOPE_GUARD_ID_NONE} : mark->id;
        if (next == NSSCOPE_GUARD_NEXT_IS) {
            who.flags |= NSSCOPE_GUARD_BY_NAME | NSSCOPE_GUARD_KNOWN;
        } else if (next == NSSCOPE_GUARD_NEXT_NOT || id == NSSCOPE_GUARD_ID_NOT) {
            // a manager's own
        } else if (id != NSSCOPE_GUARD_ID_NONE) {
            who.flags |= NSSCOPE_GUARD_BY_NAME | NSSCOPE_GUARD_KNOWN;
            merge(who, mark->who);
        } else if (const auto hex = id_of(component); !hex.empty()) {
            who.flags |= NSSCOPE_GUARD_BY_NAME;
            if (const auto* scopes = ids_.find(hex)) merge(who, *scopes);
        }
        if (mark != nullptr && id == NSSCOPE_GUARD_ID_NONE) merge(who, mark->who);
        next = mark == nullptr ? std::uint8_t{NSSCOPE_GUARD_NEXT_ANY} : mark->next;
    }
    return who;
}

Truth Walk::scope_holds(const nsscope_guard_candidate& candidate, const Party& party) const {
    const auto yes = [](bool holds) { return holds ? Truth::yes : Truth::no; };
    switch (candidate.kind) {
    case NSSCOPE_GUARD_ALL: return Truth::yes;
    case NSSCOPE_GUARD_CONTAINERS: return yes(party.container);
    case NSSCOPE_GUARD_HOST: return yes(!party.container);
    case NSSCOPE_GUARD_NET: return yes(party.net == candidate.scope);
    default: break;
    }
    if (!party.who) return Truth::unknown;
    if ((party.who->scopes[candidate.scope / 64] >> (candidate.scope % 64) & 1) != 0) return Truth::yes;
    if (candidate.kind == NSSCOPE_GUARD_CGROUP || !party.container) return Truth::no;
    return (party.who->flags & NSSCOPE_GUARD_KNOWN) != 0 ? Truth::no : Truth::unknown;
}

bool Walk::number_holds(const nsscope_guard_rule& rule, const Number& number) const {
    const auto from = [](const nsscope_guard_number& wire) {
        return Number{wire.magnitude, wire.negative != 0};
    };
    if ((rule.conditions & NSSCOPE_GUARD_MIN) != 0 && number < from(rule.min)) return false;
    if ((rule.conditions & NSSCOPE_GUARD_MAX) != 0 && number > from(rule.max)) return false;
    if ((rule.conditions & (NSSCOPE_GUARD_IN | NSSCOPE_GUARD_NOT_IN)) == 0) return true;
    nsscope_guard_member member{};
    member.magnitude = number.magnitude;
    member.negative = number.negative;
    member.set = rule.set;
    return members_.contains(bytes_of(member)) == ((rule.conditions & NSSCOPE_GUARD_IN) != 0);
}

Truth Walk::text_holds(const nsscope_guard_rule& rule, const Access& access) const {
    if (access.position != 0) return Truth::unknown;
    const auto& text = compiled_.texts[rule.text];
    const bool wanted = (rule.conditions & NSSCOPE_GUARD_MATCHES) != 0;
    std::uint64_t state = text.starts;
    std::optional<bool> cut; // the answer for what the setting can hold
    std::size_t length = 0;
    for (const char c : access.written) {
        if (c == '\0' || c == '\n') break;
        if (length == NSSCOPE_GUARD_TEXT_LEN) return Truth::unknown;
        if (access.holds != 0 && length == access.holds - 1) cut = (state & text.finals) != 0;
        state = ((state & text.accepts[static_cast<unsigned char>(c)]) << 1) | (state & text.loops);
        ++length;
    }
    const bool whole = (state & text.finals) != 0;
    if (cut && *cut != whole) return Truth::unknown;
    return whole == wanted ? Truth::yes : Truth::no;
}

Truth Walk::value_holds(const nsscope_guard_rule& rule, const Access& access) const {
    constexpr unsigned numeric =
        NSSCOPE_GUARD_MIN | NSSCOPE_GUARD_MAX | NSSCOPE_GUARD_IN | NSSCOPE_GUARD_NOT_IN;
    if (access.written.empty()) return Truth::unknown;
    auto truth = Truth::yes;
    if ((rule.conditions & numeric) != 0) {
        auto element = read_element(access.written, rule.element);
        if (element.what == ElementRead::What::absent) element = read_element(access.old, rule.element);
        if (element.what != ElementRead::What::number)
            truth = Truth::unknown;
        else if (!number_holds(rule, element.number))
            return Truth::no;
    }
    if ((rule.conditions & (NSSCOPE_GUARD_MATCHES | NSSCOPE_GUARD_MATCHES_NOT)) != 0)
        truth = std::min(truth, text_holds(rule, access));
    return truth;
}

void Walk::look_through(const nsscope_guard_list& list, const Party& party, const Access& access,
                        Outcome& best) const {
    const unsigned operation =
        access.operation == Operation::read ? NSSCOPE_GUARD_READS : NSSCOPE_GUARD_WRITES;
    for (std::uint32_t i = 0; i < list.count; ++i) {
        const auto& candidate = compiled_.candidates[list.first + i];
        if (best.rule && *best.rule <= candidate.rule) return;
        if ((candidate.flags & operation) == 0) continue;
        auto truth = scope_holds(candidate, party);
        if (truth != Truth::no && (candidate.flags & NSSCOPE_GUARD_CONDITIONAL) != 0)
            truth = std::min(truth, value_holds(compiled_.rules[candidate.rule], access));
        const bool denies = (candidate.flags & NSSCOPE_GUARD_DENIES) != 0;
        if (truth == Truth::no || (truth == Truth::unknown && !denies)) continue;
        best.rule = candidate.rule;
        best.verdict = compiled_.rules[candidate.rule].action;
        return;
    }
}

Walk::Outcome Walk::decide(const Party& party, const Access& access) const {
    Outcome best;
    const auto name = text_key(access.name, &nsscope_guard_name::text);
    if (const auto exact = names_.find(bytes_of(name)); exact != names_.end()) {
        look_through(exact->second, party, access, best);
    } else {
        const auto parts = split_name(access.name);
        std::array<std::uint32_t, NSSCOPE_GUARD_COMPONENTS> numbers{};
        for (std::size_t i = 0; i < parts.size(); ++i) {
            if (parts[i].size() >= NSSCOPE_GUARD_WORD_LEN) continue;
            const auto word = words_.find(bytes_of(text_key(parts[i], &nsscope_guard_word::text)));
            if (word != words_.end()) numbers[i] = word->second;
        }
        const auto& range = compiled_.config.shapes[parts.size()];
        for (auto shape = range.first; shape < range.first + range.count; ++shape) {
            nsscope_guard_glob key{};
            key.shape = shape;
            bool possible = true;
            for (std::size_t i = 0; i < parts.size(); ++i) {
                if ((compiled_.shapes[shape].literals >> i & 1) == 0) continue;
                key.words[i] = numbers[i];
                possible = possible && numbers[i] != 0;
            }
            if (!possible) continue;
            const auto list = globs_.find(bytes_of(key));
            if (list != globs_.end()) look_through(list->second, party, access, best);
        }
    }
    if (!best.rule && access.operation == Operation::write && party.container)
        best.verdict = compiled_.config.default_action;
    return best;
}

Walk::Outcome Walk::judge(const Subject& subject, const Access& access) const {
    const auto& config = compiled_.config;
    if (subject.runtime_setup && config.judge_setup == 0) return {};
    if (access.operation == Operation::read && config.has_reads == 0) return {};

    Outcome outcome;
    const auto who = who_is_in(subject.cgroup);
    if (access.name.empty() || access.name.size() >= NSSCOPE_GUARD_NAME_LEN ||
        split_name(access.name).size() > NSSCOPE_GUARD_COMPONENTS || !who) {
        outcome.verdict = config.on_error;
        outcome.failed = true;
    } else {
        const auto net_scope = [this](std::uint32_t inum) {
            const auto found = nets_.find(inum);
            return found == nets_.end() ? std::nullopt : std::optional<std::uint32_t>(found->second);
        };
        const bool container = subject.namespaced || (who->flags & NSSCOPE_GUARD_BY_NAME) != 0;
        outcome = decide({container, who, net_scope(subject.net)}, access);
        if (access.target) {
            const auto other =
                decide({!access.target->initial, std::nullopt, net_scope(access.target->net)}, access);
            if (other.verdict > outcome.verdict) outcome = other;
        }
        if (outcome.verdict == NSSCOPE_GUARD_OVERRIDE && config.audit_only == 0) {
            const auto& replacement = compiled_.overrides[compiled_.rules[*outcome.rule].replacement];
            if (access.position != 0 || access.written.size() > NSSCOPE_GUARD_NUMBERS_LEN ||
                replacement.len > access.written.size())
                outcome.verdict = NSSCOPE_GUARD_DENY;
        }
    }
    if (config.audit_only != 0 && outcome.verdict > NSSCOPE_GUARD_AUDIT)
        outcome.verdict = NSSCOPE_GUARD_AUDIT;
    return outcome;
}

} // namespace nsscope::testing
