#include "scan/runtime_parse.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>
#include <rapidjson/document.h>
#include <rapidjson/error/en.h>

#include "scan/state_file.hpp"

namespace nsscope {
namespace {

using rapidjson::Document;
using rapidjson::Value;

constexpr std::size_t deepest = 64;

tl::unexpected<std::string> wrong(std::string_view what) { return tl::unexpected(std::string(what)); }

Parsed<Document> parse_json(std::string_view text) {
    if (nested_deeper_than(text, deepest)) return wrong("nested deeper than 64 levels");
    Document document;
    document.Parse<rapidjson::kParseIterativeFlag>(text.data(), text.size());
    if (document.HasParseError())
        return tl::unexpected(fmt::format("not JSON at byte {}: {}", document.GetErrorOffset(),
                                          rapidjson::GetParseError_En(document.GetParseError())));
    return document;
}

Parsed<Document> parse_object(std::string_view text) {
    auto document = parse_json(text);
    if (document && !document->IsObject()) return wrong("not a JSON object");
    return document;
}

/// nullptr where `value` is no object, or has no such member.
const Value* member(const Value* value, const char* name) {
    if (value == nullptr || !value->IsObject()) return nullptr;
    const auto found = value->FindMember(name);
    return found == value->MemberEnd() ? nullptr : &found->value;
}

std::string_view text_of(const Value& value) {
    return value.IsString() ? std::string_view(value.GetString(), value.GetStringLength())
                            : std::string_view();
}
std::string_view text_member(const Value* value, const char* name) {
    const auto* found = member(value, name);
    return found == nullptr ? std::string_view() : text_of(*found);
}

pid_t pid_member(const Value* value, const char* name) {
    const auto* found = member(value, name);
    return found != nullptr && found->IsInt() && found->GetInt() > 0 ? found->GetInt() : 0;
}
std::uint64_t number_member(const Value* value, const char* name) {
    const auto* found = member(value, name);
    return found != nullptr && found->IsUint64() ? found->GetUint64() : 0;
}

void set(std::string& to, std::string_view text) {
    if (!text.empty()) to = text;
}

Pod& pod_of(ContainerRecord& record) {
    if (!record.container.pod) record.container.pod.emplace();
    return *record.container.pod;
}

/// One annotation of a manager: containerd's CRI plug-in (internal/cri/annotations), CRI-O and Podman
/// (pkg/annotations), nerdctl (pkg/labels).
void take_annotation(std::string_view key, std::string_view value, ContainerRecord& record) {
    Container& container = record.container;
    if (key == "io.container.manager") {
        if (value == "cri-o" || value == "libpod") container.runtime = value == "libpod" ? "podman" : "cri-o";
    } else if (key == "io.kubernetes.cri.container-type") {
        container.runtime = "containerd";
    } else if (key == "io.kubernetes.cri.container-name" || key == "io.kubernetes.container.name") {
        set(container.name, value);
    } else if (key == "nerdctl/name") {
        set(container.name, value);
        container.runtime = "containerd";
    } else if (key == "io.kubernetes.cri.sandbox-uid" || key == "io.kubernetes.pod.uid") {
        set(pod_of(record).uid, value);
    } else if (key == "io.kubernetes.cri.sandbox-name" || key == "io.kubernetes.pod.name") {
        set(pod_of(record).name, value);
    } else if (key == "io.kubernetes.cri.sandbox-namespace" || key == "io.kubernetes.pod.namespace") {
        set(pod_of(record).ns, value);
    }
}

/// runc's "labels": the annotations as KEY=VALUE, and the bundle.
void take_labels(const Value* labels, OciRecord& found) {
    if (labels == nullptr || !labels->IsArray()) return;
    for (const auto& label : labels->GetArray()) {
        const auto text = text_of(label);
        const auto equals = text.find('=');
        if (equals == std::string_view::npos) continue;
        const auto key = text.substr(0, equals);
        if (key == "bundle")
            found.bundle = text.substr(equals + 1);
        else
            take_annotation(key, text.substr(equals + 1), found.record);
    }
}

/// A path, or SLICE:PREFIX:NAME for the systemd driver, which makes the unit PREFIX-NAME.scope of it.
void take_cgroups_path(std::string_view path, ContainerRecord& record) {
    const auto first = path.find(':');
    const auto last = path.rfind(':');
    if (path.starts_with('/'))
        record.cgroups.emplace_back(path);
    else if (first != last)
        record.unit =
            fmt::format("{}-{}.scope", path.substr(first + 1, last - first - 1), path.substr(last + 1));
}

/// The value of a line of systemd's env files (src/basic/env-file.c): plain, or in double quotes, where a
/// backslash stands before what needs it.
std::string unquote(std::string_view value) {
    if (value.size() < 2 || value.front() != '"' || value.back() != '"') return std::string(value);
    value = value.substr(1, value.size() - 2);
    std::string plain;
    for (std::size_t i = 0; i < value.size(); ++i) {
        if (value[i] == '\\' && i + 1 < value.size()) ++i;
        plain += value[i];
    }
    return plain;
}

pid_t pid_from(std::string_view text) {
    constexpr auto most = std::numeric_limits<pid_t>::max();
    pid_t pid = 0;
    for (const char c : text) {
        if (c < '0' || c > '9' || pid > (most - (c - '0')) / 10) return 0;
        pid = pid * 10 + (c - '0');
    }
    return pid;
}

} // namespace

Parsed<OciRecord> parse_runc_state(std::string_view text) {
    const auto document = parse_object(text);
    if (!document) return tl::unexpected(document.error());
    const Value* state = &*document;
    OciRecord found;
    auto& record = found.record;
    record.oci_runtime = "runc";
    record.container.id = text_member(state, "id");
    if (record.container.id.empty()) return wrong("has no id");
    if (member(state, "init_process_pid") == nullptr) return wrong("has no init_process_pid");
    record.init_pid = pid_member(state, "init_process_pid");
    record.init_start_ticks = number_member(state, "init_process_start");
    if (const auto* paths = member(state, "cgroup_paths"); paths != nullptr && paths->IsObject())
        for (const auto& path : paths->GetObject())
            if (const auto cgroup = text_of(path.value); cgroup.starts_with('/'))
                record.cgroups.emplace_back(cgroup);
    take_labels(member(member(state, "config"), "labels"), found);
    return found;
}

Parsed<OciRecord> parse_crun_status(std::string_view text) {
    const auto document = parse_object(text);
    if (!document) return tl::unexpected(document.error());
    const Value* status = &*document;
    OciRecord found;
    auto& record = found.record;
    record.oci_runtime = "crun";
    if (member(status, "pid") == nullptr) return wrong("has no pid");
    record.init_pid = pid_member(status, "pid");
    record.init_start_ticks = number_member(status, "process-start-time");
    if (const auto path = text_member(status, "cgroup-path"); path.starts_with('/'))
        record.cgroups.emplace_back(path);
    found.bundle = text_member(status, "bundle");
    return found;
}

Parsed<void> read_oci_config(std::string_view text, ContainerRecord& record) {
    const auto document = parse_object(text);
    if (!document) return tl::unexpected(document.error());
    if (const auto* annotations = member(&*document, "annotations");
        annotations != nullptr && annotations->IsObject())
        for (const auto& annotation : annotations->GetObject())
            take_annotation(text_of(annotation.name), text_of(annotation.value), record);
    if (record.cgroups.empty())
        take_cgroups_path(text_member(member(&*document, "linux"), "cgroupsPath"), record);
    return {};
}

Parsed<void> read_docker_config(std::string_view text, Container& container) {
    const auto document = parse_object(text);
    if (!document) return tl::unexpected(document.error());
    auto name = text_member(&*document, "Name");
    if (name.starts_with('/')) name.remove_prefix(1);
    set(container.name, name);
    const auto* labels = member(member(&*document, "Config"), "Labels");
    if (text_member(labels, "io.kubernetes.pod.uid").empty()) return {};
    if (!container.pod) container.pod.emplace();
    set(container.pod->uid, text_member(labels, "io.kubernetes.pod.uid"));
    set(container.pod->name, text_member(labels, "io.kubernetes.pod.name"));
    set(container.pod->ns, text_member(labels, "io.kubernetes.pod.namespace"));
    set(container.name, text_member(labels, "io.kubernetes.container.name"));
    return {};
}

Parsed<void> read_storage_names(std::string_view text,
                                const std::function<void(std::string_view, std::string_view)>& take) {
    const auto document = parse_json(text);
    if (!document) return tl::unexpected(document.error());
    if (!document->IsArray()) return wrong("not a JSON array");
    for (const auto& container : document->GetArray()) {
        const auto* names = member(&container, "names");
        const auto id = text_member(&container, "id");
        if (id.empty() || names == nullptr || !names->IsArray() || names->Empty()) continue;
        take(id, text_of((*names)[0]));
    }
    return {};
}

Parsed<ContainerRecord> parse_machine(std::string_view text) {
    ContainerRecord record;
    bool virtual_machine = false;
    for (std::size_t start = 0; start < text.size();) {
        const auto end = std::min(text.find('\n', start), text.size());
        const auto line = text.substr(start, end - start);
        start = end + 1;
        const auto equals = std::min(line.find('='), line.size());
        const auto key = line.substr(0, equals);
        const auto value = unquote(line.substr(std::min(equals + 1, line.size())));
        if (key == "NAME")
            record.container.id = record.container.name = value;
        else if (key == "SCOPE") // the unit, which a service may be as well
            record.unit = value;
        else if (key == "SERVICE" && value == "systemd-nspawn")
            record.container.runtime = "nspawn";
        else if (key == "LEADER")
            record.init_pid = pid_from(value);
        else if (key == "CLASS")
            virtual_machine = value == "vm";
    }
    if (record.container.id.empty()) return wrong("has no NAME");
    if (virtual_machine) record.init_pid = 0;
    return record;
}

} // namespace nsscope
