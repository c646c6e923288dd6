#include "cli/command.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>

#include "cli/look.hpp"
#include "cli/report.hpp"
#include "cli/target_arg.hpp"
#include "inspect/inspection.hpp"
#include "model/place_containers.hpp"
#include "output/diff_report.hpp"

namespace nsscope {
namespace {

struct DiffOptions {
    std::string a, b;
    std::string source = "auto";
    bool json = false;
};

int failed(const Error& error, int status = exit_failed) {
    print_error(error);
    return status;
}

bool is_file(const std::string& path) {
    struct stat status {};
    // A namespace's file is a regular one, too.
    return ::stat(path.c_str(), &status) == 0 && !S_ISDIR(status.st_mode) && !hold_by_path(path);
}

/// A process or namespace; nullopt: a saved snapshot. What is neither is an error.
Result<std::optional<TargetArg>> classify(const std::string& text) {
    auto target = parse_target_arg(text);
    const bool may_be_file = !target || (target->ns && !target->ns->path.empty());
    if (may_be_file && is_file(text)) return std::nullopt;
    if (target) return std::move(*target);
    auto error = target.error();
    error.what = "'" + text + "' is neither a process, nor a namespace, nor a file";
    return Failure(std::move(error));
}

/// A live side, looked into. `type`: of a process this kind alone.
Result<Inspection> inspect_side(const Snapshot& snapshot, const TargetArg& target,
                                std::optional<NsType> type) {
    const auto sources = inspect_sources();
    std::vector<NsType> types;
    if (type) types.push_back(*type);
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

DiffSubject subject_of(const Inspection& inspection, const Snapshot& snapshot) {
    DiffSubject subject;
    subject.pid = inspection.pid;
    subject.comm = inspection.comm;
    std::optional<std::uint32_t> container;
    if (inspection.pid) {
        container = container_of(snapshot, *inspection.pid);
    } else if (!inspection.namespaces.empty()) {
        const auto& ns = inspection.namespaces.front().ns;
        subject.type = ns.type;
        subject.ref = ns.ref;
        container = ns.container;
    }
    if (container) subject.container = snapshot.containers[*container].container;
    return subject;
}

DiffSubject subject_of(const SavedSnapshot& snapshot, const std::string& file) {
    DiffSubject subject;
    subject.file = file;
    subject.time = snapshot.time;
    subject.host = snapshot.host;
    subject.boot_id = snapshot.boot_id;
    return subject;
}

Result<DiffReport> compare_files(const DiffOptions& options) {
    const auto a = read_saved_snapshot(options.a);
    if (!a) return Failure(a.error());
    const auto b = read_saved_snapshot(options.b);
    if (!b) return Failure(b.error());
    DiffReport report;
    report.a = subject_of(*a, options.a);
    report.b = subject_of(*b, options.b);
    compare_snapshots(*a, *b, report);
    return report;
}

/// Of a process and a namespace, only what is of the kind of the namespace is compared: that side goes first.
Result<DiffReport> compare_live(const TargetArg& a, const TargetArg& b, Source source) {
    const auto snapshot = look(source, PinsOf::unpopulated, Containers::yes);
    if (!snapshot) return Failure(snapshot.error());
    const bool swap = a.pid && !b.pid;
    auto first = inspect_side(*snapshot, swap ? b : a, std::nullopt);
    if (!first) return Failure(first.error());
    std::optional<NsType> type;
    if (!first->pid) type = first->namespaces.front().ns.type;
    auto second = inspect_side(*snapshot, swap ? a : b, type);
    if (!second) return Failure(second.error());
    if (swap) std::swap(*first, *second);
    DiffReport report;
    report.a = subject_of(*first, *snapshot);
    report.b = subject_of(*second, *snapshot);
    report.entries = compare_inspections(*first, *second, *snapshot);
    report.issues = std::move(first->issues);
    for (auto& issue : second->issues) {
        const auto is_known = [&](const Issue& known) {
            return known.what == issue.what && known.why == issue.why;
        };
        if (std::none_of(report.issues.begin(), report.issues.end(), is_known))
            report.issues.push_back(std::move(issue));
    }
    return report;
}

int diff(const DiffOptions& options) {
    const auto a = classify(options.a), b = classify(options.b);
    if (!a) return failed(a.error(), exit_usage);
    if (!b) return failed(b.error(), exit_usage);
    if (a->has_value() != b->has_value())
        return failed({"a saved snapshot can be compared with another one only",
                       "save what is now with 'nsscope list -J > FILE'"},
                      exit_usage);
    const auto report =
        *a ? compare_live(**a, **b, source_from_name(options.source)) : compare_files(options);
    if (!report) return failed(report.error());
    if (report->a.type && report->b.type && report->a.type != report->b.type)
        return failed(
            {"the two namespaces are of different kinds", "compare two of a kind, or two processes"},
            exit_usage);
    std::string text;
    if (options.json)
        append_diff_json(text, *report);
    else
        append_diff_text(text, *report);
    print_issues(report->issues);
    return write_answer(text, report->issues.empty() ? exit_complete : exit_partial);
}

} // namespace

Command make_diff(CLI::App& parent) {
    auto* app = parent.add_subcommand("diff", "show what two processes, namespaces or saved snapshots share");
    auto options = std::make_shared<DiffOptions>();
    const std::string help = "a process, a namespace, or a file that 'nsscope list -J' made";
    app->add_option("A", options->a, help)->required();
    app->add_option("B", options->b, help)->required();
    app->add_flag("-J,--json", options->json, "one JSON object of the schema nsscope.diff/1");
    app->add_option("--source", options->source, "where members and relatives come from: auto, bpf or proc")
        ->check(CLI::IsMember({"auto", "bpf", "proc"}));
    return {app, [options] { return diff(*options); }};
}

} // namespace nsscope
