#include "cli/command.hpp"

#include <cerrno>
#include <csignal>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "cli/list_options.hpp"
#include "cli/list_select.hpp"
#include "cli/look.hpp"
#include "cli/report.hpp"
#include "cli/terminal.hpp"
#include "model/namespace_forest.hpp"
#include "output/forest_json.hpp"
#include "output/forest_text.hpp"

namespace nsscope {
namespace {

/// What `tree` shares with `list`, and its own.
struct TreeOptions {
    ListOptions list;
    bool all = false;
};

int failed(const Error& error, int status = exit_failed) {
    print_error(error);
    return status;
}

int tree(const TreeOptions& options) {
    auto request = understand(options.list);
    if (!request) return failed(request.error(), exit_usage);
    if (request->name) {
        auto name = resolve_namespace_arg(*request->name);
        if (!name) return failed(name.error());
        request->name = std::move(*name);
    }
    if (request->task && ::kill(*request->task, 0) != 0 && errno == ESRCH)
        return failed({fmt::format("no process {}", *request->task)});

    const auto snapshot = look(request->source, PinsOf::unpopulated, Containers::and_processes);
    if (!snapshot) return failed(snapshot.error());
    const auto chosen = select_namespaces(*snapshot, *request);
    if (!chosen) return failed(chosen.error());
    const auto forest = grow_forest(*snapshot, {.namespaces = *chosen,
                                                .process = request->task,
                                                .host_processes = options.all,
                                                .with_below = request->name.has_value()});

    print_issues(snapshot->issues);
    std::string text;
    if (request->json)
        append_forest_json(text, *snapshot, forest);
    else
        append_table(text, make_forest_table(*snapshot, forest, locale_is_utf8()),
                     {.headings = false, .width = request->truncate ? terminal_width() : 0});
    return write_answer(text, snapshot->complete() ? exit_complete : exit_partial);
}

} // namespace

Command make_tree(CLI::App& parent) {
    auto* app = parent.add_subcommand("tree", "show namespaces, containers and processes as one tree");
    auto options = std::make_shared<TreeOptions>();
    auto& list = options->list;
    app->add_option("-t,--type", list.types,
                    "only this kind of namespace, and what is above; may be given more than once")
        ->type_name("TYPE")
        ->expected(1)
        ->allow_extra_args(false)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    app->add_option("-p,--task", list.task,
                    "only this process, the namespaces that it is in, and what is above")
        ->type_name("PID");
    app->add_option("NAMESPACE", list.name,
                    "only this one, what is below and above it, and who is in it: TYPE:[INUM], TYPE:INUM, "
                    "INUM, or a path such as /proc/PID/ns/TYPE")
        ->type_name("");
    app->add_flag("-a,--all", options->all,
                  "processes in the initial pid namespace and no container as well");
    app->add_flag("-u,--notruncate", list.notruncate, "do not cut lines to the width of the terminal");
    app->add_flag("-J,--json", list.json, "one JSON object of the schema nsscope.tree/1");
    app->add_option(
           "--source", list.source,
           "where to look: bpf (the kernel's task iterator), proc (/proc), or auto (bpf where it works)")
        ->type_name("auto|bpf|proc");
    return {app, [options] { return tree(*options); }};
}

} // namespace nsscope
