#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "policy/compile.hpp"
#include "policy/evaluate.hpp"

namespace nsscope::testing {

/// What bpf/guard.bpf.c does, in C++: looks a write up in the maps of a compiled policy, and knows nothing of the policy
/// itself. Each step is one that bpf/guard.h describes, and the program takes.
class Walk {
  public:
    explicit Walk(const CompiledPolicy& compiled);

    struct Outcome {
        std::uint8_t verdict = NSSCOPE_GUARD_ALLOW; ///< enum nsscope_guard_action
        std::optional<std::uint32_t> rule{};        ///< that decided
        bool failed = false;                        ///< on_error decided
        bool operator==(const Outcome&) const = default;
    };
    [[nodiscard]] Outcome judge(const Subject& subject, const Access& access) const;

    /// What a cgroup says of those in it; nullopt: it is too deep.
    [[nodiscard]] std::optional<nsscope_guard_who> who_is_in(std::string_view cgroup) const;

  private:
    struct Party;
    template <typename Value>
    using Map = std::unordered_map<std::string, Value>; ///< by the bytes of the key
    template <typename Value>
    struct Trie { ///< BPF_MAP_TYPE_LPM_TRIE, by whole bytes
        Map<Value> entries;
        [[nodiscard]] const Value* find(std::string_view name) const;
    };

    [[nodiscard]] Outcome decide(const Party& party, const Access& access) const;
    void look_through(const nsscope_guard_list& list, const Party& party, const Access& access,
                      Outcome& best) const;
    [[nodiscard]] Truth scope_holds(const nsscope_guard_candidate& candidate, const Party& party) const;
    [[nodiscard]] Truth value_holds(const nsscope_guard_rule& rule, const Access& access) const;
    [[nodiscard]] bool number_holds(const nsscope_guard_rule& rule, const Number& number) const;
    [[nodiscard]] Truth text_holds(const nsscope_guard_rule& rule, const Access& access) const;

    const CompiledPolicy& compiled_;
    Map<nsscope_guard_list> names_;
    Map<std::uint32_t> words_;
    Map<nsscope_guard_list> globs_;
    Map<std::uint8_t> members_;
    Map<nsscope_guard_cgroup> cgroups_;
    Trie<nsscope_guard_component> components_;
    Trie<nsscope_guard_who> ids_;
    std::unordered_map<std::uint32_t, std::uint32_t> nets_;
};

} // namespace nsscope::testing
