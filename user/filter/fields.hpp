#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

namespace nsscope {

/// What a filter can ask of a record, by the names of docs/events.md.
enum class Field : std::uint8_t {
    event,
    pid,
    tid,
    ppid,
    uid,
    comm,
    exe,
    child_pid,
    child_comm,
    cgroup,
    container_id,
    container_runtime,
    container_name,
    pod_uid,
    pod_name,
    pod_namespace,
    syscall,
    result,
    error,
    ns_type,
    ns_inum,
};

enum class FieldKind : std::uint8_t {
    text,
    number,
};

struct FieldInfo {
    Field field;
    std::string_view name;
    FieldKind kind;
    std::string_view help;
};

inline constexpr std::array<FieldInfo, 21> fields{{
    {Field::event, "event", FieldKind::text, "the kind of record, e.g. ns.setns"},
    {Field::pid, "pid", FieldKind::number, "of the process that made the call"},
    {Field::tid, "tid", FieldKind::number, "of its thread"},
    {Field::ppid, "ppid", FieldKind::number, "of its parent"},
    {Field::uid, "uid", FieldKind::number, "its real user id"},
    {Field::comm, "comm", FieldKind::text, "its name"},
    {Field::exe, "exe", FieldKind::text, "path of its executable"},
    {Field::child_pid, "child.pid", FieldKind::number, "of the newborn"},
    {Field::child_comm, "child.comm", FieldKind::text, "its name"},
    {Field::cgroup, "cgroup", FieldKind::text, "path of the process's cgroup (v2)"},
    {Field::container_id, "container.id", FieldKind::text, "of the container that it is in"},
    {Field::container_runtime, "container.runtime", FieldKind::text, "docker, containerd, podman, runc ..."},
    {Field::container_name, "container.name", FieldKind::text, "what its manager calls it"},
    {Field::pod_uid, "pod.uid", FieldKind::text, "of the Kubernetes pod"},
    {Field::pod_name, "pod.name", FieldKind::text, "its name"},
    {Field::pod_namespace, "pod.namespace", FieldKind::text, "its Kubernetes namespace"},
    {Field::syscall, "syscall", FieldKind::text, "clone, clone3, fork, vfork, unshare, setns or execve"},
    {Field::result, "result", FieldKind::number, "what the call returned; below 0: it failed"},
    {Field::error, "error", FieldKind::text, "name of the errno, e.g. EPERM"},
    {Field::ns_type, "ns.type", FieldKind::text, "kind of any namespace that changed"},
    {Field::ns_inum, "ns.inum", FieldKind::number, "inode number of any namespace left or entered"},
}};

[[nodiscard]] constexpr const FieldInfo& info(Field field) { return fields[static_cast<std::size_t>(field)]; }
[[nodiscard]] constexpr std::optional<Field> field_from_name(std::string_view text) {
    for (const auto& field : fields)
        if (field.name == text) return field.field;
    return std::nullopt;
}

/// What a record has in a field. Text is raw bytes, and is valid as long as the record is.
using FieldValue = std::variant<std::string_view, std::int64_t>;

/// A record as a filter sees it.
class FieldReader {
  public:
    FieldReader() = default;
    FieldReader(const FieldReader&) = delete;
    FieldReader& operator=(const FieldReader&) = delete;
    virtual ~FieldReader() = default;
    /// Appends what the record has in the field: nothing where it is not known, several for ns.*. Of the field's kind.
    virtual void read(Field field, std::vector<FieldValue>& values) const = 0;
};

} // namespace nsscope
