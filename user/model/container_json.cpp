#include "model/container_json.hpp"

namespace nsscope {
namespace {

void member(JsonWriter& json, std::string_view key, const std::string& text) {
    json.key(key);
    if (text.empty())
        json.null();
    else
        json.value(text);
}

} // namespace

void append_container(JsonWriter& json, const Container& container) {
    json.begin_object();
    json.key("id");
    json.value(container.id);
    member(json, "runtime", container.runtime);
    member(json, "name", container.name);
    json.key("pod");
    if (container.pod) {
        json.begin_object();
        member(json, "uid", container.pod->uid);
        member(json, "name", container.pod->name);
        member(json, "namespace", container.pod->ns);
        member(json, "qos", container.pod->qos);
        json.end_object();
    } else {
        json.null();
    }
    json.end_object();
}

} // namespace nsscope
