#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace nsscope {

/// Bounds of what the kernel program can look at (bpf/guard.h). No sysctl of any kernel comes near.
inline constexpr std::size_t longest_sysctl_name = 127;
inline constexpr std::size_t longest_sysctl_component = 63;
inline constexpr std::size_t most_sysctl_components = 8;

/// One component of a pattern.
struct NameComponent {
    enum class Kind {
        literal,
        one, ///< `*`: one component, whatever it is
        any, ///< `**`: any number of components, none included
    };
    Kind kind = Kind::literal;
    std::string text{}; ///< Kind::literal
    bool operator==(const NameComponent&) const = default;
};

/// The name of a sysctl, or of many.
struct NamePattern {
    std::vector<NameComponent> components{};
    std::string written{}; ///< as it stands in the policy
    [[nodiscard]] bool is_literal() const;
    bool operator==(const NamePattern&) const = default;
};

/// Reads a name as sysctl(8) does: the first dot or slash says which of the two separates components, and the other is
/// part of one and stands for the one that separates: `net.ipv4.conf.eth0/1.forwarding` and
/// `net/ipv4/conf/eth0.1/forwarding` are the same. `*` stands for one component, `**` for any number; `\*` and `\\` are a
/// star and a backslash in the name of an interface. A name without any separator is one component. The error has
/// in `what` what was found and in `hint` what was expected.
[[nodiscard]] Result<NamePattern> parse_name_pattern(std::string_view text);

/// Does the pattern name `name`, a whole name with slashes as the kernel has it (net/ipv4/conf/eth0.1/forwarding)?
/// What an interface is called is a component like any other.
/// Takes time in proportion to the components of one times those of the other.
[[nodiscard]] bool matches(const NamePattern& pattern, std::string_view name);
/// The same for a name that is split, of 63 components at most (no longer one is ever matched). Component `anything_at` of
/// it is whatever the pattern wants there.
[[nodiscard]] bool matches(const NamePattern& pattern, std::span<const std::string_view> parts,
                           std::optional<std::size_t> anything_at);

/// The components of a name with slashes.
[[nodiscard]] std::vector<std::string_view> split_name(std::string_view name);

/// A name as people write it in a command, made what the kernel calls it: see parse_name_pattern(). Wildcards are
/// ordinary bytes here.
[[nodiscard]] std::string canonical_name(std::string_view text);

/// Every pattern without `**` that `pattern` stands for, in names of up to most_sysctl_components: `**` is spread
/// over each number of `*` that there is room for. No two are the same.
[[nodiscard]] std::vector<std::vector<NameComponent>> spread(const NamePattern& pattern);

} // namespace nsscope
