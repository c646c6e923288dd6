#pragma once

#include "policy/policy.hpp"
#include "policy/yaml_reader.hpp"

namespace nsscope {

/// One entry of `rules`, of the file that is number `file` of the policy.
[[nodiscard]] Result<Rule> parse_rule(const YamlReader& reader, const YamlNode& node, std::size_t file);

/// "allow", "audit", "override" or "deny", of which only those up to `last` in `accepted` are taken.
[[nodiscard]] Result<Verdict> parse_verdict(const YamlReader& reader, const YamlNode& node,
                                            std::span<const Verdict> accepted, std::string_view expected);

} // namespace nsscope
