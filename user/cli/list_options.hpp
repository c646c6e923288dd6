#pragma once

#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <sys/types.h>

#include "base/result.hpp"
#include "cli/list_namespace_arg.hpp"
#include "engine/snapshot_source.hpp"
#include "output/columns.hpp"
#include "output/namespace_tree.hpp"

namespace nsscope {

/// The command line of `nsscope list`, as it was typed.
struct ListOptions {
    std::vector<std::string> types;
    std::optional<std::string> task, output;
    std::optional<std::string> tree; ///< empty: -T without a word
    std::optional<std::string> name; ///< NAMESPACE
    std::string source = "auto";
    std::string replay, at;
    bool output_all = false, noheadings = false, raw = false, notruncate = false, nowrap = false;
    bool json = false, list = false, persistent = false, list_columns = false;
};

/// The same, understood.
struct ListRequest {
    std::vector<NsType> types{}; ///< empty: all
    std::optional<pid_t> task{};
    std::optional<NamespaceArg> name{};
    bool persistent = false;
    std::vector<ColumnId> columns{};
    std::optional<Relation> tree{};
    Source source = Source::auto_;
    std::string replay{}; ///< a recording, to be read instead of the machine; empty: the machine
    std::string at{};     ///< when in it, as parse_time() reads it; empty: at its end
    bool headings = true, raw = false, truncate = true, wrap = true, json = false, list_columns = false;
};

/// Adds the options to `app`; parsing fills in `options`, which must live as long as `app`.
void add_list_options(CLI::App& app, ListOptions& options);

/// Checks every value, and that the options go together. An error names what was found and what is accepted.
[[nodiscard]] Result<ListRequest> understand(const ListOptions& options);

} // namespace nsscope
