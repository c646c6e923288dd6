#include "output/snapshot_head.hpp"

#include "base/json.hpp"

namespace nsscope {
namespace {

/// An empty text stands for one that could not be learned.
void text_or_null(JsonWriter& json, std::string_view text) {
    if (text.empty())
        json.null();
    else
        json.value(text);
}

} // namespace

void append_snapshot_head(std::string& out, const Snapshot& snapshot, std::string_view schema) {
    JsonWriter json(out);
    json.begin_object();
    json.key("schema");
    json.value(schema);
    json.key("time");
    json.value_time(snapshot.time_ns);
    json.key("host");
    text_or_null(json, snapshot.host);
    json.key("boot_id");
    text_or_null(json, snapshot.boot_id);
    json.key("kernel");
    text_or_null(json, snapshot.kernel);
    json.key("source");
    json.value(snapshot.source);
    json.key("complete");
    json.value(snapshot.complete());
    json.key("issues");
    json.begin_array();
    for (const auto& issue : snapshot.issues) {
        json.begin_object();
        json.key("what");
        json.value(issue.what);
        json.key("count");
        json.value_count(issue.count);
        json.key("why");
        json.value(issue.why);
        json.end_object();
    }
    json.end_array();
    json.end_object();
    out.pop_back();
}

} // namespace nsscope
