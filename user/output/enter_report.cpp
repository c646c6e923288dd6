#include "output/enter_report.hpp"

#include <fmt/format.h>

#include "base/text.hpp"
#include "output/inspect_json.hpp"
#include "output/json_fields.hpp"

namespace nsscope {
namespace {

std::string answer(const EnterVerdict& verdict) {
    if (!verdict.can_enter) return "may or may not be able to enter";
    return *verdict.can_enter ? "can enter" : "cannot enter";
}

std::string_view word(std::optional<bool> holds) {
    if (!holds) return "unknown";
    return *holds ? "yes" : "no";
}

} // namespace

void append_enter_json(std::string& out, const EnterReport& report, const Snapshot& machine) {
    JsonWriter json(out);
    json.begin_object();
    field(json, "schema", "nsscope.enter/1");
    put_machine(json, machine);
    object_field(json, "process", [&] {
        field(json, "pid", report.pid);
        text_field(json, "comm", report.comm);
    });
    object_field(json, "namespace", [&] {
        field(json, "type", name(report.type));
        field(json, "inum", report.ref.inum);
        field(json, "id", report.ref.id == 0 ? std::nullopt : std::optional(report.ref.id));
    });
    field(json, "can_enter", report.verdict.can_enter);
    text_field(json, "error", report.verdict.error);
    objects_field(json, "rules", report.verdict.rules, [&](const EnterRule& rule) {
        field(json, "rule", rule.name);
        field(json, "holds", rule.holds);
        field(json, "text", rule.text);
        text_field(json, "error", rule.error);
        field(json, "cites", rule.cites);
    });
    put_issues(json, report.issues);
    json.end_object();
    out += '\n';
}

void append_enter_text(std::string& out, const EnterReport& report) {
    out += fmt::format("process {} ({}) {} {}:[{}] by setns(2){}{}\n", report.pid, to_printable(report.comm),
                       answer(report.verdict), name(report.type), report.ref.inum,
                       report.verdict.error.empty() ? "" : ": ", report.verdict.error);
    for (const auto& rule : report.verdict.rules)
        out += fmt::format("  {:<8}{} [{}]\n", word(rule.holds), rule.text, rule.cites);
}

} // namespace nsscope
