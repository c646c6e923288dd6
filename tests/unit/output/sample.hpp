#pragma once

#include <clocale>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "model/snapshot.hpp"

namespace nsscope {

/// A small machine: the initial namespaces, a container of a user who means harm, and namespaces that a
/// mount, a descriptor, a sleeping fork and other namespaces keep alive.
inline Snapshot sample_snapshot() {
    using namespace std::string_literals;
    const Leader init{1, 0, 0, "systemd", "/sbin/init\0splash\0"s};
    const Leader worker{2, 0, 0, "kdevtmpfs", ""};
    const Leader evil{4711, 1, 1000, "a\nb\x1b[31m",
                      "sh\0-c\0echo \x1b[2J\xff \xe6\xbc\xa2\xe5\xad\x97\n\0\0\0"s};
    const Leader hidden{4720, 4711, 1000, "sle\"ep\\", std::nullopt};
    constexpr std::uint32_t init_user = 0xEFFFFFFD, init_pid = 0xEFFFFFFC, init_net = 4026531840;
    const std::vector<pid_t> host{1, 2, 300};

    Snapshot s;
    s.time_ns = 1795312065000000001;
    s.host = "box";
    s.boot_id = "0c1f6a0e-33c5-4c5c-9b43-6b1f2f6d3c55";
    s.kernel = "6.18.0";
    s.source = "bpf+proc";
    s.issues = {{"namespaces of a process", 2, "permission denied (pid 7)"}};
    const auto add = [&](Namespace ns) { s.namespaces.push_back(std::move(ns)); };
    add({.type = NsType::mnt,
         .ref = {4026531832, 1},
         .initial = true,
         .parent = {},
         .owner_user_ns = init_user,
         .owner_uid = 0,
         .members = {1, 300},
         .nthreads = 2,
         .leader = init,
         .pinned_by = {}});
    add({.type = NsType::mnt,
         .ref = {4026532200, 40},
         .parent = {},
         .owner_user_ns = init_user,
         .owner_uid = 0,
         .members = {2},
         .nthreads = 1,
         .leader = worker,
         .pinned_by = {}});
    add({.type = NsType::mnt,
         .ref = {4026532302, 51},
         .parent = {},
         .owner_user_ns = 4026532300,
         .owner_uid = 1000,
         .members = {4711, 4720},
         .nthreads = 9,
         .leader = evil,
         .pinned_by = {}});
    add({.type = NsType::net,
         .ref = {init_net, 2},
         .initial = true,
         .parent = {},
         .owner_user_ns = init_user,
         .owner_uid = 0,
         .members = {1, 2, 300, 4711},
         .nthreads = 11,
         .leader = init,
         .pinned_by = {}});
    add({.type = NsType::net,
         .ref = {4026532303, 52},
         .parent = {},
         .owner_user_ns = 4026532300,
         .owner_uid = 1000,
         .members = {4720},
         .nthreads = 1,
         .leader = hidden,
         .pinned_by = {}});
    Namespace mounted{.type = NsType::net,
                      .ref = {4026532400, 0},
                      .parent = {},
                      .owner_user_ns = {},
                      .owner_uid = {},
                      .members = {},
                      .leader = {},
                      .pinned_by = {}};
    Pin mount{.how = Pin::How::mount};
    mount.path = "/run/netns/a b\n\xc3\xa9";
    mount.mnt_ns = 4026531832;
    Pin fd{.how = Pin::How::fd, .pid = 300, .fd = 7};
    mounted.pinned_by = {mount, fd};
    add(mounted);
    add({.type = NsType::pid,
         .ref = {init_pid, 3},
         .initial = true,
         .parent = {},
         .owner_user_ns = init_user,
         .owner_uid = 0,
         .members = host,
         .nthreads = 3,
         .leader = init,
         .pinned_by = {}});
    Namespace sleeping{.type = NsType::pid,
                       .ref = {4026532301, 53},
                       .parent = init_pid,
                       .owner_user_ns = 4026532300,
                       .owner_uid = 1000,
                       .members = {},
                       .leader = {},
                       .pinned_by = {}};
    sleeping.pinned_by = {Pin{.how = Pin::How::for_children, .pid = 4711}};
    add(sleeping);
    add({.type = NsType::user,
         .ref = {init_user, 4},
         .initial = true,
         .parent = {},
         .owner_user_ns = {},
         .owner_uid = {},
         .members = host,
         .nthreads = 3,
         .leader = init,
         .pinned_by = {}});
    add({.type = NsType::user,
         .ref = {4026532300, 50},
         .parent = init_user,
         .owner_user_ns = init_user,
         .owner_uid = 1000,
         .members = {4711},
         .nthreads = 8,
         .leader = evil,
         .pinned_by = {}});
    Namespace empty{.type = NsType::user,
                    .ref = {4026532305, 54},
                    .parent = 4026532300,
                    .owner_user_ns = 4026532300,
                    .owner_uid = 1000,
                    .members = {},
                    .leader = {},
                    .pinned_by = {}};
    Pin owned{.how = Pin::How::owned};
    owned.type = NsType::net;
    owned.inum = 4026532400;
    Pin child{.how = Pin::How::child};
    child.type = NsType::user;
    child.inum = 4026532306;
    empty.pinned_by = {owned, child, Pin{}};
    add(empty);

    // The user's container, whose name means harm, and one of a pod that shares its network with the host.
    const std::string id = "5f1e0c9a7b3d5f1e0c9a7b3d5f1e0c9a7b3d5f1e0c9a7b3d5f1e0c9a7b3d5f1e";
    s.containers = {{{"ctr-\x1b]0;x\x07\xff", "crun", "", std::nullopt}, 4711, "/user.slice/a\x1b[1mb"},
                    {{id, "containerd", "we\nb\xc2\x9b",
                      Pod{"2c48913c-b29f-11e7-9350-020968147796", "shop", "", "burstable"}},
                     300,
                     "/kubepods/burstable/pod2c48913c-b29f-11e7-9350-020968147796/" + id}};
    s.processes = {
        {1, "systemd"}, {2, "kdevtmpfs"}, {300, "cart"}, {4711, "a\nb\x1b[31m"}, {4720, "sle\"ep\\"}};
    s.container_processes = {{300, 1, 7}, {4711, 0, 8}, {4720, 0, 9}};
    for (auto& ns : s.namespaces) {
        for (const auto pid : ns.members)
            if (pid == 300) ns.containers = {1};
        for (const auto pid : ns.members)
            if (pid == 4711 || pid == 4720) {
                ns.containers.insert(ns.containers.begin(), 0);
                if (!ns.initial) ns.container = 0;
                break;
            }
    }
    return s;
}

inline std::vector<std::size_t> all_of(const Snapshot& snapshot) {
    std::vector<std::size_t> positions(snapshot.namespaces.size());
    for (std::size_t i = 0; i < positions.size(); ++i) positions[i] = i;
    return positions;
}

/// Makes LC_CTYPE UTF-8 for a test, as a terminal's usually is.
class Utf8Locale {
  public:
    Utf8Locale() : before_(std::setlocale(LC_CTYPE, nullptr)) {
        if (std::setlocale(LC_CTYPE, "C.UTF-8") == nullptr) ADD_FAILURE() << "no locale C.UTF-8";
    }
    Utf8Locale(const Utf8Locale&) = delete;
    Utf8Locale& operator=(const Utf8Locale&) = delete;
    ~Utf8Locale() { std::setlocale(LC_CTYPE, before_.c_str()); }

  private:
    std::string before_;
};

} // namespace nsscope
