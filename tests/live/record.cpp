#include "record.hpp"

#include <rapidjson/document.h>
#include <regex>

#include "json.hpp"
#include "schema.hpp"

namespace live {
namespace {

using json::Value;

Task read_task(const Value& value) {
    return {.pid = json::u32(value, "pid"),
            .tid = json::u32(value, "tid"),
            .ppid = json::u32(value, "ppid"),
            .uid = json::u32(value, "uid"),
            .ns_pid = json::nullable(value, "ns_pid", json::u32),
            .comm = json::text(value, "comm"),
            .exe = json::nullable(value, "exe", json::text),
            .start_ns = json::u64(value, "start_ns")};
}

std::optional<NsRef> read_ref(const Value& object, const char* key) {
    const auto& value = json::at(object, key);
    if (value.IsNull()) return std::nullopt;
    return NsRef{.inum = json::nullable(value, "inum", json::u32),
                 .id = json::nullable(value, "id", json::u64)};
}

Change read_change(const Value& value) {
    return {.type = json::text(value, "type"),
            .for_children = json::boolean(value, "for_children"),
            .created = json::boolean(value, "created"),
            .from = read_ref(value, "from"),
            .to = read_ref(value, "to")};
}

Call read_call(const Value& value) {
    Call call{.name = json::text(value, "name"),
              .result = 0,
              .error = json::nullable(value, "error", json::text),
              .flags = {},
              .flags_raw = json::nullable(value, "flags_raw", json::text)};
    const auto& result = json::at(value, "result");
    if (!result.IsInt64()) json::fail("'result' is no number");
    call.result = result.GetInt64();
    if ((call.result < 0) != call.error.has_value()) json::fail("'error' and 'result' do not go together");
    if (!json::at(value, "flags").IsNull()) {
        call.flags.emplace();
        for (const auto& flag : json::array(value, "flags").GetArray())
            call.flags->push_back(flag.GetString());
    }
    return call;
}

void read_happening(const Value& value, Record& record) {
    if (!json::at(value, "process").IsNull()) record.process = read_task(json::at(value, "process"));
    if (value.HasMember("child") && !value["child"].IsNull()) {
        record.child = read_task(value["child"]);
        json::at(value["child"], "container");
    }
    if (const auto& cgroup = json::at(value, "cgroup"); !cgroup.IsNull())
        record.cgroup =
            Cgroup{.id = json::u64(cgroup, "id"), .path = json::nullable(cgroup, "path", json::text)};
    if (const auto& container = json::at(value, "container"); !container.IsNull())
        record.container = Container{.id = json::text(container, "id"),
                                     .runtime = json::nullable(container, "runtime", json::text)};
    if (const auto& call = json::at(value, "syscall"); !call.IsNull()) record.syscall = read_call(call);
    for (const auto& change : json::array(value, "namespaces").GetArray())
        record.namespaces.push_back(read_change(change));
    const bool is_death = record.event == "ns.destroy";
    if (!is_death && record.event != "container.exit" && !record.process) json::fail("nobody did it");
    if (is_death && (record.namespaces.size() != 1 || !record.namespaces[0].from))
        json::fail("the death of nothing");
    for (const auto& change : record.namespaces)
        if (!is_death && !change.to) json::fail("a change into nothing");
    if (record.event == "process.fork" && !record.child) json::fail("a birth of nobody");
    if (value.HasMember("how")) record.how = json::text(value, "how");
    if (record.event != "process.exit") return;
    const auto& exit = json::at(value, "exit");
    record.exit_code = json::nullable(exit, "code", json::u32);
    record.exit_signal = json::nullable(exit, "signal", json::u32);
}

void read_loss(const Value& value, Record& record) {
    const auto& loss = json::at(value, "loss");
    record.loss = json::u64(loss, "count");
    std::uint64_t sum = 0;
    for (const auto& part : json::array(loss, "by").GetArray()) {
        record.loss_by.push_back({.event = json::text(part, "event"),
                                  .cause = json::text(part, "cause"),
                                  .count = json::u64(part, "count")});
        sum += record.loss_by.back().count;
    }
    if (sum != record.loss || sum == 0) json::fail("the parts of a loss are not the whole");
}

void read_existing(const Value& value, Record& record) {
    const auto& ns = json::at(value, "namespace");
    auto& existing = record.existing.emplace();
    existing.type = json::text(ns, "type");
    existing.ref = {json::u32(ns, "inum"), json::nullable(ns, "id", json::u64)};
    for (const auto& pid : json::array(ns, "members").GetArray()) existing.members.push_back(pid.GetUint());
    if (json::u32(ns, "nprocs") != existing.members.size()) json::fail("nprocs is not the length of members");
    for (const auto& thread : json::array(ns, "threads").GetArray())
        existing.threads.emplace_back(thread[0].GetUint(), thread[1].GetUint());
    for (const auto& pid : json::array(ns, "by_thread").GetArray()) existing.by_thread.insert(pid.GetUint());
}

Record read_record(const std::string& line, bool with_schema) {
    static const std::regex time_format(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z)");
    rapidjson::Document document;
    if (document.Parse<rapidjson::kParseValidateEncodingFlag>(line.data(), line.size()).HasParseError())
        json::fail("no JSON");
    Record record;
    if (with_schema) record.line = line;
    if (json::text(document, "schema") != "nsscope.event/1") json::fail("another schema");
    record.seq = json::u64(document, "seq");
    record.time = json::text(document, "time");
    record.mono_ns = json::u64(document, "mono_ns");
    record.event = json::text(document, "event");
    if (with_schema) {
        if (!std::regex_match(record.time, time_format)) json::fail("no time: " + record.time);
        if (const auto problem = violation(document, record.event); !problem.empty()) json::fail(problem);
    }
    if (record.is_happening()) read_happening(document, record);
    record.resync = document.HasMember("resync");
    if (record.event == "ns.exists") read_existing(document, record);
    if (record.event == "sync") record.synced = json::u32(json::at(document, "sync"), "namespaces");
    if (record.event == "loss") read_loss(document, record);
    if (record.event == "end") {
        const auto& totals = json::at(document, "totals");
        record.totals = Totals{.produced = json::u64(totals, "produced"),
                               .delivered = json::u64(totals, "delivered"),
                               .filtered = json::u64(totals, "filtered"),
                               .lost = json::u64(totals, "lost")};
    }
    return record;
}

} // namespace

Record parse_record(const std::string& line, bool with_schema) {
    try {
        return read_record(line, with_schema);
    } catch (const std::runtime_error& error) {
        throw std::runtime_error(std::string(error.what()) + ", in " + line);
    }
}

} // namespace live
