#include "cli/command.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/look.hpp"
#include "cli/report.hpp"
#include "cli/target_arg.hpp"
#include "inspect/enter_facts.hpp"
#include "inspect/inspection.hpp"
#include "inspect/proc_dir.hpp"
#include "output/enter_report.hpp"
#include "output/inspect_json.hpp"
#include "output/inspect_text.hpp"

namespace nsscope {
namespace {

struct InspectOptions {
    std::string target;
    std::vector<std::string> types;
    std::optional<pid_t> enter;
    std::string source = "auto";
    bool json = false;
};

int failed(const Error& error, int status = exit_failed) {
    print_error(error);
    return status;
}

std::vector<NsType> types_from(const std::vector<std::string>& names) {
    std::vector<NsType> types;
    for (const auto& name : names)
        if (const auto type = ns_type_from_name(name)) types.push_back(*type);
    return types;
}

Result<Inspection> inspect_target(const Snapshot& snapshot, const TargetArg& target,
                                  const std::vector<NsType>& types) {
    const auto sources = inspect_sources();
    if (target.pid) return inspect_process(snapshot, *target.pid, types, sources);
    if (!target.ns->path.empty()) {
        auto held = hold_by_path(target.ns->path);
        if (!held) return Failure(held.error());
        return inspect_held(snapshot, std::move(*held), sources);
    }
    const auto ns = find_listed(snapshot, *target.ns);
    if (!ns) return Failure(ns.error());
    return inspect_listed(snapshot, **ns, sources);
}

Result<HeldNamespace> hold_target(const Snapshot& snapshot, const TargetArg& target) {
    if (!target.ns->path.empty()) return hold_by_path(target.ns->path);
    const auto ns = find_listed(snapshot, *target.ns);
    if (!ns) return Failure(ns.error());
    return hold("/proc", snapshot, **ns);
}

/// `inspect --enter PID NAMESPACE`.
int judge(const InspectOptions& options, const TargetArg& target) {
    if (target.pid)
        return failed({"--enter PID goes with a namespace", "name it as TYPE:[INUM] or /proc/PID/ns/TYPE"},
                      exit_usage);
    // who is where is of no matter; only a namespace that a number names is looked for
    const auto snapshot = target.ns->path.empty() ? look(source_from_name(options.source))
                                                  : Result<Snapshot>(snapshot_of_nothing("/proc"));
    if (!snapshot) return failed(snapshot.error());
    const auto held = hold_target(*snapshot, target);
    if (!held) return failed(held.error());
    Gaps gaps;
    const auto facts = gather_enter_facts(inspect_sources(), *options.enter, *held, gaps);
    if (!facts) return failed(facts.error());
    EnterReport report{*options.enter, {}, held->type, held->ref, judge_entry(*facts), {}};
    if (const auto process = ProcDir::open("/proc", *options.enter)) report.comm = process->comm();
    if (!report.verdict.can_enter) {
        for (const auto& rule : report.verdict.rules)
            if (!rule.holds) gaps.add("whether setns(2) would be denied", rule.text, *options.enter);
        gaps.report(report.issues);
    }
    std::string text;
    if (options.json)
        append_enter_json(text, report, *snapshot);
    else
        append_enter_text(text, report);
    print_issues(report.issues);
    return write_answer(text, report.verdict.can_enter ? exit_complete : exit_partial);
}

int inspect(const InspectOptions& options) {
    const auto target = parse_target_arg(options.target);
    if (!target) return failed(target.error(), exit_usage);
    if (!target->pid && !options.types.empty())
        return failed({"-t goes with a process only", "a namespace has one kind"}, exit_usage);
    if (options.enter) return judge(options, *target);
    const auto snapshot = look(source_from_name(options.source), PinsOf::unpopulated, Containers::yes);
    if (!snapshot) return failed(snapshot.error());
    const auto inspection = inspect_target(*snapshot, *target, types_from(options.types));
    if (!inspection) return failed(inspection.error());

    std::string text;
    if (options.json)
        append_inspection_json(text, *inspection, *snapshot);
    else
        append_inspection_text(text, *inspection, *snapshot);
    print_issues(inspection->issues);
    return write_answer(text, inspection->issues.empty() ? exit_complete : exit_partial);
}

} // namespace

Command make_inspect(CLI::App& parent) {
    auto* app =
        parent.add_subcommand("inspect", "show what is inside the namespaces of a process, or inside one");
    auto options = std::make_shared<InspectOptions>();
    std::vector<std::string> kinds;
    kinds.reserve(ns_types.size());
    for (const auto& type : ns_types) kinds.emplace_back(type.name);
    app->add_option(
           "PID|NAMESPACE", options->target,
           "a process, or a namespace as TYPE:[INUM], TYPE:INUM, INUM or a path such as /proc/PID/ns/TYPE")
        ->required();
    app->add_option("-t,--type", options->types, "of a process, only these kinds of namespace; repeatable")
        ->check(CLI::IsMember(kinds));
    app->add_option("--enter", options->enter,
                    "whether this process could join NAMESPACE by setns(2), and if not, what denies it")
        ->check(CLI::PositiveNumber);
    app->add_flag("-J,--json", options->json,
                  "one JSON object of the schema nsscope.inspect/1; with --enter nsscope.enter/1");
    app->add_option("--source", options->source, "where members and relatives come from: auto, bpf or proc")
        ->check(CLI::IsMember({"auto", "bpf", "proc"}));
    return {app, [options] { return inspect(*options); }};
}

} // namespace nsscope
