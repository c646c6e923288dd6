#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <map>
#include <sys/socket.h>
#include <tuple>

#include "inspect/capabilities.hpp"
#include "inspect/nsenter_line.hpp"
#include "output/inspect_text.hpp"

namespace nsscope {
namespace {

std::string cell(std::string_view text) { return FactSheet::cell(text); }
template <typename Number>
std::string number(Number value) {
    return std::to_string(value);
}
template <typename Number>
std::string number(const std::optional<Number>& value) {
    return value ? std::to_string(*value) : "unknown";
}

std::string joined(const std::vector<std::string>& words) { return fmt::format("{}", fmt::join(words, ",")); }

using Members = std::vector<const CgroupMember*>;

/// Those who are in the same cgroups of all hierarchies, by the lowest pid.
std::vector<Members> by_place(const std::vector<CgroupMember>& members) {
    std::vector<Members> groups;
    std::map<std::string, std::size_t> known;
    for (const auto& member : members) {
        std::string key;
        for (const auto& place : member.places)
            key += fmt::format("{}\n{}\n{}\n", place.hierarchy, place.outside, place.inside.value_or("\1"));
        const auto [entry, is_new] = known.try_emplace(key, groups.size());
        if (is_new) groups.emplace_back();
        groups[entry->second].push_back(&member);
    }
    return groups;
}

/// A row for each path, with all the hierarchies in which it is the same.
void add_places(Table& table, const Members& together) {
    constexpr std::size_t few = 3;
    std::vector<std::string> pids;
    for (const auto* member : together)
        if (pids.size() < few) pids.push_back(number(member->pid));
    std::string who = fmt::format("{}", fmt::join(pids, " "));
    if (together.size() > few) who += fmt::format(" and {} more", together.size() - few);
    std::vector<std::tuple<std::string, std::string, std::string>> rows;
    for (const auto& place : together.front()->places) {
        const auto controllers = place.hierarchy == 0 ? std::string("unified") : joined(place.controllers);
        const auto inside = place.inside.value_or("unknown");
        const auto same = std::ranges::find_if(rows, [&](const auto& row) {
            return std::get<1>(row) == inside && std::get<2>(row) == place.outside;
        });
        if (same == rows.end())
            rows.emplace_back(controllers, inside, place.outside);
        else
            std::get<0>(*same) += " " + controllers;
    }
    for (const auto& [controllers, inside, outside] : rows)
        table.rows.push_back(
            {{who, cell(together.front()->comm), cell(controllers), cell(inside), cell(outside)}});
}

void put(FactSheet& sheet, const CgroupContents& contents) {
    Table roots{{{"HIERARCHY"}, {"CONTROLLERS"}, {"ROOT"}}};
    for (const auto& root : contents.roots)
        roots.rows.push_back({{root.hierarchy == 0 ? "unified" : number(root.hierarchy),
                               cell(joined(root.controllers)), cell(root.path.value_or("unknown"))}});
    sheet.table("root", std::move(roots));
    Table paths{{{"PROCESSES"}, {"COMM"}, {"CONTROLLERS"}, {"INSIDE"}, {"OUTSIDE"}}};
    for (const auto& together : by_place(contents.members)) add_places(paths, together);
    sheet.table("cgroups", std::move(paths));
}

std::vector<std::string> object_cells(const IpcObject& object) {
    return {number(object.id), fmt::format("0x{:08x}", static_cast<std::uint32_t>(object.key)),
            number(object.uid), number(object.gid), fmt::format("{:03o}", object.mode)};
}

template <typename Objects, typename More>
void put_objects(FactSheet& sheet, std::string_view label, const Objects& objects,
                 std::vector<Table::Heading> headings, More more) {
    if (!objects) return sheet.unknown(label);
    Table table{{{"ID", true}, {"KEY"}, {"UID", true}, {"GID", true}, {"MODE"}}};
    table.headings.insert(table.headings.end(), headings.begin(), headings.end());
    for (const auto& object : *objects) {
        auto cells = object_cells(object);
        more(cells, object);
        table.rows.push_back({std::move(cells)});
    }
    sheet.table(label, std::move(table));
}

void put(FactSheet& sheet, const IpcContents& contents) {
    using Cells = std::vector<std::string>;
    put_objects(sheet, "queues", contents.queues, {{"BYTES", true}, {"MESSAGES", true}},
                [](Cells& cells, const MessageQueue& queue) {
                    cells.insert(cells.end(), {number(queue.bytes), number(queue.messages)});
                });
    put_objects(sheet, "segments", contents.segments,
                {{"BYTES", true}, {"ATTACHED", true}, {"CREATOR", true}},
                [](Cells& cells, const SharedSegment& segment) {
                    cells.insert(cells.end(), {number(segment.bytes), number(segment.attached),
                                               segment.creator == 0 ? "-" : number(segment.creator)});
                });
    put_objects(sheet, "semaphores", contents.semaphores, {{"SEMAPHORES", true}},
                [](Cells& cells, const SemaphoreSet& set) { cells.push_back(number(set.semaphores)); });
    if (const auto& limits = contents.limits) {
        sheet.line("msg limits", fmt::format("msgmax {} msgmnb {} msgmni {}", limits->msgmax, limits->msgmnb,
                                             limits->msgmni));
        sheet.line("shm limits", fmt::format("shmmax {} shmall {} pages shmmni {}", limits->shmmax,
                                             limits->shmall, limits->shmmni));
        sheet.line("sem limits", fmt::format("semmsl {} semmns {} semopm {} semmni {}", limits->semmsl,
                                             limits->semmns, limits->semopm, limits->semmni));
    }
    if (const auto& limits = contents.mqueue)
        sheet.line("mqueue limits",
                   fmt::format("queues_max {} msg_max {} msgsize_max {} msg_default {} msgsize_default {}",
                               limits->queues_max, limits->msg_max, limits->msgsize_max, limits->msg_default,
                               limits->msgsize_default));
}

std::string propagation(const InspectedMount& inspected) {
    const auto& mount = inspected.mount;
    std::vector<std::string> words;
    const auto tie = [&](const char* word, int group, const std::vector<std::uint32_t>& namespaces) {
        if (group == 0) return;
        words.push_back(fmt::format("{}:{}", word, group));
        if (!namespaces.empty()) words.back() += fmt::format("{{{}}}", fmt::join(namespaces, " "));
    };
    tie("shared", mount.peer_group, inspected.peers_in);
    tie("master", mount.master, inspected.master_in);
    tie("propagate_from", mount.propagate_from, {});
    if (!inspected.slaves_in.empty())
        words.push_back(fmt::format("slaves{{{}}}", fmt::join(inspected.slaves_in, " ")));
    if (mount.unbindable) words.emplace_back("unbindable");
    return words.empty() ? "private" : fmt::format("{}", fmt::join(words, ","));
}

void put(FactSheet& sheet, const MntContents& contents) {
    sheet.line("mounts", number(contents.count ? contents.count : std::optional(contents.mounts.size())));
    if (contents.root)
        sheet.line("root", fmt::format("{} {} ({})", contents.root->source, contents.root->root,
                                       contents.root->fs_type));
    else
        sheet.unknown("root");
    Table table{{{"MOUNT POINT"}, {"TYPE"}, {"SOURCE"}, {"ROOT"}, {"PROPAGATION"}}};
    for (const auto& inspected : contents.mounts) {
        const auto& mount = inspected.mount;
        table.rows.push_back({{cell(mount.mount_point), cell(mount.fs_type), cell(mount.source),
                               cell(mount.root), propagation(inspected)}});
    }
    sheet.table("seen", std::move(table));
}

std::string peer_text(const std::optional<LinkPeer>& peer) {
    if (!peer) return "-";
    auto text = peer->name.empty() ? fmt::format("index {}", peer->index) : cell(peer->name);
    if (peer->nsid)
        text += peer->net_ns ? fmt::format(" in net:[{}]", *peer->net_ns)
                             : fmt::format(" in nsid {}", *peer->nsid);
    return text;
}

void put(FactSheet& sheet, const NetContents& contents) {
    std::string names;
    for (const auto& name : contents.names) names += (names.empty() ? "" : " ") + shell_word(name);
    sheet.ready_line("names", names);
    sheet.line("nsid", contents.nsid ? number(*contents.nsid) : "unassigned");
    if (contents.interfaces) {
        Table table{{{"INDEX", true}, {"NAME"}, {"KIND"}, {"STATE"}, {"MAC"}, {"ADDRESSES"}, {"PEER"}}};
        for (const auto& link : *contents.interfaces) {
            std::string addresses;
            for (const auto& address : link.addresses)
                addresses += fmt::format("{}{}/{}", addresses.empty() ? "" : "\n", address.text,
                                         address.prefix_length);
            table.rows.push_back(
                {{number(link.index), cell(link.name), cell(link.kind), link.up ? cell(link.state) : "off",
                  cell(link.mac), addresses.empty() ? "-" : addresses, peer_text(link.peer)}});
        }
        sheet.table("interfaces", std::move(table));
    } else {
        sheet.unknown("interfaces");
    }
    if (!contents.listening) return sheet.unknown("listening");
    Table table{{{"PROTOCOL"}, {"ADDRESS"}, {"PORT", true}, {"INTERFACE", true}, {"UID", true}}};
    for (const auto& socket : *contents.listening)
        table.rows.push_back(
            {{socket.protocol + (socket.family == AF_INET6 ? "6" : ""), socket.address, number(socket.port),
              socket.interface == 0 ? "any" : number(socket.interface), number(socket.uid)}});
    sheet.table("listening", std::move(table));
}

void put(FactSheet& sheet, const PidContents& contents) {
    sheet.line("init", contents.init ? number(*contents.init) : "not seen");
    sheet.line("depth", number(contents.depth));
    sheet.line("last pid", number(contents.last_pid));
    sheet.line("pid_max", number(contents.pid_max));
    Table table{{{"PID", true}, {"COMM"}, {"AT EACH LEVEL"}}};
    for (const auto& member : contents.members)
        table.rows.push_back(
            {{number(member.pid), cell(member.comm), fmt::format("{}", fmt::join(member.ns_pids, " > "))}});
    sheet.table("members", std::move(table));
}

std::string offset_text(const ClockOffset& offset) {
    // -1 s and 999,999,999 ns are one nanosecond before
    if (offset.sec < 0 && offset.nsec != 0)
        return fmt::format("-{}.{:09} s", -(offset.sec + 1), 1000000000U - offset.nsec);
    return fmt::format("{}.{:09} s", offset.sec, offset.nsec);
}

void put(FactSheet& sheet, const TimeContents& contents) {
    if (contents.offsets) {
        sheet.line("monotonic", offset_text(contents.offsets->monotonic));
        sheet.line("boottime", offset_text(contents.offsets->boottime));
    } else {
        sheet.unknown("offsets");
    }
    sheet.line("settable", contents.settable ? (*contents.settable ? "yes" : "no") : "unknown");
}

void put_map(FactSheet& sheet, std::string_view label, const std::optional<std::vector<IdRange>>& map) {
    if (!map) return sheet.unknown(label);
    Table table{{{"INSIDE", true}, {"OUTSIDE", true}, {"COUNT", true}}};
    for (const auto& range : *map)
        table.rows.push_back({{number(range.inside),
                               range.outside == static_cast<std::uint32_t>(-1) ? "-" : number(range.outside),
                               number(range.count)}});
    sheet.table(label, std::move(table));
}

void put(FactSheet& sheet, const UserContents& contents) {
    sheet.line("owner", contents.owner ? fmt::format("uid {}", *contents.owner) : "unknown");
    sheet.line("depth", number(contents.depth));
    put_map(sheet, "uid_map", contents.uid_map);
    put_map(sheet, "gid_map", contents.gid_map);
    sheet.line("setgroups", contents.setgroups ? (*contents.setgroups ? "allow" : "deny") : "unknown");
    Table owns{{{"TYPE"}, {"INUM", true}}};
    for (const auto& owned : contents.owns)
        owns.rows.push_back({{std::string(name(owned.type)), number(owned.inum)}});
    sheet.table("owns", std::move(owns));
    Table members{{{"PID", true}, {"COMM"}, {"UID", true}, {"EFFECTIVE CAPABILITIES"}}};
    for (const auto& member : contents.members)
        members.rows.push_back({{number(member.pid), cell(member.comm), number(member.uid),
                                 capabilities_text(member.effective)}});
    sheet.table("members", std::move(members));
}

void put(FactSheet& sheet, const UtsContents& contents) {
    sheet.line("host name", contents.host_name.value_or("unknown"));
    sheet.line("domain name", contents.domain_name.value_or("unknown"));
}

} // namespace

void put_contents_text(FactSheet& sheet, const Contents& contents) {
    std::visit([&sheet](const auto& of_a_kind) { put(sheet, of_a_kind); }, contents);
}

} // namespace nsscope
