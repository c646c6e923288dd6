#pragma once

#include <sys/socket.h>

#include "inspect/inspection.hpp"

namespace nsscope {

inline Namespace sample_ns(NsType type, std::uint32_t inum) {
    Namespace ns;
    ns.type = type;
    ns.ref = {inum, inum - 4026530000U};
    ns.owner_user_ns = 4026531837U;
    ns.owner_uid = 1000;
    ns.members = {4711, 4712};
    if (type == NsType::net) ns.container = 0;
    if (type == NsType::net || type == NsType::cgroup) ns.containers = {0, 1};
    ns.nthreads = 3;
    ns.leader = Leader{.pid = 4711, .ppid = 1, .uid = 0, .comm = "nginx", .cmdline = {}};
    return ns;
}

/// One namespace of each kind, with hostile text wherever text may come from a container.
inline Inspection sample_inspection() {
    const std::string evil = "\x1b[2J\n\xff";
    Inspection inspection;
    inspection.pid = 4711;
    inspection.comm = "a" + evil;
    inspection.issues = {{"mounts", 2, "Permission denied (pid 4712); run as root"}};
    const auto add = [&](NsType type, std::uint32_t inum, Contents contents) {
        inspection.namespaces.push_back({sample_ns(type, inum), "/proc/4711/ns/" + std::string(name(type)),
                                         "nsenter --target 4711 --" + std::string(name(type)),
                                         std::move(contents)});
    };
    add(NsType::cgroup, 4026532401U,
        CgroupContents{
            {{0, {}, "/ctr/t1"}, {3, {"cpu", "cpuacct"}, std::nullopt}},
            {{4711,
              "nginx",
              {{0, {}, "/ctr/t1/" + evil, "/" + evil}, {3, {"cpu", "cpuacct"}, "/x", std::nullopt}}}}});
    IpcContents ipc;
    ipc.limits =
        IpcLimits{8192,       16384, 32000, 18446744073692774399U, 18446744073692774399U, 4096, 32000,
                  1024000000, 500,   32000};
    ipc.mqueue = MqueueLimits{256, 10, 8192, 10, 8192};
    ipc.queues.emplace().push_back({{0, 0x1234, 1000, 1000, 0644}, 100, 2});
    ipc.segments.emplace().push_back({{5, -1, 0, 0, 0600}, 4096, 1, 0});
    ipc.semaphores.emplace();
    add(NsType::ipc, 4026532402U, std::move(ipc));
    const Mount root{36, 35, 8, 1, "/", "/", "rw,relatime", "ext4", "/dev/sda1", 1, 0, 0, false};
    const Mount slave{40, 36, 0, 50, "/" + evil, "/mnt/" + evil, "ro", "tmpfs", evil, 0, 1, 2, true};
    add(NsType::mnt, 4026532403U,
        MntContents{2, root, {{root, {4026531832U}, {}, {4026532499U}}, {slave, {}, {4026531832U}, {}}}});
    NetContents net;
    net.names = {"blue", "two words"};
    net.nsid = 3;
    net.interfaces = {
        {1,
         "lo",
         "",
         "unknown",
         true,
         65536,
         "00:00:00:00:00:00",
         {{AF_INET, "127.0.0.1", 8}, {AF_INET6, "::1", 128}},
         std::nullopt},
        {2,
         evil,
         "veth",
         "up",
         true,
         1500,
         "02:fc:00:00:00:01",
         {{AF_INET, "10.0.0.2", 24}},
         LinkPeer{7, 0, 4026531840U, "veth7"}},
        {3, "v0", "veth", "down", false, 1500, "02:fc:00:00:00:02", {}, LinkPeer{9, 5, std::nullopt, ""}}};
    net.listening = {
        {{"tcp", AF_INET, "0.0.0.0", 80, 0, 0, 12345}, {"udp", AF_INET6, "::", 53, 2, 101, 12346}}};
    add(NsType::net, 4026532404U, std::move(net));
    add(NsType::pid, 4026532405U,
        PidContents{4711, 2, {{4711, "nginx", {4711, 25, 1}}, {4712, evil, {4712, 26, 2}}}, 2, 4194304});
    add(NsType::time, 4026532406U, TimeContents{TimeOffsets{{86400, 1}, {-1, 999999999}}, std::nullopt});
    UserContents user;
    user.owner = 1000;
    user.depth = 1;
    user.uid_map = {{0, 100000, 65536}, {65536, 4294967295U, 1}};
    user.gid_map.emplace();
    user.setgroups = false;
    user.owns = {{NsType::net, 4026532404U}};
    user.members = {{4711, "nginx", 100000, 0, 0x1ffffffffff, 1U << 21, 0x1ffffffffff, 0}};
    add(NsType::user, 4026532407U, std::move(user));
    add(NsType::uts, 4026532408U, UtsContents{evil, "(none)"});
    inspection.namespaces.push_back({sample_ns(NsType::uts, 4026532409U), "", "", std::nullopt});
    inspection.namespaces.back().nsenter = "nsenter --uts=$'/it\\047s\\033'"; // as shell_word() writes it
    inspection.namespaces.back().ns.members.clear();
    inspection.namespaces.back().ns.leader.reset();
    inspection.namespaces.back().ns.ref.id = 0;
    return inspection;
}

} // namespace nsscope
