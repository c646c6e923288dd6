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
#include "scan/surroundings.hpp"

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

/// A thing that was looked at: a line for people, and members of a JSON object.
class Report {
  public:
    Report() : json_(document_) { json_.begin_object(); }

    void text_line(bool is_fine, std::string_view name, std::string_view rest) {
        text_ += fmt::format("{:<4} {:<16} {}\n", is_fine ? "ok" : "no", name, rest);
        degraded_ = degraded_ || !is_fine;
    }
    void more(std::string_view label, std::string_view rest) {
        if (!rest.empty()) text_ += fmt::format("     {:<16} {}: {}\n", "", label, rest);
    }
    void heading(std::string_view words) { text_ += fmt::format("{}\n", words); }
    /// An empty `value` is null.
    void member(std::string_view name, std::string_view value) {
        json_.key(name);
        value.empty() ? json_.null() : json_.value(value);
    }
    void flag(std::string_view name, bool value) {
        json_.key(name);
        json_.value(value);
    }
    template <typename Table, typename Each>
    void array(std::string_view name, const Table& table, const Each& each) {
        json_.key(name);
        json_.begin_array();
        for (const auto& entry : table) {
            json_.begin_object();
            each(entry);
            json_.end_object();
        }
        json_.end_array();
    }
    [[nodiscard]] std::string finish(bool json_wanted) {
        json_.end_object();
        return json_wanted ? document_ + '\n' : text_;
    }
    [[nodiscard]] bool degraded() const { return degraded_; }

  private:
    std::string text_, document_;
    JsonWriter json_;
    bool degraded_ = false;
};

void report_features(Report& report, FeatureProbe& probe) {
    report.heading("\nfeatures, each by trial (NSSCOPE_DISABLE can do without)");
    report.array("features", features, [&](const Feature& feature) {
        const auto& finding = probe.look(feature.name);
        const bool works = finding.works;
        report.text_line(works, feature.name, feature.help);
        report.more("why", finding.why);
        report.more("without", works ? "" : feature.without);
        report.more("needs", works ? "" : feature.remedy);
        report.member("name", feature.name);
        report.flag("works", works);
        report.member("why", works ? "" : finding.why);
        report.member("without", works ? "" : feature.without);
        report.member("needs", works ? "" : feature.remedy);
    });
}

void report_rungs(Report& report, const Result<AttachPlan>& plan) {
    report.heading("\nevents, and by what means they are seen");
    report.array("rungs", places, [&](const PlaceInfo& place) {
        const auto rung = plan ? plan->rungs.at(static_cast<std::size_t>(place.place)) : std::nullopt;
        const auto worse = drawback(place.place, rung);
        const auto means = rung ? name(*rung) : std::string_view{};
        report.text_line(rung.has_value(), rung ? means : "none", place.what);
        report.more("but", worse);
        report.member("place", place.what);
        report.member("rung", means);
        report.member("drawback", worse);
    });
}

void report_surroundings(Report& report) {
    report.heading("\nsurroundings");
    report.array("surroundings", look_around("/proc", "/sys"), [&](const Surrounding& found) {
        report.text_line(found.is_fine, found.name, found.state);
        report.more("means", found.means);
        report.more("remedy", found.remedy);
        report.member("name", found.name);
        report.member("state", found.state);
        report.flag("fine", found.is_fine);
        report.member("means", found.means);
        report.member("remedy", found.remedy);
    });
}

void report_capabilities(Report& report) {
    report.heading("\ncapabilities");
    const auto held = held_capabilities();
    report.array("capabilities", capabilities, [&](const Capability& capability) {
        const bool has = holds(held, capability);
        report.text_line(has, capability.name, capability.need);
        report.more("needs", has ? "" : "root, or setcap on nsscope");
        report.member("name", capability.name);
        report.flag("held", has);
        report.member("for", capability.need);
    });
}

int doctor(bool json_wanted) {
    auto disabled = disabled_features();
    if (!disabled) {
        print_error(disabled.error());
        return exit_usage;
    }
    FeatureProbe probe(*std::move(disabled));
    const auto plan = Ladder(probe).plan(ns_events | cgroup_events | mask_of(EventType::process_exit));
    utsname system{};
    ::uname(&system);

    Report report;
    report.heading(fmt::format("kernel {}", system.release));
    report.member("schema", "nsscope.doctor/1");
    report.member("kernel", std::string_view(system.release));
    report_features(report, probe);
    report_rungs(report, plan);
    report_surroundings(report);
    report_capabilities(report);
    const bool degraded = report.degraded() || !plan || plan->observed != 0 || plan->missing != 0;
    if (!plan) print_error(plan.error());
    return write_answer(report.finish(json_wanted), !plan      ? exit_failed
                                                    : degraded ? exit_partial
                                                               : exit_complete);
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
