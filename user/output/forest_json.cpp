#include "output/forest_json.hpp"

#include "base/json.hpp"
#include "model/container_json.hpp"
#include "model/namespace_facts.hpp"
#include "output/pin_json.hpp"
#include "output/snapshot_head.hpp"
#include "output/tree_layout.hpp"

namespace nsscope {
namespace {

void append_container_id(JsonWriter& json, const Snapshot& snapshot, std::optional<std::uint32_t> place) {
    if (place)
        json.value(snapshot.containers[*place].container.id);
    else
        json.null();
}

void append_namespace(JsonWriter& json, const Snapshot& snapshot, const Namespace& ns) {
    append_namespace_name(json, ns);
    json.key("initial");
    json.value(ns.initial);
    json.key("nprocs");
    json.value_count(ns.members.size());
    json.key("container");
    append_container_id(json, snapshot, ns.container);
    json.key("containers");
    json.begin_array();
    for (const auto place : ns.containers) append_container_id(json, snapshot, place);
    json.end_array();
    append_pins(json, ns);
}

void append_found_container(JsonWriter& json, const Snapshot& snapshot, std::size_t place,
                            const std::vector<SharedNamespace>& shared) {
    const auto& found = snapshot.containers[place];
    json.key("container");
    append_container(json, found.container);
    json.key("init_pid");
    if (found.init_pid != 0)
        json.value(found.init_pid);
    else
        json.null();
    json.key("cgroup");
    if (found.cgroup.empty())
        json.null();
    else
        json.value(found.cgroup);
    json.key("shares");
    json.begin_array();
    for (const auto& one : shared) {
        json.begin_object();
        append_namespace_name(json, snapshot.namespaces[one.ns]);
        json.key("with");
        append_container_id(json, snapshot, one.container);
        json.end_object();
    }
    json.end_array();
}

void append_node(JsonWriter& json, const Snapshot& snapshot, const Forest& forest, const ForestNode& node) {
    json.key("kind");
    switch (node.kind) {
    case ForestNode::Kind::ns:
        json.value("namespace");
        append_namespace(json, snapshot, snapshot.namespaces[node.index]);
        break;
    case ForestNode::Kind::container:
        json.value("container");
        append_found_container(json, snapshot, node.index, forest.shared[node.index]);
        break;
    case ForestNode::Kind::process:
        json.value("process");
        json.key("pid");
        json.value(snapshot.processes[node.index].pid);
        json.key("comm");
        json.value(snapshot.processes[node.index].comm);
        break;
    }
}

} // namespace

void append_forest_json(std::string& out, const Snapshot& snapshot, const Forest& forest) {
    append_snapshot_head(out, snapshot, "nsscope.tree/1");
    out += ",\n\"nodes\":[";
    std::vector<std::size_t> parents;
    for (const auto& node : forest.nodes) parents.push_back(node.parent);
    const auto rows = lay_out_tree(std::move(parents), false);
    std::vector<std::size_t> number(forest.nodes.size());
    for (std::size_t i = 0; i < rows.size(); ++i) number[rows[i].node] = i;

    JsonWriter json(out);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto& node = forest.nodes[rows[i].node];
        out += i == 0 ? "\n" : ",\n";
        json.begin_object();
        json.key("node");
        json.value_count(i);
        json.key("parent");
        if (node.parent == Forest::no_node)
            json.null();
        else
            json.value_count(number[node.parent]);
        append_node(json, snapshot, forest, node);
        json.end_object();
    }
    out += "]}\n";
}

} // namespace nsscope
