#include "output/inspect_text.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.hpp"
#include "model/place_containers.hpp"
#include "output/container_text.hpp"

namespace nsscope {
namespace {

constexpr std::size_t label_width = 14;

std::string owner_text(const Namespace& ns) {
    if (!ns.owner_user_ns && !ns.owner_uid) return {};
    std::string text = ns.owner_user_ns ? fmt::format("user:[{}]", *ns.owner_user_ns) : "none in sight";
    if (ns.owner_uid) text += fmt::format(", made by uid {}", *ns.owner_uid);
    return text;
}

std::string member_text(const Namespace& ns) {
    constexpr std::size_t few = 10;
    if (ns.members.empty()) return "none";
    std::string text;
    for (std::size_t i = 0; i < std::min(ns.members.size(), few); ++i)
        text += fmt::format("{}{}", i == 0 ? "" : " ", ns.members[i]);
    if (ns.members.size() > few) text += fmt::format(" and {} more", ns.members.size() - few);
    if (ns.leader) text += fmt::format(" ({})", ns.leader->comm);
    return text;
}

/// Whose it is, and who else is in it; empty: no container has to do with it.
std::string belongs_text(const Snapshot& snapshot, const Namespace& ns) {
    if (ns.containers.empty()) return {};
    auto text = ns.container ? container_description(snapshot.containers[*ns.container].container) : "none";
    return text + sharers_text(snapshot, ns);
}

void append_namespace(std::string& out, const InspectedNamespace& inspected, const Snapshot& snapshot) {
    const auto& ns = inspected.ns;
    out += fmt::format("{}:[{}]", name(ns.type), ns.ref.inum);
    if (ns.ref.id != 0) out += fmt::format("  id {}", ns.ref.id);
    if (ns.initial) out += "  initial";
    out += '\n';
    FactSheet sheet(out);
    if (ns.parent) sheet.line("parent", fmt::format("{}:[{}]", name(ns.type), *ns.parent));
    if (const auto owner = owner_text(ns); !owner.empty()) sheet.line("owned by", owner);
    sheet.line("processes", member_text(ns));
    if (const auto container = belongs_text(snapshot, ns); !container.empty())
        sheet.ready_line("container", container);
    sheet.ready_line("to enter", inspected.nsenter.empty() ? "no path leads to it" : inspected.nsenter);
    if (inspected.contents)
        put_contents_text(sheet, *inspected.contents);
    else
        sheet.unknown("contents");
}

} // namespace

std::string FactSheet::cell(std::string_view text) { return text.empty() ? "-" : to_printable(text); }

void FactSheet::line(std::string_view label, std::string_view text) {
    out_ += fmt::format("  {:<{}}", label, label_width);
    append_printable(out_, text.empty() ? "-" : text);
    out_ += '\n';
}

void FactSheet::ready_line(std::string_view label, std::string_view text) {
    out_ += fmt::format("  {:<{}}{}\n", label, label_width, text.empty() ? "-" : text);
}

void FactSheet::table(std::string_view label, Table table) {
    constexpr std::size_t most_rows = 100;
    const auto size = table.rows.size();
    if (size == 0) return line(label, "none");
    line(label, std::to_string(size));
    if (size > most_rows) table.rows.resize(most_rows);
    std::string text;
    append_table(text, table, TableStyle{});
    std::string_view rest = text;
    while (!rest.empty()) {
        const auto end = std::min(rest.find('\n'), rest.size());
        out_ += "    ";
        out_ += rest.substr(0, end);
        out_ += '\n';
        rest.remove_prefix(std::min(rest.size(), end + 1));
    }
    if (size > most_rows) out_ += fmt::format("    and {} more; -J shows all\n", size - most_rows);
}

void append_inspection_text(std::string& out, const Inspection& inspection, const Snapshot& snapshot) {
    if (inspection.pid) {
        out += fmt::format("process {} ({})", *inspection.pid, to_printable(inspection.comm));
        if (const auto place = container_of(snapshot, *inspection.pid))
            out += " in container " + container_description(snapshot.containers[*place].container);
        out += "\n\n";
    }
    bool first = true;
    for (const auto& inspected : inspection.namespaces) {
        if (!first) out += '\n';
        first = false;
        append_namespace(out, inspected, snapshot);
    }
}

} // namespace nsscope
