#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "policy/evaluate.hpp"
#include "policy/scene.hpp"

namespace nsscope {

/// What somebody expects a policy to say of one access.
struct Expectation {
    std::string place{}; ///< "FILE:LINE:COLUMN"
    Who who{};
    bool runtime_setup = false;
    Access access{};
    std::string sysctl{}; ///< the name as it was written
    Verdict verdict = Verdict::allow;
    std::optional<std::string> rule{}; ///< the name of the rule that is to decide; empty: none
};

/// Reads a table of them; docs/guard.md describes it. Errors are like those of parse_policy().
[[nodiscard]] Result<std::vector<Expectation>> parse_expectations(const std::string& text,
                                                                  const std::string& file);

/// What is not as expected, in one line; empty: all is.
[[nodiscard]] std::string disappointment(const Policy& policy, const Expectation& expectation);

} // namespace nsscope
