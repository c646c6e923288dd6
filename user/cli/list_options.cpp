#include "cli/list_options.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace nsscope {
namespace {

Failure refused(std::string what, std::string accepted) {
    return Failure(Error{std::move(what), "accepted are " + std::move(accepted)});
}

Result<std::vector<NsType>> parse_types(const std::vector<std::string>& names) {
    std::vector<NsType> types;
    for (const auto& text : names) {
        const auto type = ns_type_from_name(text);
        if (!type)
            return refused(fmt::format("--type: '{}' is no kind of namespace", text),
                           "cgroup ipc mnt net pid time user uts");
        types.push_back(*type);
    }
    return types;
}

Result<pid_t> parse_task(const std::string& text) {
    pid_t pid = 0;
    const auto* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, pid);
    if (error != std::errc{} || stop != end || pid <= 0)
        return refused(fmt::format("--task: '{}' is no process id", text), "numbers from 1");
    return pid;
}

std::optional<Relation> relation_named(std::string_view text) {
    if (text.empty() || text == "owner") return Relation::owner; // alone -T means the same as lsns(8)'s
    if (text == "process") return Relation::process;
    if (text == "parent") return Relation::parent;
    return std::nullopt;
}

Result<Source> parse_source(const std::string& text) {
    if (text == "auto") return Source::auto_;
    if (text == "bpf") return Source::bpf;
    if (text == "proc") return Source::proc;
    return refused(fmt::format("--source: '{}' is no source", text), "auto bpf proc");
}

/// -T takes the word after it, if any; where that is no relation, it was meant as NAMESPACE.
void give_back_name(ListOptions& options) {
    if (!options.tree || relation_named(*options.tree) || options.name) return;
    if (!parse_namespace_arg(*options.tree)) return;
    options.name = std::move(options.tree);
    options.tree.emplace();
}

/// Of each row at most one may be given.
std::optional<Error> find_conflict(const ListOptions& o) {
    struct Choice {
        bool given;
        const char* name;
    };
    const Choice output{o.output.has_value(), "--output"}, output_all{o.output_all, "--output-all"},
        raw{o.raw, "--raw"}, tree{o.tree.has_value(), "--tree"}, json{o.json, "--json"},
        list{o.list, "--list"}, task{o.task.has_value(), "--task"}, name{o.name.has_value(), "NAMESPACE"},
        persistent{o.persistent, "--persistent"};
    const Choice pairs[][2] = {{json, output}, {json, output_all}, {json, raw},  {json, tree},
                               {json, list},   {list, tree},       {task, name}, {task, persistent}};
    for (const auto& [one, other] : pairs)
        if (one.given && other.given)
            return Error{fmt::format("{} cannot be combined with {}", one.name, other.name),
                         "see 'nsscope list --help'"};
    return std::nullopt;
}

Result<std::vector<ColumnId>> choose_columns(const ListOptions& options, const std::vector<NsType>& types) {
    const bool net_chosen = std::find(types.begin(), types.end(), NsType::net) != types.end();
    const auto defaults = options.output_all ? all_columns() : default_columns(net_chosen);
    if (!options.output) return defaults;
    return parse_columns(*options.output, defaults);
}

} // namespace

void add_list_options(CLI::App& app, ListOptions& o) {
    // One value an option: CLI11 would let an option that may be repeated swallow NAMESPACE.
    app.add_option("-t,--type", o.types, "only this kind of namespace; may be given more than once")
        ->type_name("TYPE")
        ->expected(1)
        ->allow_extra_args(false)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    app.add_option("-p,--task", o.task, "only the namespaces that this process, or a thread of it, is in")
        ->type_name("PID");
    app.add_flag("-P,--persistent", o.persistent, "only namespaces that no process is in");
    app.add_option(
           "-T,--tree", o.tree,
           "draw a tree: process (below the namespace that the leader's parent is in), owner (below the "
           "owning user namespace; the default) or parent; the last two with all ancestors")
        ->type_name("RELATION")
        ->expected(0, 1);
    app.add_flag("-l,--list", o.list, "a flat list: the default");
    app.add_option("-o,--output", o.output,
                   "the columns, parted by commas; +COLUMNS come after the usual ones")
        ->type_name("COLUMNS");
    app.add_flag("--output-all", o.output_all, "all columns");
    app.add_flag("-n,--noheadings", o.noheadings, "no headings");
    app.add_flag("-r,--raw", o.raw, "one space between columns; spaces in a cell are \\x20");
    app.add_flag("-u,--notruncate", o.notruncate, "do not cut text to the width of the terminal");
    app.add_flag("-W,--nowrap", o.nowrap, "several values of a cell on one line, parted by commas");
    app.add_flag("-J,--json", o.json, "one JSON object of the schema nsscope.snapshot/1");
    app.add_flag("-H,--list-columns", o.list_columns, "list the columns and end");
    app.add_option(
           "--source", o.source,
           "where to look: bpf (the kernel's task iterator), proc (/proc), or auto (bpf where it works)")
        ->type_name("auto|bpf|proc");
    auto* replay =
        app.add_option("--replay", o.replay, "what 'nsscope record' has recorded, instead of what is now")
            ->type_name("FILE");
    app.add_option(
           "--at", o.at,
           "when in the recording: 2026-11-22T10:00:00Z, or seconds since it began; its end by default")
        ->type_name("TIME")
        ->needs(replay);
    app.add_option("NAMESPACE", o.name, "TYPE:[INUM], TYPE:INUM, INUM, or a path such as /proc/PID/ns/TYPE")
        ->type_name("");
    app.footer("\nColumns:\n" + describe_columns());
}

Result<ListRequest> understand(const ListOptions& typed) {
    auto options = typed;
    give_back_name(options);
    if (auto conflict = find_conflict(options)) return Failure(std::move(*conflict));

    ListRequest request;
    auto types = parse_types(options.types);
    if (!types) return Failure(types.error());
    request.types = std::move(*types);
    if (options.task) {
        const auto pid = parse_task(*options.task);
        if (!pid) return Failure(pid.error());
        request.task = *pid;
    }
    if (options.name) {
        auto named = parse_namespace_arg(*options.name);
        if (!named) return Failure(named.error());
        request.name = std::move(*named);
    }
    if (options.tree) {
        request.tree = relation_named(*options.tree);
        if (!request.tree)
            return refused(fmt::format("--tree: '{}' is no relation", *options.tree), "process owner parent");
    }
    auto chosen = choose_columns(options, request.types);
    if (!chosen) return Failure(chosen.error());
    request.columns = std::move(*chosen);
    const auto source = parse_source(options.source);
    if (!source) return Failure(source.error());
    request.source = *source;

    request.replay = options.replay;
    request.at = options.at;
    if (!request.replay.empty() && request.source != Source::auto_)
        return Failure(Error{"--replay cannot be combined with --source", "see 'nsscope list --help'"});
    if (!request.replay.empty() && request.name && !request.name->path.empty())
        return Failure(Error{"a recording has no paths of namespaces", "name it as TYPE:[INUM]"});
    request.persistent = options.persistent;
    request.headings = !options.noheadings;
    request.raw = options.raw;
    request.truncate = !options.notruncate;
    request.wrap = !options.nowrap;
    request.json = options.json;
    request.list_columns = options.list_columns;
    return request;
}

} // namespace nsscope
