#include "recording/scan_payload.hpp"

#include "recording/pack.hpp"

namespace nsscope {
namespace {

constexpr std::uint64_t kernel_thread = 1, has_cmdline = 2;
constexpr std::uint64_t is_socket = 1;
constexpr std::uint64_t has_owner_uid = 1;

void put_ref(Packer& packer, NsRef ref) {
    packer.number(ref.inum);
    packer.number(ref.id);
}
NsRef take_ref(Unpacker& unpacker) {
    NsRef ref;
    ref.inum = unpacker.small<std::uint32_t>();
    ref.id = unpacker.number();
    return ref;
}

/// false: no kind has this number.
bool take_type(Unpacker& unpacker, NsType& type) {
    const auto number = unpacker.number();
    if (number >= ns_type_count) return false;
    type = static_cast<NsType>(number);
    return true;
}

/// Slots as far as they differ from those of the task before.
using Slots = std::array<NsRef, ns_slot_count>;

void put_task(Packer& packer, const ScannedTask& task, const Slots& before) {
    packer.number(static_cast<std::uint64_t>(task.pid));
    packer.number(static_cast<std::uint64_t>(task.tid));
    packer.number(static_cast<std::uint64_t>(task.ppid));
    packer.number(task.uid);
    packer.number((task.kernel_thread ? kernel_thread : 0U) | (task.has_cmdline ? has_cmdline : 0U));
    packer.number(task.cgroups);
    packer.number(task.start_ns);
    packer.text(task.comm);
    if (task.has_cmdline) packer.text(task.cmdline);
    std::uint64_t changed = 0;
    for (std::size_t slot = 0; slot < ns_slot_count; ++slot)
        if (task.ns[slot] != before[slot]) changed |= 1U << slot;
    packer.number(changed);
    for (std::size_t slot = 0; slot < ns_slot_count; ++slot)
        if (task.ns[slot] != before[slot]) put_ref(packer, task.ns[slot]);
}
void take_task(Unpacker& unpacker, ScannedTask& task, const Slots& before) {
    task.pid = unpacker.small<pid_t>();
    task.tid = unpacker.small<pid_t>();
    task.ppid = unpacker.small<pid_t>();
    task.uid = unpacker.small<uid_t>();
    const auto flags = unpacker.number();
    task.kernel_thread = (flags & kernel_thread) != 0;
    task.has_cmdline = (flags & has_cmdline) != 0;
    task.cgroups = unpacker.small<std::uint32_t>();
    task.start_ns = unpacker.number();
    task.comm = unpacker.text();
    if (task.has_cmdline) task.cmdline = unpacker.text();
    const auto changed = unpacker.number();
    task.ns = before;
    for (std::size_t slot = 0; slot < ns_slot_count; ++slot)
        if ((changed >> slot & 1U) != 0) task.ns[slot] = take_ref(unpacker);
}

void put_namespace(Packer& packer, const ScannedNamespace& ns) {
    packer.number(static_cast<std::uint64_t>(ns.type));
    put_ref(packer, ns.ref);
    packer.number(ns.owner_user_ns);
    packer.number(ns.parent);
    packer.number(ns.has_owner_uid ? has_owner_uid : 0U);
    if (ns.has_owner_uid) packer.number(ns.owner_uid);
}
bool take_namespace(Unpacker& unpacker, ScannedNamespace& ns) {
    if (!take_type(unpacker, ns.type)) return false;
    ns.ref = take_ref(unpacker);
    ns.owner_user_ns = unpacker.small<std::uint32_t>();
    ns.parent = unpacker.small<std::uint32_t>();
    ns.has_owner_uid = (unpacker.number() & has_owner_uid) != 0;
    if (ns.has_owner_uid) ns.owner_uid = unpacker.small<uid_t>();
    return unpacker.good();
}

void put_mount(Packer& packer, const ScannedMount& mount) {
    packer.number(static_cast<std::uint64_t>(mount.type));
    put_ref(packer, {mount.inum, mount.id});
    packer.text(mount.path);
    packer.number(mount.mnt_ns);
}
bool take_mount(Unpacker& unpacker, ScannedMount& mount) {
    if (!take_type(unpacker, mount.type)) return false;
    const auto ref = take_ref(unpacker);
    mount.inum = ref.inum;
    mount.id = ref.id;
    mount.path = unpacker.text();
    mount.mnt_ns = unpacker.small<std::uint32_t>();
    return unpacker.good();
}

void put_file(Packer& packer, const ScannedFile& file) {
    packer.number(static_cast<std::uint64_t>(file.type));
    put_ref(packer, file.ref);
    packer.number(static_cast<std::uint64_t>(file.pid));
    packer.number(static_cast<std::uint64_t>(file.tid));
    packer.signed_number(file.fd);
    packer.number(file.is_socket ? is_socket : 0U);
}
bool take_file(Unpacker& unpacker, ScannedFile& file) {
    if (!take_type(unpacker, file.type)) return false;
    file.ref = take_ref(unpacker);
    file.pid = unpacker.small<pid_t>();
    file.tid = unpacker.small<pid_t>();
    file.fd = static_cast<int>(unpacker.signed_number());
    file.is_socket = (unpacker.number() & is_socket) != 0;
    return unpacker.good();
}

/// Reads a list: each of its things has at least `least` bytes, and `take` reads one, or gives false.
template <typename T, typename Take>
bool take_list(Unpacker& unpacker, std::vector<T>& list, std::size_t least, Take take) {
    for (auto left = unpacker.count(least); left > 0; --left)
        if (!take(unpacker, list.emplace_back())) return false;
    return unpacker.good();
}

} // namespace

void append_scan(std::string& out, const Scan& scan) {
    Packer packer(out);
    packer.text(scan.source);
    packer.number(scan.tasks.size());
    Slots before{};
    for (const auto& task : scan.tasks) {
        put_task(packer, task, before);
        before = task.ns;
    }
    packer.number(scan.namespaces.size());
    for (const auto& ns : scan.namespaces) put_namespace(packer, ns);
    packer.number(scan.mounts.size());
    for (const auto& mount : scan.mounts) put_mount(packer, mount);
    packer.number(scan.files.size());
    for (const auto& file : scan.files) put_file(packer, file);
    packer.number(scan.unread_files.size());
    for (const auto& thread : scan.unread_files) {
        packer.number(static_cast<std::uint64_t>(thread.pid));
        packer.number(static_cast<std::uint64_t>(thread.tid));
    }
    packer.number(scan.cgroups.size());
    for (const auto& set : scan.cgroups) {
        packer.number(set.id);
        packer.text(set.text);
    }
    packer.number(scan.issues.size());
    for (const auto& issue : scan.issues) {
        packer.text(issue.what);
        packer.number(issue.count);
        packer.text(issue.why);
    }
}

std::optional<Scan> read_scan(std::string_view payload) {
    Unpacker unpacker(payload);
    Scan scan;
    scan.source = unpacker.text();
    Slots before{};
    const auto take_next = [&before](Unpacker& from, ScannedTask& task) {
        take_task(from, task, before);
        before = task.ns;
        return from.good();
    };
    const auto take_thread = [](Unpacker& from, ThreadRef& thread) {
        thread.pid = from.small<pid_t>();
        thread.tid = from.small<pid_t>();
        return from.good();
    };
    const auto take_set = [](Unpacker& from, ScannedCgroups& set) {
        set.id = from.number();
        set.text = from.text();
        return from.good();
    };
    const auto take_issue = [](Unpacker& from, Issue& issue) {
        issue.what = from.text();
        issue.count = from.number();
        issue.why = from.text();
        return from.good();
    };
    const bool is_scan = take_list(unpacker, scan.tasks, 9, take_next) &&
                         take_list(unpacker, scan.namespaces, 6, take_namespace) &&
                         take_list(unpacker, scan.mounts, 6, take_mount) &&
                         take_list(unpacker, scan.files, 7, take_file) &&
                         take_list(unpacker, scan.unread_files, 2, take_thread) &&
                         take_list(unpacker, scan.cgroups, 2, take_set) &&
                         take_list(unpacker, scan.issues, 3, take_issue) && unpacker.finished();
    if (!is_scan) return std::nullopt;
    return scan;
}

} // namespace nsscope
