#include "output/diff_report.hpp"

#include <fmt/format.h>

#include "base/text.hpp"
#include "model/container_json.hpp"
#include "output/container_text.hpp"
#include "output/inspect_json.hpp"
#include "output/json_fields.hpp"
#include "output/table.hpp"

namespace nsscope {
namespace {

void put_container(JsonWriter& json, const std::optional<Container>& container) {
    json.key("container");
    if (container)
        append_container(json, *container);
    else
        json.null();
}

void put_subject(JsonWriter& json, std::string_view key, const DiffSubject& subject) {
    object_field(json, key, [&] {
        if (subject.pid) {
            field(json, "what", "process");
            field(json, "pid", *subject.pid);
            text_field(json, "comm", subject.comm);
            put_container(json, subject.container);
        } else if (subject.type) {
            field(json, "what", "namespace");
            field(json, "type", name(*subject.type));
            field(json, "inum", subject.ref.inum);
            field(json, "id", subject.ref.id == 0 ? std::nullopt : std::optional(subject.ref.id));
            put_container(json, subject.container);
        } else {
            field(json, "what", "snapshot");
            field(json, "file", subject.file);
            text_field(json, "time", subject.time);
            text_field(json, "host", subject.host);
            text_field(json, "boot_id", subject.boot_id);
        }
    });
}

void put_side(JsonWriter& json, std::string_view key, const std::optional<DiffSide>& side) {
    if (!side) return null_field(json, key);
    object_field(json, key, [&] {
        field(json, "inum", side->ref.inum);
        field(json, "id", side->ref.id == 0 ? std::nullopt : std::optional(side->ref.id));
        text_field(json, "container", side->container ? side->container->id : std::string());
    });
}

void put_value(JsonWriter& json, std::string_view key, const std::optional<std::string>& value) {
    json.key(key);
    if (value)
        json.raw(*value);
    else
        json.null();
}

std::string subject_text(const DiffSubject& subject) {
    if (subject.pid) {
        auto text = fmt::format("process {} ({})", *subject.pid, to_printable(subject.comm));
        if (subject.container) text += " in container " + container_description(*subject.container);
        return text;
    }
    if (subject.type) {
        auto text = fmt::format("{}:[{}]", name(*subject.type), subject.ref.inum);
        if (subject.container) text += " of container " + container_description(*subject.container);
        return text;
    }
    return fmt::format("{} of {} on {}", to_printable(subject.file),
                       subject.time.empty() ? "unknown time" : to_printable(subject.time),
                       subject.host.empty() ? "an unknown host" : to_printable(subject.host));
}

std::string side_text(const std::optional<DiffSide>& side) {
    if (!side) return "-";
    auto text = fmt::format("[{}]", side->ref.inum);
    if (side->container) text += " " + to_printable(container_label(*side->container));
    return text;
}

/// Long values, as a whole object, are cut; JSON has all of them.
std::string value_text(const std::optional<std::string>& value) {
    constexpr std::size_t longest = 60;
    if (!value) return "-";
    auto text = *value;
    // A string without its quotes and escapes would be shorter, and leave open where it ends.
    if (text.size() > longest) {
        text.resize(longest);
        while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0U) == 0x80U) text.pop_back();
        if (!text.empty() && (static_cast<unsigned char>(text.back()) & 0x80U) != 0) text.pop_back();
        text += "...";
    }
    return text;
}

std::string relation(const DiffEntry& entry) {
    if (!entry.a) return "only in B";
    if (!entry.b) return "only in A";
    if (!entry.same) return "different";
    return entry.differences.empty() ? "same" : "changed";
}

} // namespace

void append_diff_json(std::string& out, const DiffReport& report) {
    JsonWriter json(out);
    json.begin_object();
    field(json, "schema", "nsscope.diff/1");
    put_subject(json, "a", report.a);
    put_subject(json, "b", report.b);
    field(json, "same", report.same());
    json.key("unchanged");
    json.value_count(report.unchanged);
    put_issues(json, report.issues);
    objects_field(json, "namespaces", report.entries, [&](const DiffEntry& entry) {
        field(json, "type", name(entry.type));
        field(json, "same", entry.same);
        put_side(json, "a", entry.a);
        put_side(json, "b", entry.b);
        objects_field(json, "differences", entry.differences, [&](const JsonDifference& difference) {
            field(json, "path", difference.path);
            put_value(json, "a", difference.a);
            put_value(json, "b", difference.b);
        });
    });
    json.end_object();
    out += '\n';
}

void append_diff_text(std::string& out, const DiffReport& report) {
    out += fmt::format("A  {}\nB  {}\n\n", subject_text(report.a), subject_text(report.b));
    Table table{{{"TYPE"}, {"STATE"}, {"A"}, {"B"}}};
    for (const auto& entry : report.entries) {
        table.rows.push_back(
            {{std::string(name(entry.type)), relation(entry), side_text(entry.a), side_text(entry.b)}});
        for (const auto& difference : entry.differences)
            table.rows.push_back({{"", "  " + to_printable(difference.path), value_text(difference.a),
                                   value_text(difference.b)}});
    }
    if (!table.rows.empty()) append_table(out, table, TableStyle{});
    if (!report.a.file.empty())
        out += fmt::format("{}{} more namespaces without a change\n", table.rows.empty() ? "" : "\n",
                           report.unchanged);
}

} // namespace nsscope
