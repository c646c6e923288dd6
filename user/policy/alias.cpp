#include "policy/alias.hpp"

#include <array>
#include <optional>

namespace nsscope {
namespace {

/// Where one ctl_table.data (or one handler's variable) stands behind two names.
constexpr std::array table{
    Alias{"net/ipv4/ip_forward", "net/ipv4/conf/all/forwarding", true,
          "both are IPV4_DEVCONF_FORWARDING of devconf_all (net/ipv4/devinet.c)"},
    Alias{"net/nf_conntrack_max", "net/netfilter/nf_conntrack_max", true,
          "both are nf_conntrack_max (net/netfilter/nf_conntrack_standalone.c)"},
    Alias{"net/ipv4/neigh/*/base_reachable_time", "net/ipv4/neigh/*/base_reachable_time_ms", false,
          "one in seconds, one in milliseconds (NEIGH_SYSCTL_MS_JIFFIES_REUSED_ENTRY, net/core/neighbour.c)"},
    Alias{"net/ipv6/neigh/*/base_reachable_time", "net/ipv6/neigh/*/base_reachable_time_ms", false,
          "one in seconds, one in milliseconds (NEIGH_SYSCTL_MS_JIFFIES_REUSED_ENTRY, net/core/neighbour.c)"},
    Alias{"net/ipv4/neigh/*/retrans_time", "net/ipv4/neigh/*/retrans_time_ms", false,
          "one in USER_HZ, one in milliseconds (NEIGH_SYSCTL_MS_JIFFIES_REUSED_ENTRY, net/core/neighbour.c)"},
    Alias{"net/ipv6/neigh/*/retrans_time", "net/ipv6/neigh/*/retrans_time_ms", false,
          "one in USER_HZ, one in milliseconds (NEIGH_SYSCTL_MS_JIFFIES_REUSED_ENTRY, net/core/neighbour.c)"},
    Alias{"net/ipv4/neigh/*/unres_qlen", "net/ipv4/neigh/*/unres_qlen_bytes", false,
          "one in packets, one in bytes (NEIGH_SYSCTL_UNRES_QLEN_REUSED_ENTRY, net/core/neighbour.c)"},
    Alias{"net/ipv6/neigh/*/unres_qlen", "net/ipv6/neigh/*/unres_qlen_bytes", false,
          "one in packets, one in bytes (NEIGH_SYSCTL_UNRES_QLEN_REUSED_ENTRY, net/core/neighbour.c)"},
    Alias{"net/ipv4/route/gc_min_interval", "net/ipv4/route/gc_min_interval_ms", false,
          "one in seconds, one in milliseconds (ipv4_route_table, net/ipv4/route.c)"},
    Alias{"net/ipv6/route/gc_min_interval", "net/ipv6/route/gc_min_interval_ms", false,
          "one in seconds, one in milliseconds (ipv6_route_table_template, net/ipv6/route.c)"},
    Alias{"vm/nr_hugepages", "vm/nr_hugepages_mempolicy", true,
          "both size the same pool (hugetlb_sysctl_handler_common(), mm/hugetlb.c)"},
};

/// The form `to` of what `name` is in the form `from`; nothing where `name` does not have that form.
std::optional<std::string> rewrite(std::string_view name, std::string_view from, std::string_view to) {
    const auto star = from.find('*');
    if (star == std::string_view::npos) return name == from ? std::optional<std::string>(to) : std::nullopt;
    const auto head = from.substr(0, star);
    const auto tail = from.substr(star + 1);
    if (name.size() <= head.size() + tail.size() || !name.starts_with(head) || !name.ends_with(tail))
        return std::nullopt;
    const auto held = name.substr(head.size(), name.size() - head.size() - tail.size());
    if (held.find('/') != std::string_view::npos) return std::nullopt;
    return std::string(to.substr(0, star)).append(held).append(to.substr(star + 1));
}

std::optional<std::vector<NameComponent>> rewrite(const std::vector<NameComponent>& pattern,
                                                  std::string_view from, std::string_view to) {
    using Kind = NameComponent::Kind;
    const auto source = split_name(from);
    if (source.size() != pattern.size()) return std::nullopt;
    NameComponent held;
    for (std::size_t i = 0; i < source.size(); ++i) {
        if (source[i] == "*")
            held = pattern[i];
        else if (pattern[i].kind == Kind::literal && pattern[i].text != source[i])
            return std::nullopt;
    }
    std::vector<NameComponent> out;
    for (const auto part : split_name(to))
        out.push_back(part == "*" ? held : NameComponent{Kind::literal, std::string(part)});
    return out;
}

} // namespace

std::span<const Alias> aliases() { return table; }

std::vector<OtherName> other_names(std::string_view name) {
    std::vector<OtherName> out;
    for (const auto& alias : table) {
        if (auto other = rewrite(name, alias.one, alias.other)) out.push_back({std::move(*other), &alias});
        if (auto other = rewrite(name, alias.other, alias.one)) out.push_back({std::move(*other), &alias});
    }
    return out;
}

std::vector<OtherPattern> other_patterns(const std::vector<NameComponent>& components) {
    std::vector<OtherPattern> out;
    for (const auto& alias : table) {
        if (auto other = rewrite(components, alias.one, alias.other))
            out.push_back({std::move(*other), &alias});
        if (auto other = rewrite(components, alias.other, alias.one))
            out.push_back({std::move(*other), &alias});
    }
    return out;
}

} // namespace nsscope
