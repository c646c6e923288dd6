#include "cli/command.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

#include "cli/list_lookups.hpp"
#include "cli/list_options.hpp"
#include "cli/list_select.hpp"
#include "cli/look.hpp"
#include "cli/replay.hpp"
#include "cli/report.hpp"
#include "cli/terminal.hpp"
#include "engine/snapshot_source.hpp"
#include "output/namespace_table.hpp"
#include "output/snapshot_json.hpp"

namespace nsscope {
namespace {

const std::string proc_root = "/proc";

int failed(const Error& error, int status = exit_failed) {
    print_error(error);
    return status;
}

std::string draw_table(const Snapshot& snapshot, const std::vector<std::size_t>& shown,
                       const ListRequest& request) {
    ListLookups lookups(proc_root);
    // of a recording's other things nothing is known any more
    const auto sources = request.replay.empty()
                             ? lookups.sources()
                             : CellSources{.user_name = [&](uid_t uid) { return lookups.user_name(uid); },
                                           .path = {},
                                           .netnsid = {}};
    const NamespaceTableLayout layout{request.columns, request.tree, locale_is_utf8()};
    const TableStyle style{.headings = request.headings,
                           .raw = request.raw,
                           .wrap = request.wrap,
                           .width = request.truncate ? terminal_width() : 0};
    std::string text;
    append_table(text, make_namespace_table(snapshot, shown, layout, sources), style);
    return text;
}

bool shows(const ListRequest& request, ColumnId column) {
    return std::find(request.columns.begin(), request.columns.end(), column) != request.columns.end();
}

/// Piece by piece: with thousands of namespaces the whole would be megabytes.
int write_json(const Snapshot& snapshot, const std::vector<std::size_t>& shown, int status) {
    Result<void> written;
    std::string text;
    const auto drain = [&written](std::string& piece) {
        written = write_all(STDOUT_FILENO, piece);
        piece.clear();
        return written.has_value();
    };
    if (!append_snapshot_json(text, snapshot, shown, drain)) return unwritten(written.error());
    return write_answer(text, status);
}

int list(const ListOptions& options) {
    auto request = understand(options);
    if (!request) return failed(request.error(), exit_usage);
    if (request->list_columns) return write_answer(describe_columns(), exit_complete);
    if (request->name) {
        auto name = resolve_namespace_arg(*request->name);
        if (!name) return failed(name.error());
        request->name = std::move(*name);
    }

    const bool is_live = request->replay.empty();
    if (is_live && request->task && ::kill(*request->task, 0) != 0 && errno == ESRCH)
        return failed({fmt::format("no process {}", *request->task)});

    const bool containers = request->json || shows(*request, ColumnId::container);
    // Never freed: that takes a millisecond for thousands of namespaces, and the process is about to end.
    static auto& snapshot = *new auto( // NOLINT(cppcoreguidelines-owning-memory)
        is_live ? look(request->source, PinsOf::unpopulated, containers ? Containers::yes : Containers::no)
                : replay_snapshot(request->replay, request->at));
    if (!snapshot) return failed(snapshot.error());
    auto shown = select_namespaces(*snapshot, *request);
    if (!shown) return failed(shown.error());
    if (request->tree) *shown = with_ancestors(*snapshot, std::move(*shown), *request->tree);
    if (is_live && (request->json || shows(*request, ColumnId::command)))
        fill_cmdlines(*snapshot, *shown, proc_root);

    print_issues(snapshot->issues);
    const int status = snapshot->complete() ? exit_complete : exit_partial;
    if (request->json) return write_json(*snapshot, *shown, status);
    return write_answer(draw_table(*snapshot, *shown, *request), status);
}

} // namespace

Command make_list(CLI::App& parent) {
    auto* app = parent.add_subcommand("list", "list namespaces, as lsns(8) does");
    auto options = std::make_shared<ListOptions>();
    add_list_options(*app, *options);
    return {app, [options] { return list(*options); }};
}

} // namespace nsscope
