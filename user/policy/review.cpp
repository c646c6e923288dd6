#include "policy/review.hpp"

#include <algorithm>
#include <array>
#include <unordered_map>

#include <fmt/format.h>

#include "base/text.hpp"

namespace nsscope {
namespace {

/// Settings that can be changed without the file in /proc/sys.
struct OtherDoor {
    std::string_view sysctls;
    std::string_view how;
};
constexpr std::array other_doors{
    OtherDoor{"kernel/hostname", "sethostname(2)"},
    OtherDoor{"kernel/domainname", "setdomainname(2)"},
    OtherDoor{"kernel/printk", "syslog(2)"},
    OtherDoor{"kernel/ns_last_pid", "clone3(2) with set_tid"},
    OtherDoor{"net/ipv4/conf/*/*", "rtnetlink(7) (IFLA_INET_CONF)"},
    OtherDoor{"net/ipv6/conf/*/*", "rtnetlink(7) (IFLA_AF_SPEC, IFLA_MTU)"},
    OtherDoor{"net/ipv4/neigh/*/*", "rtnetlink(7) (RTM_SETNEIGHTBL)"},
    OtherDoor{"net/ipv6/neigh/*/*", "rtnetlink(7) (RTM_SETNEIGHTBL)"},
    OtherDoor{"vm/nr_hugepages", "/sys/kernel/mm/hugepages"},
    OtherDoor{"vm/nr_overcommit_hugepages", "/sys/kernel/mm/hugepages"},
    OtherDoor{"net/netfilter/nf_conntrack_buckets", "/sys/module/nf_conntrack/parameters/hashsize"},
};

/// Can both name the same setting?
bool overlap(const NamePattern& a, const NamePattern& b) {
    const auto first = spread(a);
    const auto second = spread(b);
    const auto is_one = [](const NameComponent& c) { return c.kind == NameComponent::Kind::one; };
    return std::any_of(first.begin(), first.end(), [&](const auto& x) {
        return std::any_of(second.begin(), second.end(), [&](const auto& y) {
            return std::equal(x.begin(), x.end(), y.begin(), y.end(),
                              [&](const auto& c, const auto& d) { return is_one(c) || is_one(d) || c == d; });
        });
    });
}

/// Why the condition never holds; empty: it may.
std::string contradiction(const ValueCondition& value) {
    if (value.min && value.max && *value.min > *value.max)
        return fmt::format("min {} is more than max {}", to_string(*value.min), to_string(*value.max));
    const auto outside = [&value](const Number& number) {
        return (value.min && number < *value.min) || (value.max && number > *value.max);
    };
    if (value.in && std::all_of(value.in->begin(), value.in->end(), outside))
        return "no number of 'in' is within min and max";
    return {};
}

class Reviewer {
  public:
    Reviewer(const Policy& policy, const CompiledPolicy& compiled, const SysctlNames& names)
        : policy_(policy), compiled_(compiled), names_(names) {
        for (const auto& door : other_doors)
            if (auto pattern = parse_name_pattern(door.sysctls))
                doors_.push_back({.pattern = std::move(*pattern), .door = &door});
    }

    std::vector<Remark> run() {
        auto hidden = compiled_.hidden.begin();
        for (std::size_t i = 0; i < policy_.rules.size(); ++i) {
            const auto& rule = policy_.rules[i];
            look_at_names(rule);
            if (hidden != compiled_.hidden.end() && hidden->rule == i) {
                const auto& by = policy_.rules[hidden->by];
                remark(Remark::Kind::warning, rule.place,
                       fmt::format("rule '{}' never decides: rule '{}' ({}) before it leaves nothing for it",
                                   to_printable(rule.name), to_printable(by.name),
                                   to_printable(to_string(policy_, by.place))));
                ++hidden;
            }
            if (rule.value)
                if (const auto why = contradiction(*rule.value); !why.empty())
                    remark(Remark::Kind::warning, rule.place,
                           fmt::format("rule '{}' never matches: {}", to_printable(rule.name), why));
            look_at_scope(rule);
            look_at_doors(rule);
        }
        tell_doors();
        return std::move(remarks_);
    }

  private:
    void remark(Remark::Kind kind, const PolicyPlace& place, std::string text) {
        remarks_.push_back({kind, place, std::move(text)});
    }

    void look_at_names(const Rule& rule) {
        for (std::size_t i = 0; i < rule.sysctls.size(); ++i) {
            const auto& pattern = rule.sysctls[i];
            const auto& first = pattern.components.front();
            if (pattern.components.size() > 1 && first.text == "fs" &&
                pattern.components[1].text == "binfmt_misc")
                remark(Remark::Kind::warning, rule.sysctl_places[i],
                       "fs.binfmt_misc is a file system of its own and no sysctl: this name never matches");
            else if (!names_.empty() && !has(pattern))
                remark(
                    Remark::Kind::warning, rule.sysctl_places[i],
                    fmt::format("this kernel has no sysctl '{}' (a module that is not loaded may bring it)",
                                to_printable(pattern.written)));
        }
    }

    /// Policies repeat themselves, and to look through all names takes its time.
    bool has(const NamePattern& pattern) {
        const auto [entry, is_new] = asked_.emplace(pattern.written, false);
        if (is_new) entry->second = names_.has(pattern);
        return entry->second;
    }

    void look_at_scope(const Rule& rule) {
        if (!needs_names(rule.scope)) return;
        const auto* const then = rule.action == Verdict::deny
                                     ? "until then it denies to every container that is not known yet"
                                     : "until then it does not hold";
        remark(Remark::Kind::note, rule.place,
               fmt::format(
                   "rule '{}' is about a name, {}: for a container that starts later it can be told once "
                   "`guard run` or `guard apply --follow` has looked, or the policy is applied again; {}",
                   to_printable(rule.name), to_printable(to_string(rule.scope)), then));
    }

    void look_at_doors(const Rule& rule) {
        if (rule.action != Verdict::deny && rule.action != Verdict::override) return;
        for (auto& door : doors_) {
            const bool is_meant =
                std::any_of(rule.sysctls.begin(), rule.sysctls.end(),
                            [&door](const auto& name) { return overlap(name, door.pattern); });
            if (!is_meant) continue;
            if (door.rules++ == 0) door.first = &rule;
        }
    }

    void tell_doors() {
        for (const auto& [pattern, door, rules, first] : doors_) {
            if (rules == 0) continue;
            const auto others = rules == 1 ? "" : fmt::format(" and {} more", rules - 1);
            remark(Remark::Kind::note, first->place,
                   fmt::format("rule '{}'{}: {} can be changed by {} as well, which no policy sees",
                               to_printable(first->name), others, door->sysctls, door->how));
        }
    }

    struct Door {
        NamePattern pattern;
        const OtherDoor* door;
        std::size_t rules = 0; ///< that deny what can be had through it
        const Rule* first = nullptr;
    };
    const Policy& policy_;
    const CompiledPolicy& compiled_;
    const SysctlNames& names_;
    std::unordered_map<std::string, bool> asked_;
    std::vector<Door> doors_;
    std::vector<Remark> remarks_;
};

} // namespace

std::vector<Remark> review(const Policy& policy, const CompiledPolicy& compiled, const SysctlNames& names) {
    return Reviewer(policy, compiled, names).run();
}

std::vector<std::string> unprotected() {
    constexpr std::string_view v1_only =
        "containers that share the host's pid and user namespaces, and that no cgroup's name tells apart, "
        "be it of the unified hierarchy or of the pids controller of version 1";
    return {
        "a container that may move its processes to a cgroup outside of its own, and opens the file there",
        std::string(v1_only),
        "settings that have other doors than /proc/sys: netlink, sethostname(2), binfmt_misc, /sys",
        "whoever has CAP_BPF and CAP_NET_ADMIN, or CAP_SYS_ADMIN, in the initial user namespace",
    };
}

std::vector<std::string> protected_by_lsm() {
    constexpr std::string_view handed_out =
        "a file of /proc/sys that a container opens, and that a process outside writes to, which got it from "
        "there or came from there";
    constexpr std::string_view undone =
        "a program that somebody attaches later to the same cgroup, and that lets pass what a rule without a "
        "condition on the value denied";
    return {std::string(handed_out), std::string(undone)};
}

} // namespace nsscope
