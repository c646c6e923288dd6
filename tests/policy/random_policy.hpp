#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "policy/evaluate.hpp"

namespace nsscope::testing {

/// Policies and writes at random, from few words, so that rules meet each other and writes meet rules. The same seed gives
/// the same ones on every machine.
class RandomPolicies {
  public:
    explicit RandomPolicies(std::uint64_t seed) : random_(seed) {}

    /// YAML with up to `most_rules` rules.
    [[nodiscard]] std::string policy(unsigned most_rules);
    /// The containers that user space knows when the policy is compiled.
    [[nodiscard]] std::vector<KnownContainer> known();
    [[nodiscard]] Subject subject();
    [[nodiscard]] Access access();

    [[nodiscard]] unsigned below(unsigned bound);
    [[nodiscard]] bool once_in(unsigned bound) { return below(bound) == 0; }

  private:
    template <typename List>
    const auto& one_of(const List& list) {
        return list[below(static_cast<unsigned>(std::size(list)))];
    }
    std::string name();
    std::string pattern();
    std::string scope();
    std::string condition();
    std::string rule(unsigned index);
    std::string number();
    std::string value();

    std::mt19937_64 random_;
};

/// What the random policies and writes are made of, for a test that has to make such cgroups, namespaces or names.
[[nodiscard]] const std::vector<std::string>& random_cgroups();
[[nodiscard]] const std::vector<std::uint32_t>& random_nets();

} // namespace nsscope::testing
