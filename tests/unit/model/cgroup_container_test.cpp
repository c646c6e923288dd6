#include "model/cgroup_container.hpp"

#include <gtest/gtest.h>

#include <string>

namespace nsscope {
namespace {

const std::string id = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
const std::string other_id(64, 'f');
const std::string uid = "2c48913c-b29f-11e7-9350-020968147796";
const std::string slice_uid = "2c48913c_b29f_11e7_9350_020968147796";

/// "RUNTIME ID" or, of a container in a pod, "RUNTIME ID POD QOS"; "none" without a container. The id above is "ID".
std::string told(const std::string& path) {
    const auto found = container_of_cgroup(path);
    if (!found) return "none";
    const auto& c = found->container;
    auto text = (c.runtime.empty() ? "?" : c.runtime) + " " + (c.id == id ? "ID" : c.id);
    if (c.pod)
        text +=
            " " + (c.pod->uid == uid ? "UID" : c.pod->uid) + " " + (c.pod->qos.empty() ? "?" : c.pod->qos);
    return text;
}

TEST(CgroupContainer, Docker) {
    EXPECT_EQ(told("/docker/" + id), "docker ID");
    EXPECT_EQ(told("/system.slice/docker-" + id + ".scope"), "docker ID");
    EXPECT_EQ(told("/user.slice/user-1000.slice/user@1000.service/user.slice/docker-" + id + ".scope"),
              "docker ID");
    EXPECT_EQ(told("/../docker/" + id), "docker ID"); // as a reader in another cgroup namespace sees it
    EXPECT_EQ(told("/batch/" + id), "? ID");          // dockerd --cgroup-parent
    EXPECT_EQ(told("/system.slice/docker.service"), "none");
    EXPECT_EQ(told("/docker"), "none");
    EXPECT_EQ(told("/docker/buildkit/4q2yhjvwbxzk5lqnm6tx1a8rc"), "none");
}

TEST(CgroupContainer, ContainerdInKubernetes) {
    const std::string burstable =
        "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" + slice_uid + ".slice";
    EXPECT_EQ(told(burstable + "/cri-containerd-" + id + ".scope"), "containerd ID UID burstable");
    EXPECT_EQ(told("/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod" + slice_uid +
                   ".slice/cri-containerd-" + id + ".scope"),
              "containerd ID UID besteffort");
    EXPECT_EQ(told("/kubepods.slice/kubepods-pod" + slice_uid + ".slice/cri-containerd-" + id + ".scope"),
              "containerd ID UID guaranteed");
    EXPECT_EQ(told("/kubepods/burstable/pod" + uid + "/" + id), "? ID UID burstable");
    EXPECT_EQ(told("/kubepods/besteffort/pod" + uid + "/" + id), "? ID UID besteffort");
    EXPECT_EQ(told("/kubepods/pod" + uid + "/" + id), "? ID UID guaranteed");
    EXPECT_EQ(told("/kubepods/burstable/podd3f7ae51c2f5b1c6e4a0b6c8d9e0f1a2/" + id),
              "? ID d3f7ae51c2f5b1c6e4a0b6c8d9e0f1a2 burstable"); // a static pod
    EXPECT_EQ(told("/../../pod" + uid + "/" + id), "? ID UID ?");
    EXPECT_EQ(told("/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" + slice_uid +
                   ".slice/docker-" + id + ".scope"),
              "docker ID UID burstable"); // cri-dockerd
    // runc's cgroupfs driver, given the path that is meant for the systemd driver
    EXPECT_EQ(told("/system.slice/containerd.service/kubepods-besteffort-pod" + slice_uid +
                   ".slice:cri-containerd:" + id),
              "containerd ID UID besteffort");
    // the pod itself is not a container
    EXPECT_EQ(told(burstable), "none");
    EXPECT_EQ(told("/kubepods/burstable/pod" + uid), "none");
    EXPECT_EQ(told("/kubepods.slice"), "none");
}

TEST(CgroupContainer, KubernetesInAContainer) {
    EXPECT_EQ(told("/docker/" + other_id +
                   "/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-burstable.slice/"
                   "kubelet-kubepods-burstable-pod" +
                   slice_uid + ".slice/cri-containerd-" + id + ".scope"),
              "containerd ID UID burstable");
    EXPECT_EQ(told("/docker/" + other_id + "/kubelet/kubepods/pod" + uid + "/" + id), "? ID UID guaranteed");
}

TEST(CgroupContainer, Nerdctl) {
    EXPECT_EQ(told("/system.slice/nerdctl-" + id + ".scope"), "containerd ID");
    EXPECT_EQ(told("/default/" + id), "? ID");
}

TEST(CgroupContainer, CriO) {
    const std::string pod =
        "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" + slice_uid + ".slice/";
    EXPECT_EQ(told(pod + "crio-" + id + ".scope"), "cri-o ID UID burstable");
    EXPECT_EQ(told(pod + "crio-" + id + ".scope/container"), "cri-o ID UID burstable"); // crun's
    EXPECT_EQ(told("/kubepods/burstable/pod" + uid + "/crio-" + id), "cri-o ID UID burstable");
    EXPECT_EQ(told(pod + "crio-conmon-" + id + ".scope"), "none");
    EXPECT_EQ(told("/kubepods/burstable/pod" + uid + "/crio-conmon-" + id), "none");
    EXPECT_EQ(told("/system.slice/crio-conmon-" + id + ".scope"), "none");
}

TEST(CgroupContainer, Podman) {
    EXPECT_EQ(told("/machine.slice/libpod-" + id + ".scope"), "podman ID");
    EXPECT_EQ(told("/machine.slice/libpod-" + id + ".scope/container"), "podman ID");
    EXPECT_EQ(told("/machine.slice/libpod-" + id + ".scope/container/system.slice/a.service"), "podman ID");
    EXPECT_EQ(told("/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" + id + ".scope"),
              "podman ID");
    EXPECT_EQ(told("/libpod_parent/libpod-" + id), "podman ID");
    EXPECT_EQ(told("/system.slice/web.service/libpod-payload-" + id), "podman ID"); // --cgroups=split
    EXPECT_EQ(told("/system.slice/web.service/runtime"), "none");
    EXPECT_EQ(told("/machine.slice/libpod-conmon-" + id + ".scope"), "none");
    EXPECT_EQ(told("/libpod_parent/conmon"), "none");
    EXPECT_EQ(told("/machine.slice/machine-libpod_pod_" + other_id + ".slice/libpod-" + id + ".scope"),
              "podman ID " + other_id + " ?");
    EXPECT_EQ(told("/user.slice/user-1000.slice/user@1000.service/user.slice/user-libpod_pod_" + other_id +
                   ".slice/libpod-" + id + ".scope"),
              "podman ID " + other_id + " ?");
    EXPECT_EQ(told("/libpod_parent/" + other_id + "/libpod-" + id), "podman ID " + other_id + " ?");
    EXPECT_EQ(told("/libpod_parent/" + other_id), "none");
}

TEST(CgroupContainer, Lxc) {
    EXPECT_EQ(told("/lxc.payload.web"), "lxc web");
    EXPECT_EQ(told("/lxc.payload.web/system.slice/ssh.service"), "lxc web");
    EXPECT_EQ(told("/lxc.payload/web"), "lxc web");
    EXPECT_EQ(told("/lxc/web"), "lxc web");
    EXPECT_EQ(told("/lxc/101/ns/init.scope"), "lxc 101"); // Proxmox VE
    EXPECT_EQ(told("/user/1000.user/c2.session/lxc/web"), "lxc web");
    EXPECT_EQ(told("/lxc/lxc/init.scope"), "lxc lxc"); // a container of that name
    EXPECT_EQ(told("/lxc.monitor.web"), "none");
    EXPECT_EQ(told("/lxc.monitor/web"), "none");
    EXPECT_EQ(told("/lxc.payload."), "none");
    EXPECT_EQ(told("/lxc.pivot"), "none");
    EXPECT_EQ(container_of_cgroup("/lxc.payload.web")->container.name, "web");
}

TEST(CgroupContainer, Nspawn) {
    EXPECT_EQ(told("/machine.slice/machine-debian.scope"), "nspawn debian");
    EXPECT_EQ(told("/machine.slice/machine-debian.scope/payload/system.slice/cron.service"), "nspawn debian");
    EXPECT_EQ(told("/machine.slice/machine-my\\x2dweb\\x2e1.scope/payload"), "nspawn my-web.1");
    EXPECT_EQ(told("/machine.slice/systemd-nspawn@my-web.service/payload/init.scope"), "nspawn my-web");
    EXPECT_EQ(told("/machine.slice/systemd-nspawn@my-web.service/supervisor"), "none");
    EXPECT_EQ(told("/machine.slice/systemd-nspawn@my-web.service"), "none");
    EXPECT_EQ(told("/machine.slice/machine-debian.scope/supervisor"), "none");
    EXPECT_EQ(told("/machine.slice/machine-.scope"), "none");
    EXPECT_EQ(told("/machine.slice/machine-a\\x.scope"), "nspawn a\\x");
    EXPECT_EQ(told("/machine.slice/machine-a\\x2.scope"), "nspawn a\\x2");
    EXPECT_EQ(told("/app/machine-debian.scope"), "none");
}

TEST(CgroupContainer, Libvirt) {
    EXPECT_EQ(told("/machine.slice/machine-qemu\\x2d1\\x2ddebian.scope"), "none");
    EXPECT_EQ(told("/machine.slice/machine-qemu\\x2d12\\x2ddebian.scope/libvirt/emulator"), "none");
    EXPECT_EQ(told("/machine.slice/machine-lxc\\x2d7\\x2dweb.scope"), "? lxc-7-web");
    EXPECT_EQ(told("/machine.slice/machine-qemu.scope"), "nspawn qemu");
    EXPECT_EQ(told("/machine.slice/machine-qemu\\x2dbuild.scope"), "nspawn qemu-build");
}

TEST(CgroupContainer, TheInnermostCounts) {
    EXPECT_EQ(told("/docker/" + other_id + "/docker/" + id), "docker ID");
    EXPECT_EQ(told("/lxc.payload.outer/lxc.payload.inner"), "lxc inner");
    EXPECT_EQ(told("/lxc.payload.outer/system.slice/docker-" + id + ".scope"), "docker ID");
    EXPECT_EQ(told("/kubepods/pod" + uid + "/" + other_id + "/docker/" + id),
              "docker ID"); // no pod of its own
    EXPECT_EQ(told("/machine.slice/machine-debian.scope/payload/system.slice/docker-" + id + ".scope"),
              "docker ID");
    // what watches the inner one is in the outer one
    EXPECT_EQ(told("/docker/" + id + "/machine.slice/libpod-conmon-" + other_id + ".scope"), "docker ID");
    EXPECT_EQ(told("/lxc.payload.outer/lxc.monitor.inner"), "lxc outer");
}

TEST(CgroupContainer, LengthIsThatOfItsOwnCgroup) {
    const std::string scope = "/system.slice/docker-" + id + ".scope";
    EXPECT_EQ(container_of_cgroup(scope)->length, scope.size());
    EXPECT_EQ(container_of_cgroup(scope + "/init")->length, scope.size());
    const std::string payload = "/machine.slice/systemd-nspawn@web.service/payload";
    EXPECT_EQ(container_of_cgroup(payload + "/init.scope")->length, payload.size());
    EXPECT_EQ(container_of_cgroup("//docker//" + id + "//a")->length, 10 + id.size());
}

TEST(CgroupContainer, ARemovedCgroup) {
    EXPECT_EQ(told("/docker/" + id + " (deleted)"), "docker ID");
    EXPECT_EQ(told("/lxc.payload.web (deleted)"), "lxc web");
}

TEST(CgroupContainer, WhatIsNoContainer) {
    for (const std::string path :
         {"", "/", "//", "/init.scope", "/user.slice/user-0.slice/session-1.scope", "/..", "docker",
          "/system.slice/docker-.scope", "/system.slice/-.scope", "/:", "/::", "/a:b:c"})
        EXPECT_EQ(told(path), "none") << path;
    EXPECT_EQ(told("/docker/" + id.substr(1)), "none");
    EXPECT_EQ(told("/docker/" + id + "0"), "none");
    EXPECT_EQ(told("/docker/" + std::string(64, 'A')), "none");
    EXPECT_EQ(told("/system.slice/dockerx-" + id + ".scope"), "none");
    EXPECT_EQ(told("/system.slice/" + id + "-0123456789abcdef.service"), "none"); // Podman's health check
    EXPECT_EQ(told("/kubepods/pod" + uid + "x/" + id), "? ID");
}

TEST(CgroupContainer, HostileBytesStayAsTheyAre) {
    EXPECT_EQ(told("/lxc.payload.\x1b[2J\xff\n"), "lxc \x1b[2J\xff\n");
    EXPECT_EQ(told("/lxc/" + std::string(4096, 'x')), "lxc " + std::string(4096, 'x'));
    EXPECT_EQ(told("/machine.slice/machine-\\x1b\\x2f.scope"), "nspawn \x1b/");
}

} // namespace
} // namespace nsscope
