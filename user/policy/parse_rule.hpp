#pragma once

#include "policy/policy.hpp"
#include "policy/yaml_reader.hpp"

namespace nsscope {

/// How much the rules of a policy may still name; an alias of a long list is written in no time, and again in each rule.
struct PolicyRoom {
    static constexpr std::size_t most = 262144;
    std::size_t sysctls = most;
    std::size_t numbers = most;
};

/// One entry of `rules`, of the file that is number `file` of the policy.
[[nodiscard]] Result<Rule> parse_rule(const YamlReader& reader, const YamlNode& node, std::size_t file,
                                      PolicyRoom& room);

/// The inode number in "net:[INUM]", "net:INUM" or INUM; see namespaces(7).
[[nodiscard]] Result<std::uint32_t> parse_net(const YamlReader& reader, const YamlNode& node);

/// One of the verdicts in `accepted`, by its name.
[[nodiscard]] Result<Verdict> parse_verdict(const YamlReader& reader, const YamlNode& node,
                                            std::span<const Verdict> accepted, std::string_view expected);

} // namespace nsscope
