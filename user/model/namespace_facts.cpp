#include "model/namespace_facts.hpp"

#include "model/container_json.hpp"

namespace nsscope {
namespace {

template <typename Number>
void number_or_null(JsonWriter& json, const std::optional<Number>& number) {
    if (number)
        json.value(*number);
    else
        json.null();
}

} // namespace

void append_namespace_name(JsonWriter& json, const Namespace& ns) {
    json.key("type");
    json.value(name(ns.type));
    json.key("inum");
    json.value(ns.ref.inum);
    json.key("id");
    if (ns.ref.id != 0)
        json.value_u64_string(ns.ref.id);
    else
        json.null();
}

void append_namespace_facts(JsonWriter& json, const Namespace& ns) {
    append_namespace_name(json, ns);
    json.key("initial");
    json.value(ns.initial);
    json.key("parent");
    number_or_null(json, ns.parent);
    json.key("owner");
    json.begin_object();
    json.key("user_ns");
    number_or_null(json, ns.owner_user_ns);
    json.key("uid");
    number_or_null(json, ns.owner_uid);
    json.end_object();
}

void append_containers(JsonWriter& json, const Snapshot& snapshot, const Namespace& ns) {
    json.key("container");
    if (ns.container)
        append_container(json, snapshot.containers[*ns.container].container);
    else
        json.null();
    json.key("containers");
    json.begin_array();
    for (const auto place : ns.containers) json.value(snapshot.containers[place].container.id);
    json.end_array();
}

} // namespace nsscope
