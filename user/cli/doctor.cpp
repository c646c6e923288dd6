#include <array>
#include <cstdint>
#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <sys/utsname.h>

#include "base/json.hpp"
#include "cli/command.hpp"
#include "cli/report.hpp"
#include "kernel/ladder.hpp"

namespace nsscope {
namespace {

/// The capabilities that something of nsscope needs: include/uapi/linux/capability.h, capabilities(7).
struct Capability {
    std::string_view name;
    unsigned number;
    std::string_view need;
};
constexpr std::array<Capability, 6> capabilities{{
    {"CAP_BPF", 39, "events, guard, list --source bpf"},
    {"CAP_PERFMON", 38, "events, list --source bpf"},
    {"CAP_SYS_PTRACE", 19, "namespaces of other users' processes, by /proc"},
    {"CAP_DAC_READ_SEARCH", 2, "names of cgroups in events"},
    {"CAP_NET_ADMIN", 12, "guard"},
    {"CAP_SYS_NICE", 23, "events: a reader that goes first loses less"},
}};

/// CapEff of /proc/self/status, proc(5). CAP_SYS_ADMIN stands for those that were split from it.
std::uint64_t held_capabilities() {
    std::ifstream status("/proc/self/status");
    for (std::string word; status >> word;)
        if (word == "CapEff:" && status >> word) return std::stoull(word, nullptr, 16);
    return 0;
}
bool holds(std::uint64_t held, const Capability& capability) {
    constexpr unsigned sys_admin = 21;
    const bool split = capability.number >= 38;
    return ((held >> capability.number) & 1) != 0 || (split && ((held >> sys_admin) & 1) != 0);
}

int doctor(bool json_wanted) {
    auto disabled = disabled_features();
    if (!disabled) {
        print_error(disabled.error());
        return exit_usage;
    }
    FeatureProbe probe(*std::move(disabled));
    Ladder ladder(probe);
    constexpr EventMask wanted = ns_events | cgroup_events | mask_of(EventType::process_exit);
    const auto plan = ladder.plan(wanted);
    const auto held = held_capabilities();
    utsname system{};
    ::uname(&system);

    bool degraded = !plan || plan->observed != 0 || plan->missing != 0;
    std::string text = fmt::format("kernel {}\n", system.release), document;
    JsonWriter json(document);
    json.begin_object();
    json.key("schema");
    json.value("nsscope.doctor/1");
    json.key("kernel");
    json.value(std::string_view(system.release));
    json.key("features");
    json.begin_array();
    for (const auto& feature : features) {
        const auto& finding = probe.look(feature.name);
        degraded = degraded || !finding.works;
        text += fmt::format("{:<4} {:<16} {}\n", finding.works ? "ok" : "no", feature.name, feature.help);
        if (!finding.works) text += fmt::format("     {}; without: {}\n", finding.why, feature.without);
        json.begin_object();
        json.key("name");
        json.value(feature.name);
        json.key("works");
        json.value(finding.works);
        json.key("why");
        finding.works ? json.null() : json.value(finding.why);
        json.key("without");
        finding.works ? json.null() : json.value(feature.without);
        json.end_object();
    }
    json.end_array();
    json.key("rungs");
    json.begin_array();
    for (const auto& place : places) {
        const auto rung = plan ? plan->rungs.at(static_cast<std::size_t>(place.place)) : std::nullopt;
        const auto worse = drawback(place.place, rung);
        text += fmt::format("{:<4} {}: {}{}{}\n", rung ? "ok" : "no", place.what, rung ? name(*rung) : "none",
                            worse.empty() ? "" : "; ", worse);
        json.begin_object();
        json.key("place");
        json.value(place.what);
        json.key("rung");
        rung ? json.value(name(*rung)) : json.null();
        json.key("drawback");
        worse.empty() ? json.null() : json.value(worse);
        json.end_object();
    }
    json.end_array();
    json.key("capabilities");
    json.begin_array();
    for (const auto& capability : capabilities) {
        const bool has = holds(held, capability);
        degraded = degraded || !has;
        text += fmt::format("{:<4} {:<20} {}\n", has ? "ok" : "no", capability.name, capability.need);
        if (!has) text += fmt::format("     run as root, or setcap {}=ep on nsscope\n", capability.name);
        json.begin_object();
        json.key("name");
        json.value(capability.name);
        json.key("held");
        json.value(has);
        json.key("for");
        json.value(capability.need);
        json.end_object();
    }
    json.end_array();
    json.end_object();
    document += '\n';
    const int status = !plan ? exit_failed : degraded ? exit_partial : exit_complete;
    if (!plan) print_error(plan.error());
    return write_answer(json_wanted ? document : text, status);
}

} // namespace

Command make_doctor(CLI::App& parent) {
    auto* app =
        parent.add_subcommand("doctor", "Say what this kernel and these privileges allow, and what is lost");
    auto json = std::make_shared<bool>(false);
    app->add_flag("--json", *json, "Print one JSON object");
    return {app, [json] { return doctor(*json); }};
}

} // namespace nsscope
