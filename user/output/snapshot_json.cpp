#include "output/snapshot_json.hpp"

#include <future>
#include <system_error>
#include <utility>

#include "base/json.hpp"
#include "model/namespace_facts.hpp"
#include "output/command_text.hpp"
#include "output/pin_json.hpp"
#include "output/snapshot_head.hpp"

namespace nsscope {
namespace {

void append_leader(JsonWriter& json, const std::optional<Leader>& leader) {
    if (!leader) return json.null();
    json.begin_object();
    json.key("pid");
    json.value(leader->pid);
    json.key("comm");
    json.value(leader->comm);
    json.key("cmdline");
    if (leader->cmdline)
        json.value(join_arguments(*leader->cmdline));
    else
        json.null();
    json.end_object();
}

void append_namespace(JsonWriter& json, const Snapshot& snapshot, const Namespace& ns) {
    json.begin_object();
    append_namespace_facts(json, ns);
    json.key("nprocs");
    json.value_count(ns.members.size());
    json.key("nthreads");
    json.value_count(ns.nthreads);
    json.key("members");
    json.begin_array();
    for (const auto pid : ns.members) json.value(pid);
    json.end_array();
    json.key("leader");
    append_leader(json, ns.leader);
    append_containers(json, snapshot, ns);
    append_pins(json, ns);
    json.end_object();
}

/// Each on a line of its own. `first`: none has been written before.
bool append_namespaces(std::string& out, const Snapshot& snapshot, std::span<const std::size_t> shown,
                       bool first, const std::function<bool(std::string&)>& drain) {
    constexpr std::size_t piece = 64U << 10;
    JsonWriter json(out);
    for (const auto position : shown) {
        out += first ? "\n" : ",\n";
        first = false;
        append_namespace(json, snapshot, snapshot.namespaces[position]);
        if (drain && out.size() >= piece && !drain(out)) return false;
    }
    return true;
}

} // namespace

bool append_snapshot_json(std::string& out, const Snapshot& snapshot, std::span<const std::size_t> shown,
                          const std::function<bool(std::string&)>& drain) {
    constexpr std::size_t worth_a_thread = 1000, more_than_one_takes = 512;
    append_snapshot_head(out, snapshot, "nsscope.snapshot/1");
    out += ",\n\"namespaces\":[";
    const auto half = shown.size() < worth_a_thread ? shown.size() : shown.size() / 2;
    std::string rest;
    const auto write_rest = [&] {
        rest.reserve((shown.size() - half) *
                     more_than_one_takes); // to grow is to touch new memory again and again
        append_namespaces(rest, snapshot, shown.subspan(half), false, {});
    };
    std::future<void> second;
    if (half < shown.size()) {
        try {
            second = std::async(std::launch::async, write_rest);
        } catch (const std::system_error&) { // no thread is to be had
            write_rest();
        }
    }
    if (!append_namespaces(out, snapshot, shown.first(half), true, drain)) return false;
    if (second.valid()) second.get();
    if (drain && !drain(out)) return false;
    if (out.empty())
        out = std::move(rest);
    else
        out += rest;
    out += "]}\n";
    return true;
}

} // namespace nsscope
