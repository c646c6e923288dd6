#include "output/why_report.hpp"

#include <iterator>

#include <fmt/format.h>

#include "base/text.hpp"
#include "model/namespace_facts.hpp"
#include "model/place_containers.hpp"
#include "output/container_text.hpp"
#include "output/pin_json.hpp"
#include "output/pin_text.hpp"
#include "output/snapshot_head.hpp"

namespace nsscope {
namespace {

/// The container of the process that a pin names; nullptr: in none, or it names none.
const Container* container_of(const Snapshot& snapshot, const Pin& pin) {
    if (pin.pid == 0) return nullptr;
    const auto place = container_of(snapshot, pin.pid);
    return place ? &snapshot.containers[*place].container : nullptr;
}

void append_subject(JsonWriter& json, const Snapshot& snapshot, const Namespace& ns) {
    json.begin_object();
    append_namespace_facts(json, ns);
    append_containers(json, snapshot, ns);
    json.key("pinned_by");
    json.begin_array();
    for (const auto& pin : ns.pinned_by) {
        const auto* container = container_of(snapshot, pin);
        append_pin(json, pin, container == nullptr ? std::string_view() : container->id);
    }
    json.end_array();
    json.end_object();
}

void append_where(std::string& out, const Snapshot& snapshot, const Pin& pin) {
    if (pin.how == Pin::How::mount && pin.mnt_ns != 0)
        fmt::format_to(std::back_inserter(out), " in mnt:[{}]", pin.mnt_ns);
    if (pin.how == Pin::How::unknown)
        out += ": no process, open file, mount or other namespace explains it; a file in flight between two "
               "sockets "
               "may, or one that only the kernel has";
    if (!pin.comm.empty()) {
        out += " (";
        append_printable(out, pin.comm);
        out += ')';
    }
    if (const auto* container = container_of(snapshot, pin)) {
        out += " in container ";
        append_printable(out, container_label(*container));
    }
}

} // namespace

void append_why_text(std::string& out, const Snapshot& snapshot,
                     std::span<const Namespace* const> namespaces) {
    const auto end = std::back_inserter(out);
    for (const auto* ns : namespaces) {
        fmt::format_to(end, "{}:[{}]", name(ns->type), ns->ref.inum);
        if (ns->ref.id != 0) fmt::format_to(end, " id {}", ns->ref.id);
        if (ns->parent) fmt::format_to(end, ", child of {}:[{}]", name(ns->type), *ns->parent);
        if (ns->owner_user_ns && ns->type != NsType::user)
            fmt::format_to(end, ", owned by user:[{}]", *ns->owner_user_ns);
        if (ns->owner_uid) fmt::format_to(end, ", made by uid {}", *ns->owner_uid);
        if (ns->initial) out += ", initial: the kernel keeps it";
        if (ns->container)
            out += ", of container " + container_description(snapshot.containers[*ns->container].container);
        out += sharers_text(snapshot, *ns);
        out += '\n';
        for (const auto& pin : ns->pinned_by) {
            out += "  ";
            append_pin_text(out, pin);
            append_where(out, snapshot, pin);
            out += '\n';
        }
    }
}

void append_why_json(std::string& out, const Snapshot& snapshot,
                     std::span<const Namespace* const> namespaces) {
    append_snapshot_head(out, snapshot, "nsscope.why/1");
    out += ",\n\"namespaces\":[";
    JsonWriter json(out);
    bool first = true;
    for (const auto* ns : namespaces) {
        out += first ? "\n" : ",\n";
        first = false;
        append_subject(json, snapshot, *ns);
    }
    out += "]}\n";
}

} // namespace nsscope
