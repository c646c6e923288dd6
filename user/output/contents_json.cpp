
#include <fmt/format.h>
#include <sys/socket.h>

#include "output/inspect_json.hpp"
#include "output/json_fields.hpp"

namespace nsscope {
namespace {

std::string_view family_name(int family) { return family == AF_INET ? "ipv4" : "ipv6"; }

void put_fields(JsonWriter& json, const CgroupContents& contents) {
    objects_field(json, "roots", contents.roots, [&](const CgroupRoot& root) {
        field(json, "hierarchy", root.hierarchy);
        field(json, "controllers", root.controllers);
        field(json, "path", root.path);
    });
    objects_field(json, "members", contents.members, [&](const CgroupMember& member) {
        field(json, "pid", member.pid);
        text_field(json, "comm", member.comm);
        objects_field(json, "cgroups", member.places, [&](const CgroupPlace& place) {
            field(json, "hierarchy", place.hierarchy);
            field(json, "controllers", place.controllers);
            field(json, "outside", place.outside);
            field(json, "inside", place.inside);
        });
    });
}

void put_object(JsonWriter& json, const IpcObject& object) {
    field(json, "id", object.id);
    field(json, "key", object.key);
    field(json, "uid", object.uid);
    field(json, "gid", object.gid);
    field(json, "mode", object.mode);
}

void put_limits(JsonWriter& json, const IpcLimits& limits) {
    field(json, "msgmax", limits.msgmax);
    field(json, "msgmnb", limits.msgmnb);
    field(json, "msgmni", limits.msgmni);
    field(json, "shmmax", limits.shmmax);
    field(json, "shmall", limits.shmall);
    field(json, "shmmni", limits.shmmni);
    field(json, "semmsl", limits.semmsl);
    field(json, "semmns", limits.semmns);
    field(json, "semopm", limits.semopm);
    field(json, "semmni", limits.semmni);
}

void put_mqueue(JsonWriter& json, const MqueueLimits& limits) {
    field(json, "queues_max", limits.queues_max);
    field(json, "msg_max", limits.msg_max);
    field(json, "msgsize_max", limits.msgsize_max);
    field(json, "msg_default", limits.msg_default);
    field(json, "msgsize_default", limits.msgsize_default);
}

void put_fields(JsonWriter& json, const IpcContents& contents) {
    objects_field(json, "queues", contents.queues, [&](const MessageQueue& queue) {
        put_object(json, queue);
        field(json, "bytes", queue.bytes);
        field(json, "messages", queue.messages);
    });
    objects_field(json, "segments", contents.segments, [&](const SharedSegment& segment) {
        put_object(json, segment);
        field(json, "bytes", segment.bytes);
        field(json, "attached", segment.attached);
        field(json, "creator", segment.creator == 0 ? std::nullopt : std::optional(segment.creator));
    });
    objects_field(json, "semaphores", contents.semaphores, [&](const SemaphoreSet& set) {
        put_object(json, set);
        field(json, "semaphores", set.semaphores);
    });
    object_field(json, "limits", contents.limits, [&](const auto& limits) { put_limits(json, limits); });
    object_field(json, "mqueue", contents.mqueue, [&](const auto& limits) { put_mqueue(json, limits); });
}

void put_mount(JsonWriter& json, const Mount& mount) {
    const auto group = [](int number) { return number == 0 ? std::nullopt : std::optional(number); };
    field(json, "id", mount.id);
    field(json, "parent_id", mount.parent_id);
    field(json, "root", mount.root);
    field(json, "mount_point", mount.mount_point);
    field(json, "options", mount.options);
    field(json, "fs_type", mount.fs_type);
    field(json, "source", mount.source);
    field(json, "peer_group", group(mount.peer_group));
    field(json, "master", group(mount.master));
    field(json, "propagate_from", group(mount.propagate_from));
    field(json, "unbindable", mount.unbindable);
}

void put_fields(JsonWriter& json, const MntContents& contents) {
    field(json, "count", contents.count);
    object_field(json, "root", contents.root, [&](const auto& root) { put_mount(json, root); });
    objects_field(json, "mounts", contents.mounts, [&](const InspectedMount& inspected) {
        put_mount(json, inspected.mount);
        field(json, "peers_in", inspected.peers_in);
        field(json, "master_in", inspected.master_in);
        field(json, "slaves_in", inspected.slaves_in);
    });
}

void put_interface(JsonWriter& json, const NetInterface& link) {
    field(json, "index", link.index);
    field(json, "name", link.name);
    text_field(json, "kind", link.kind);
    text_field(json, "state", link.state);
    field(json, "up", link.up);
    field(json, "mtu", link.mtu);
    text_field(json, "mac", link.mac);
    objects_field(json, "addresses", link.addresses, [&](const NetAddress& address) {
        field(json, "family", family_name(address.family));
        field(json, "address", address.text);
        field(json, "prefix_length", address.prefix_length);
    });
    object_field(json, "peer", link.peer, [&](const auto& peer) {
        field(json, "index", peer.index);
        text_field(json, "name", peer.name);
        field(json, "nsid", peer.nsid);
        field(json, "net_ns", peer.net_ns);
    });
}

void put_fields(JsonWriter& json, const NetContents& contents) {
    field(json, "names", contents.names);
    field(json, "nsid", contents.nsid);
    objects_field(json, "interfaces", contents.interfaces,
                  [&](const NetInterface& link) { put_interface(json, link); });
    objects_field(json, "listening", contents.listening, [&](const ListeningSocket& socket) {
        field(json, "protocol", socket.protocol);
        field(json, "family", family_name(socket.family));
        field(json, "address", socket.address);
        field(json, "port", socket.port);
        field(json, "interface", socket.interface == 0 ? std::nullopt : std::optional(socket.interface));
        field(json, "uid", socket.uid);
        field(json, "inode", socket.inode);
    });
}

void put_fields(JsonWriter& json, const PidContents& contents) {
    field(json, "init", contents.init);
    field(json, "depth", contents.depth);
    field(json, "last_pid", contents.last_pid);
    field(json, "pid_max", contents.pid_max);
    objects_field(json, "members", contents.members, [&](const PidMember& member) {
        field(json, "pid", member.pid);
        text_field(json, "comm", member.comm);
        field(json, "ns_pids", member.ns_pids);
    });
}

void put_fields(JsonWriter& json, const TimeContents& contents) {
    const auto put_offset = [&json](std::string_view key, const auto& offset) {
        object_field(json, key, offset, [&](const ClockOffset& of) {
            field(json, "sec", of.sec);
            field(json, "nsec", of.nsec);
        });
    };
    const auto& offsets = contents.offsets;
    put_offset("monotonic", offsets ? std::optional(offsets->monotonic) : std::nullopt);
    put_offset("boottime", offsets ? std::optional(offsets->boottime) : std::nullopt);
    field(json, "settable", contents.settable);
}

void put_map(JsonWriter& json, std::string_view key, const std::optional<std::vector<IdRange>>& map) {
    constexpr auto none = static_cast<std::uint32_t>(-1);
    objects_field(json, key, map, [&](const IdRange& range) {
        field(json, "inside", range.inside);
        field(json, "outside", range.outside == none ? std::nullopt : std::optional(range.outside));
        field(json, "count", range.count);
    });
}

void put_fields(JsonWriter& json, const UserContents& contents) {
    field(json, "owner", contents.owner);
    field(json, "depth", contents.depth);
    put_map(json, "uid_map", contents.uid_map);
    put_map(json, "gid_map", contents.gid_map);
    const auto word = [](bool is_allowed) { return is_allowed ? "allow" : "deny"; };
    field(json, "setgroups", contents.setgroups ? std::optional(word(*contents.setgroups)) : std::nullopt);
    objects_field(json, "owns", contents.owns, [&](const OwnedNamespace& owned) {
        field(json, "type", name(owned.type));
        field(json, "inum", owned.inum);
    });
    const auto set = [](std::uint64_t bits) { return fmt::format("{:016x}", bits); };
    objects_field(json, "members", contents.members, [&](const UserMember& member) {
        field(json, "pid", member.pid);
        text_field(json, "comm", member.comm);
        field(json, "uid", member.uid);
        object_field(json, "capabilities", [&] {
            field(json, "effective", set(member.effective));
            field(json, "permitted", set(member.permitted));
            field(json, "inheritable", set(member.inheritable));
            field(json, "bounding", set(member.bounding));
            field(json, "ambient", set(member.ambient));
        });
    });
}

void put_fields(JsonWriter& json, const UtsContents& contents) {
    field(json, "host_name", contents.host_name);
    field(json, "domain_name", contents.domain_name);
}

} // namespace

void put_contents(JsonWriter& json, const Contents& contents) {
    json.begin_object();
    std::visit([&json](const auto& of_a_kind) { put_fields(json, of_a_kind); }, contents);
    json.end_object();
}

} // namespace nsscope
