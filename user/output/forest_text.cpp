#include "output/forest_text.hpp"

#include <fmt/format.h>

#include "base/text.hpp"
#include "output/container_text.hpp"
#include "output/pin_text.hpp"
#include "output/tree_layout.hpp"

namespace nsscope {
namespace {

std::string namespace_text(const Snapshot& snapshot, const Namespace& ns) {
    auto text = fmt::format("{}:[{}]", name(ns.type), ns.ref.inum);
    if (ns.initial) text += " initial";
    if (ns.type == NsType::user && !ns.initial && ns.owner_uid)
        text += fmt::format(" of uid {}", *ns.owner_uid);
    if (ns.members.empty()) {
        text += ", no process";
        for (const auto& pin : ns.pinned_by) {
            text += ", ";
            append_pin_text(text, pin);
        }
    } else {
        text += ", " + process_count_text(ns.members.size());
    }
    return text + sharers_text(snapshot, ns);
}

/// "; net with web; uts with the host"
void append_shared(std::string& text, const Snapshot& snapshot, const std::vector<SharedNamespace>& shared) {
    std::string of_host;
    for (const auto& one : shared) {
        const auto type = name(snapshot.namespaces[one.ns].type);
        if (!one.container) {
            of_host += of_host.empty() ? "" : ", ";
            of_host += type;
        } else {
            text += fmt::format("; {} with {}", type, container_label(snapshot, *one.container));
        }
    }
    if (!of_host.empty()) text += fmt::format("; {} with the host", of_host);
}

std::string container_text(const Snapshot& snapshot, std::size_t place,
                           const std::vector<SharedNamespace>& shared) {
    const auto& found = snapshot.containers[place];
    auto text = "container " + container_description(found.container);
    if (found.init_pid != 0) text += fmt::format(", init {}", found.init_pid);
    append_shared(text, snapshot, shared);
    return text;
}

} // namespace

Table make_forest_table(const Snapshot& snapshot, const Forest& forest, bool utf8) {
    std::vector<std::size_t> parents;
    parents.reserve(forest.nodes.size());
    for (const auto& node : forest.nodes) parents.push_back(node.parent);
    Table table;
    table.headings.push_back({"NAMESPACES", false, true});
    table.tree_column = 0;
    for (auto& drawn : lay_out_tree(std::move(parents), utf8)) {
        const auto& node = forest.nodes[drawn.node];
        std::string text;
        switch (node.kind) {
        case ForestNode::Kind::ns: text = namespace_text(snapshot, snapshot.namespaces[node.index]); break;
        case ForestNode::Kind::container:
            text = container_text(snapshot, node.index, forest.shared[node.index]);
            break;
        case ForestNode::Kind::process: {
            const auto& process = snapshot.processes[node.index];
            text = fmt::format("{} {}", process.pid, to_printable(process.comm));
            break;
        }
        }
        table.rows.push_back({{std::move(text)}, std::move(drawn.branch), std::move(drawn.trunk)});
    }
    return table;
}

} // namespace nsscope
