#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "policy/evaluate.hpp"

namespace nsscope::testing {

/// What random policies and writes are made of: few words, so that rules meet each other and writes meet rules.
struct RandomWords {
    std::vector<std::string> names;
    std::string top;                  ///< of all cgroups: empty, or "/a"
    std::vector<std::string> cgroups; ///< below that; the first is "/"
    std::vector<std::uint32_t> nets;  ///< the first is the initial network namespace

    /// What may be, whether this machine has it or not.
    [[nodiscard]] static RandomWords any();
};

/// The same seed gives the same ones on every machine.
class RandomPolicies {
  public:
    explicit RandomPolicies(std::uint64_t seed, RandomWords words = RandomWords::any())
        : words_(std::move(words)), random_(seed) {}

    [[nodiscard]] const RandomWords& words() const { return words_; }
    /// YAML with up to `most_rules` rules.
    [[nodiscard]] std::string policy(unsigned most_rules);
    /// The containers that user space knows when the policy is compiled.
    [[nodiscard]] std::vector<KnownContainer> known();
    [[nodiscard]] Subject subject();
    [[nodiscard]] Access access();
    [[nodiscard]] std::string value();

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

    RandomWords words_;
    std::mt19937_64 random_;
};

} // namespace nsscope::testing
