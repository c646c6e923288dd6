#include "cli/command.hpp"

#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "cli/list_namespace_arg.hpp"
#include "cli/look.hpp"
#include "cli/report.hpp"
#include "output/why_report.hpp"

namespace nsscope {
namespace {

struct WhyOptions {
    std::string ns;
    std::string source = "auto";
    bool json = false;
};

int failed(const Error& error, int status = exit_failed) {
    print_error(error);
    return status;
}

/// A bare inode number may be that of several, one of each kind.
std::vector<const Namespace*> find_all(const Snapshot& snapshot, const NamespaceArg& arg) {
    std::vector<const Namespace*> found;
    for (const auto& ns : snapshot.namespaces)
        if (ns.ref.inum == arg.inum && (!arg.type || *arg.type == ns.type)) found.push_back(&ns);
    return found;
}

int why(const WhyOptions& options) {
    const auto written = parse_namespace_arg(options.ns);
    if (!written) return failed(written.error(), exit_usage);
    const auto arg = resolve_namespace_arg(*written);
    if (!arg) return failed(arg.error());
    const auto snapshot = look(source_from_name(options.source), PinsOf::all, Containers::yes);
    if (!snapshot) return failed(snapshot.error());
    print_issues(snapshot->issues);
    const auto found = find_all(*snapshot, *arg);
    if (found.empty())
        return failed({fmt::format("there is no namespace {}: it is gone, or never was{}", to_text(*arg),
                                   snapshot->complete() ? "" : ", or is not to be seen from here"),
                       "'nsscope list' shows all there are"});

    std::string text;
    if (options.json)
        append_why_json(text, *snapshot, found);
    else
        append_why_text(text, *snapshot, found);
    return write_answer(text, snapshot->complete() ? exit_complete : exit_partial);
}

} // namespace

Command make_why(CLI::App& parent) {
    auto* app = parent.add_subcommand("why", "show what keeps a namespace alive");
    auto options = std::make_shared<WhyOptions>();
    app->add_option("NAMESPACE", options->ns,
                    "as TYPE:[INUM], TYPE:INUM, INUM or a path such as /proc/PID/ns/TYPE")
        ->required();
    app->add_flag("-J,--json", options->json, "one JSON object of the schema nsscope.why/1");
    app->add_option("--source", options->source, "where it is looked up: auto, bpf or proc")
        ->check(CLI::IsMember({"auto", "bpf", "proc"}));
    return {app, [options] { return why(*options); }};
}

} // namespace nsscope
