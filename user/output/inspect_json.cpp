#include "output/inspect_json.hpp"

#include "model/container_json.hpp"
#include "model/namespace_facts.hpp"
#include "model/place_containers.hpp"
#include "output/json_fields.hpp"

namespace nsscope {

void put_issues(JsonWriter& json, const std::vector<Issue>& issues) {
    field(json, "complete", issues.empty());
    objects_field(json, "issues", issues, [&](const Issue& issue) {
        field(json, "what", issue.what);
        json.key("count");
        json.value_count(issue.count);
        field(json, "why", issue.why);
    });
}

void put_machine(JsonWriter& json, const Snapshot& snapshot) {
    json.key("time");
    json.value_time(snapshot.time_ns);
    text_field(json, "host", snapshot.host);
    text_field(json, "boot_id", snapshot.boot_id);
    text_field(json, "kernel", snapshot.kernel);
}

void put_inspected(JsonWriter& json, const InspectedNamespace& inspected, const Snapshot& snapshot) {
    const auto& ns = inspected.ns;
    json.begin_object();
    append_namespace_facts(json, ns);
    json.key("nprocs");
    json.value_count(ns.members.size());
    json.key("nthreads");
    json.value_count(ns.nthreads);
    field(json, "members", ns.members);
    append_containers(json, snapshot, ns);
    text_field(json, "path", inspected.path);
    text_field(json, "nsenter", inspected.nsenter);
    json.key("contents");
    if (inspected.contents)
        put_contents(json, *inspected.contents);
    else
        json.null();
    json.end_object();
}

void append_inspection_json(std::string& out, const Inspection& inspection, const Snapshot& snapshot) {
    JsonWriter json(out);
    json.begin_object();
    field(json, "schema", "nsscope.inspect/1");
    put_machine(json, snapshot);
    json.key("process");
    if (inspection.pid) {
        json.begin_object();
        field(json, "pid", *inspection.pid);
        text_field(json, "comm", inspection.comm);
        json.key("container");
        if (const auto place = container_of(snapshot, *inspection.pid))
            append_container(json, snapshot.containers[*place].container);
        else
            json.null();
        json.end_object();
    } else {
        json.null();
    }
    put_issues(json, inspection.issues);
    json.key("namespaces");
    json.begin_array();
    for (const auto& inspected : inspection.namespaces) put_inspected(json, inspected, snapshot);
    json.end_array();
    json.end_object();
    out += '\n';
}

} // namespace nsscope
