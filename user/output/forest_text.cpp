#include "output/forest_text.hpp"

#include <array>

#include <fmt/format.h>

#include "base/text.hpp"
#include "model/place_containers.hpp"
#include "output/container_text.hpp"
#include "output/pin_text.hpp"
#include "output/tree_layout.hpp"

namespace nsscope {
namespace {

constexpr std::size_t most_named = 3;

/// "1 process", "2 processes".
std::string count_text(std::size_t count) {
    return fmt::format("{} process{}", count, count == 1 ? "" : "es");
}

std::string label(const Snapshot& snapshot, std::uint32_t place) {
    return to_printable(container_label(snapshot.containers[place].container));
}

/// Who else is in a namespace: containers that it does not belong to, and the host.
void append_sharers(std::string& text, const Snapshot& snapshot, const Namespace& ns) {
    std::size_t named = 0, others = 0;
    for (const auto place : ns.containers) {
        if (ns.container == place) continue;
        if (named == most_named) {
            ++others;
            continue;
        }
        text += named++ == 0 ? ", shared with " : ", ";
        text += label(snapshot, place);
    }
    if (others != 0) text += fmt::format(" and {} more", others);
    if (!ns.container) return;
    std::size_t of_host = 0;
    for (const auto pid : ns.members)
        if (!container_of(snapshot, pid)) ++of_host;
    if (of_host != 0) text += fmt::format(", with {} of the host", count_text(of_host));
}

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
        text += ", " + count_text(ns.members.size());
    }
    append_sharers(text, snapshot, ns);
    return text;
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
            text += fmt::format("; {} with {}", type, label(snapshot, *one.container));
        }
    }
    if (!of_host.empty()) text += fmt::format("; {} with the host", of_host);
}

std::string container_text(const Snapshot& snapshot, std::size_t place,
                           const std::vector<SharedNamespace>& shared) {
    const auto& found = snapshot.containers[place];
    const auto& container = found.container;
    auto text = fmt::format("container {}", to_printable(container_label(container)));
    if (!container.name.empty() && container.name != container.id) {
        auto nameless = container;
        nameless.name.clear();
        text += fmt::format(" ({})", to_printable(container_label(nameless)));
    }
    if (!container.runtime.empty()) text += " of " + container.runtime;
    if (container.pod) {
        const auto& pod = *container.pod;
        text += ", pod ";
        if (!pod.ns.empty()) text += to_printable(pod.ns) + "/";
        text += to_printable(pod.name.empty() ? pod.uid : pod.name);
        if (!pod.qos.empty()) text += " " + pod.qos;
    }
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
