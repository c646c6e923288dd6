/// The records that are about the stream itself, and about what exists.
#include "events/record.hpp"
#include "model/namespace_facts.hpp"

namespace nsscope {
namespace {

/// An empty text stands for one that is not known.
void write_known(JsonWriter& json, std::string_view text) {
    if (text.empty())
        json.null();
    else
        json.value(text);
}

void write_resync(JsonWriter& json, bool resync) {
    if (!resync) return;
    json.key("resync");
    json.value(true);
}

/// `event`: start or reload.
void write_info(JsonWriter& json, const StartInfo& start, const Position& position, std::string_view event) {
    const auto write_types = [&json](std::string_view key, EventMask mask) {
        json.key(key);
        json.begin_array();
        for (const auto& type : event_types)
            if ((mask & mask_of(type.type)) != 0) json.value(type.name);
        json.end_array();
    };
    begin_record(json, position, event);
    json.key("start");
    json.begin_object();
    json.key("version");
    json.value(start.version);
    json.key("host");
    write_known(json, start.host);
    json.key("boot_id");
    write_known(json, start.boot_id);
    json.key("kernel");
    json.value(start.kernel);
    json.key("rung");
    json.value(start.rung);
    write_types("events", start.events);
    write_types("observed", start.observed);
    write_types("missing", start.missing);
    json.end_object();
    json.end_object();
}

} // namespace

void write_start_json(JsonWriter& json, const StartInfo& start, const Position& position) {
    write_info(json, start, position, "start");
}

void write_reload_json(JsonWriter& json, const StartInfo& start, const Position& position) {
    write_info(json, start, position, "reload");
}

void write_exists_json(JsonWriter& json, const Existing& existing, bool resync, const Position& position) {
    begin_record(json, position, "ns.exists");
    write_resync(json, resync);
    json.key("namespace");
    json.begin_object();
    append_namespace_facts(json, existing.ns);
    json.key("nprocs");
    json.value_count(existing.ns.members.size());
    json.key("nthreads");
    json.value_count(existing.ns.nthreads);
    json.key("members");
    json.begin_array();
    for (const auto pid : existing.ns.members) json.value(pid);
    json.end_array();
    json.key("threads");
    json.begin_array();
    for (const auto& thread : existing.threads) {
        json.begin_array();
        json.value(thread.pid);
        json.value(thread.tid);
        json.end_array();
    }
    json.end_array();
    json.key("by_thread");
    json.begin_array();
    for (const auto pid : existing.by_thread) json.value(pid);
    json.end_array();
    json.end_object();
    json.end_object();
}

void write_sync_json(JsonWriter& json, std::size_t namespaces, bool resync, const Position& position) {
    begin_record(json, position, "sync");
    write_resync(json, resync);
    json.key("sync");
    json.begin_object();
    json.key("namespaces");
    json.value_count(namespaces);
    json.end_object();
    json.end_object();
}

void write_loss_json(JsonWriter& json, std::span<const Loss> losses, const Position& position) {
    std::uint64_t all = 0;
    for (const auto& loss : losses) all += loss.count;
    begin_record(json, position, "loss");
    json.key("loss");
    json.begin_object();
    json.key("count");
    json.value_u64_string(all);
    json.key("by");
    json.begin_array();
    for (const auto& loss : losses) {
        json.begin_object();
        json.key("event");
        json.value(name(loss.event));
        json.key("cause");
        json.value(loss_cause_names[static_cast<std::size_t>(loss.cause)]);
        json.key("count");
        json.value_u64_string(loss.count);
        json.end_object();
    }
    json.end_array();
    json.end_object();
    json.end_object();
}

void write_end_json(JsonWriter& json, const Totals& totals, const Position& position) {
    begin_record(json, position, "end");
    json.key("totals");
    json.begin_object();
    json.key("produced");
    json.value_u64_string(totals.produced);
    json.key("delivered");
    json.value_u64_string(totals.delivered);
    json.key("filtered");
    json.value_u64_string(totals.filtered);
    json.key("lost");
    json.value_u64_string(totals.lost);
    json.end_object();
    json.end_object();
}

} // namespace nsscope
