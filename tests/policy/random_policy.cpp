#include "policy/random_policy.hpp"

#include <array>
#include <string_view>

#include <fmt/format.h>

namespace nsscope::testing {
namespace {

const std::string id_a = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
const std::string id_b = "0123456789abcdefffffffffffffffffffffffffffffffffffffffffffffffff";
const std::string uid = "6f1ab5b0-1b6e-4d6f-8d6c-9d7f0f0a0b0c";
const std::string uid_escaped = "6f1ab5b0_1b6e_4d6f_8d6c_9d7f0f0a0b0c";

const std::vector<std::string> any_names{
    "net/ipv4/ip_forward",
    "net/ipv4/conf/all/forwarding",
    "net/ipv4/conf/eth0.1/forwarding",
    "net/ipv4/conf/*/forwarding",
    "net/ipv4/conf/lo/rp_filter",
    "net/ipv6/conf/all/forwarding",
    "net/ipv4/neigh/lo/base_reachable_time",
    "net/ipv4/neigh/lo/base_reachable_time_ms",
    "net/ipv4/neigh/eth0.1/base_reachable_time",
    "net/ipv4/neigh/eth0.1/base_reachable_time_ms",
    "net/ipv6/route/gc_min_interval",
    "net/ipv6/route/gc_min_interval_ms",
    "net/nf_conntrack_max",
    "net/netfilter/nf_conntrack_max",
    "net/ipv4/tcp_rmem",
    "net/ipv4/tcp_wmem",
    "net/core/somaxconn",
    "kernel/hostname",
    "kernel/core_pattern",
    "kernel/random/uuid",
    "kernel",
    "vm/nr_hugepages",
    "vm/nr_hugepages_mempolicy",
    "a/b/c/d/e/f/g/h",
    "a/b/c/d/e/f/g/h/i",
    "net/ipv4/a_component_of_more_than_sixty_three_bytes_which_no_rule_can_name_0",
};

constexpr std::array<std::string_view, 14> values{
    "",    "\n",         " ",           "1 2",      "1x",  "-1", "cubic\n", "core", "|/bin/crash %p",
    "\n1", "4096 87380", "\v\f\r 0x10", "1\t2\n 3", "reno"};

constexpr std::array<std::string_view, 8> numbers{"0", "1", "2", "10", "0x10", "010", "-1", "4096"};

} // namespace

RandomWords RandomWords::any() {
    std::vector<std::string> paths{
        "/",
        "/system.slice/ssh.service",
        "/ctr/t1",
        "/ctr/t2/docker-" + id_a + ".scope",
        "/docker/" + id_a,
        "/docker/" + id_a + "/docker-" + id_b + ".scope",
        "/system.slice/docker-" + id_b + ".scope",
        "/system.slice:docker:" + id_b,
        "/machine.slice/libpod-conmon-" + id_a + ".scope",
        "/libpod_parent/" + id_a,
        "/libpod_parent/lxc.payload.web",
        "/lxc/web",
        "/lxc/other/lxc.payload.web",
        "/lxc",
        "/lxc.payload.web/init.scope",
        "/machine.slice/machine-web.scope/payload",
        "/machine.slice/machine-web\\x2d1.scope",
        "/machine.slice/machine-qemu\\x2d1\\x2dweb.scope",
        "/machine.slice/machine-.scope",
        "/system.slice/systemd-nspawn@web.service/payload",
        "/user.slice/crun-web.scope",
        "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" + uid_escaped +
            ".slice/cri-containerd-" + id_b + ".scope",
        "/kubepods/pod" + uid + "/" + id_a,
        "/kubepods.slice",
        "/lxc/pod" + uid,
        "/" + id_b + "/pod" + uid,
        "/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/s/t/u/v/w/x/y/z/a/b/c/d/e/f",
        "/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/s/t/u/v/w/x/y/z/a/b/c/d/e/f/g",
    };
    return {any_names, "", std::move(paths), {4026531840U, 4026532281U, 4026532399U}};
}

unsigned RandomPolicies::below(unsigned bound) {
    // not std::uniform_int_distribution: every library has its own
    return static_cast<unsigned>((random_() >> 32) * bound >> 32);
}

std::string RandomPolicies::number() {
    if (once_in(20)) return fmt::format("{}", random_());
    return std::string(one_of(numbers));
}

std::string RandomPolicies::value() {
    if (once_in(3)) return std::string(one_of(values));
    std::string text(once_in(10) ? below(4200) : below(3), ' ');
    text += number();
    if (once_in(3)) text += " " + number() + " " + number();
    if (once_in(2)) text += '\n';
    if (once_in(40)) text.insert(below(static_cast<unsigned>(text.size())), 1, '\0');
    if (once_in(60)) text += std::string(1100, 'x');
    return text;
}

std::string RandomPolicies::name() { return one_of(words_.names); }

/// A name, some components of which are wildcards now.
std::string RandomPolicies::pattern() {
    const auto whole = name();
    std::string text;
    unsigned any = 0;
    std::size_t count = 0;
    for (const auto part : split_name(whole)) {
        if (count > most_sysctl_components || part.size() > longest_sysctl_component) continue;
        std::string component(part == "*" ? "\\*" : part);
        if (once_in(3)) component = "*";
        if (any < 2 && once_in(8)) {
            component = "**";
            ++any;
        } else if (++count > most_sysctl_components) {
            continue;
        }
        text += (text.empty() ? "" : "/") + component;
    }
    return text;
}

std::string RandomPolicies::scope() {
    switch (below(14)) {
    case 0: return "all";
    case 1: return "host";
    case 2:
    case 3:
    case 4:
    case 5:
    case 6: return "containers";
    case 7: {
        const auto& path = words_.cgroups[below(static_cast<unsigned>(words_.cgroups.size()) - 1)];
        const auto length = once_in(2) ? path.rfind('/') : std::string::npos;
        const auto part = words_.top + path.substr(0, length == 0 ? std::string::npos : length);
        return fmt::format("{{cgroup: '{}'}}", part.empty() ? "/" : part);
    }
    case 8: {
        const std::array<std::string, 6> who{"web", "web-1", id_a.substr(0, 12), id_b, "0123", "other"};
        return fmt::format("{{container: '{}'}}", one_of(who));
    }
    case 9: return fmt::format("{{pod: {}}}", uid);
    case 10: return once_in(2) ? "{pod: shop/web}" : "{pod: web}";
    case 11: return once_in(2) ? "{kubernetes_namespace: shop}" : "{kubernetes_namespace: other}";
    default: return fmt::format("{{net: 'net:[{}]'}}", one_of(words_.nets));
    }
}

std::string RandomPolicies::condition() {
    constexpr std::array<std::string_view, 7> globs{"*", "cubic", "|*", "*c*", "?", "core*", "1*2"};
    std::string text;
    const auto add = [&text](const std::string& one) { text += (text.empty() ? "" : ", ") + one; };
    if (once_in(2)) add(fmt::format("{}: ['{}', '{}']", once_in(2) ? "in" : "not_in", number(), number()));
    if (once_in(4)) add(fmt::format("min: {}", number()));
    if (once_in(4)) add(fmt::format("max: {}", number()));
    if (!text.empty() && once_in(3)) add(fmt::format("element: {}", below(4)));
    if (text.empty() || once_in(5))
        add(fmt::format("{}: ['{}', '{}']", once_in(2) ? "matches" : "matches_not", one_of(globs),
                        one_of(globs)));
    return "{" + text + "}";
}

std::string RandomPolicies::rule(unsigned index) {
    constexpr std::array<std::string_view, 7> actions{"deny",  "deny",  "deny",           "allow",
                                                      "audit", "allow", "{override: '0'}"};
    std::string text = fmt::format("  - name: r{}\n    sysctls: ['{}'", index, pattern());
    while (once_in(2)) text += fmt::format(", '{}'", pattern());
    text += fmt::format("]\n    scope: {}\n", scope());
    const std::string action(once_in(20) ? "{override: 'a longer value'}" : one_of(actions));
    const bool reads = action[0] != '{' && once_in(4);
    if (reads)
        text += once_in(2) ? "    operations: [read, write]\n" : "    operations: read\n";
    else if (once_in(2))
        text += fmt::format("    value: {}\n", condition());
    return text + fmt::format("    action: {}\n", action);
}

std::string RandomPolicies::policy(unsigned most_rules) {
    std::string text = "version: 1\n";
    if (once_in(8)) text += "mode: audit\n";
    if (once_in(3)) text += once_in(2) ? "default: deny\n" : "default: audit\n";
    if (once_in(3)) text += "on_error: allow\n";
    if (once_in(4)) text += "runtime_setup: judge\n";
    text += "rules:\n";
    const unsigned count = 1 + below(most_rules);
    for (unsigned i = 0; i < count; ++i) text += rule(i);
    return text;
}

std::vector<KnownContainer> RandomPolicies::known() {
    const std::vector<KnownContainer> all{
        {{id_a, "docker", "web", {}}, "/docker/" + id_a},
        {{"t1", "runc", "", {}}, "/ctr/t1"},
        {{id_b, "containerd", "c", Pod{uid, "web", "shop"}},
         "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" + uid_escaped +
             ".slice/cri-containerd-" + id_b + ".scope"},
        {{id_a, "containerd", "d", Pod{"", "web", "other"}}, "/kubepods/pod" + uid + "/" + id_a},
    };
    std::vector<KnownContainer> some;
    for (auto one : all) {
        one.cgroup.insert(0, words_.top);
        if (once_in(2)) some.push_back(one);
    }
    return some;
}

Subject RandomPolicies::subject() {
    return {.cgroup = words_.top + one_of(words_.cgroups),
            .namespaced = once_in(2),
            .net = one_of(words_.nets),
            .runtime_setup = once_in(10)};
}

Access RandomPolicies::access() {
    Access access;
    if (once_in(5)) access.operation = Operation::read;
    access.name = once_in(100) ? std::string(140, 'n') : name();
    if (access.operation == Operation::write) access.written = value();
    access.old = once_in(3) ? "4096\t131072\t6291456\n" : once_in(2) ? "1\n" : value();
    if (once_in(10)) access.position = 1 + below(5);
    if (once_in(3)) access.holds = once_in(2) ? 4 : 128;
    if (access.name.starts_with("net/") && once_in(5)) {
        const auto net = one_of(words_.nets);
        access.target = Target{net, net == words_.nets.front()};
    }
    return access;
}

} // namespace nsscope::testing
