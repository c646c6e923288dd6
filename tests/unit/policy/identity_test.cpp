#include "policy/identity.hpp"

#include <gtest/gtest.h>

namespace nsscope {
namespace {

const std::string id(64, 'a');

/// What the path's container is called; "-" for none.
std::string container(const std::string& path) {
    const auto components = split_cgroup(path);
    const auto identity = identify(components);
    return identity.container ? std::string(identity.id) : "-";
}

TEST(Identity, ManagersOfContainers) {
    for (const auto* name : {"", "docker-", "libpod-", "libpod-payload-", "crio-", "cri-containerd-",
                             "nerdctl-", "system.slice:docker:"})
        for (const auto* end : {"", ".scope"})
            EXPECT_EQ(container("/x/" + std::string(name) + id + end), id) << name << end;
    EXPECT_EQ(container("/lxc.payload.web/init.scope"), "web");
    EXPECT_EQ(container("/lxc/web"), "web");
    EXPECT_EQ(container("/machine.slice/machine-web.scope/payload"), "web");
    EXPECT_EQ(container("/system.slice/systemd-nspawn@web.service"), "web");
    EXPECT_EQ(container("/user.slice/crun-t1.scope"), "t1");
}

TEST(Identity, NotContainers) {
    for (const auto& path : std::vector<std::string>{
             "/", "", "/system.slice/ssh.service", "/libpod-conmon-" + id + ".scope", "/crio-conmon-" + id,
             "/libpod_parent/" + id, "/lxc", "/lxc.monitor.web", "/machine-qemu\\x2d1\\x2dvm.scope",
             "/machine-.scope", "/machine-web.slice", "/x" + id, "/" + id + "a", "/" + id.substr(1),
             "/" + std::string(64, 'A'), "/docker-" + id + ".service"})
        EXPECT_EQ(container(path), "-") << path;
}

/// A container cannot leave itself by what it makes below its own cgroup.
TEST(Identity, TopmostCounts) {
    const std::string other(64, 'b');
    EXPECT_EQ(container("/docker-" + id + ".scope/docker-" + other + ".scope"), id);
    EXPECT_EQ(container("/lxc.payload.web/lxc.payload.other"), "web");
    EXPECT_EQ(container("/libpod_parent/" + id + "/libpod-" + other), other);
}

TEST(Identity, ScopesByPath) {
    const auto holds = [](Scope::Kind kind, const std::string& text, const std::string& path) {
        return holds_in_cgroup({.kind = kind, .text = text}, path, true, {});
    };
    using Kind = Scope::Kind;
    EXPECT_EQ(holds(Kind::cgroup, "/a", "/a/b"), Truth::yes);
    EXPECT_EQ(holds(Kind::cgroup, "/a", "/ab"), Truth::no);
    EXPECT_EQ(holds(Kind::cgroup, "/a/b", "/a"), Truth::no);
    EXPECT_EQ(holds(Kind::container, id.substr(0, 12), "/docker/" + id), Truth::yes);
    EXPECT_EQ(holds(Kind::container, std::string(12, 'b'), "/docker/" + id), Truth::no);
    EXPECT_EQ(holds(Kind::container, "web", "/lxc/web"), Truth::yes);
    EXPECT_EQ(holds(Kind::container, "web", "/lxc/web2"), Truth::no);
    EXPECT_EQ(holds(Kind::container, "web-1", "/machine-web\\x2d1.scope"), Truth::yes);
    const std::string uid = "6f1ab5b0-1b6e-4d6f-8d6c-9d7f0f0a0b0c";
    EXPECT_EQ(holds(Kind::pod, uid, "/kubepods/besteffort/pod" + uid + "/" + id), Truth::yes);
    EXPECT_EQ(holds(Kind::pod, uid,
                    "/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-burstable.slice/kubelet-kubepods-"
                    "burstable-pod6f1ab5b0_1b6e_4d6f_8d6c_9d7f0f0a0b0c.slice/cri-containerd-" +
                        id + ".scope"),
              Truth::yes);
    EXPECT_EQ(holds(Kind::pod, uid, "/docker/" + id + "/pod" + uid), Truth::no); // below a container's own
}

TEST(Identity, ScopesByName) {
    const std::vector<KnownContainer> known{
        {{.id = id, .runtime = "docker", .name = "web", .pod = {}}, "/docker/" + id}};
    const Scope web{.kind = Scope::Kind::container, .text = "web"};
    EXPECT_EQ(holds_in_cgroup(web, "/docker/" + id + "/x", true, known), Truth::yes);
    EXPECT_EQ(holds_in_cgroup(web, "/docker/" + std::string(64, 'b'), true, known), Truth::unknown);
    EXPECT_EQ(holds_in_cgroup(web, "/ctr/t1", true, known), Truth::unknown);
    EXPECT_EQ(holds_in_cgroup(web, "/ctr/t1", false, known), Truth::no);
    const Scope db{.kind = Scope::Kind::container, .text = "db"};
    EXPECT_EQ(holds_in_cgroup(db, "/docker/" + id, true, known), Truth::no);
    EXPECT_EQ(holds_in_cgroup(db, "/lxc/web", true, known), Truth::no); // its name is in the path
}

TEST(Identity, AKnownContainerInTheRootSaysNothing) {
    const std::vector<KnownContainer> known{{{"t1", "runc", "web", {}}, "/"}};
    const Scope web{.kind = Scope::Kind::container, .text = "web"};
    EXPECT_EQ(holds_in_cgroup(web, "/ctr/t2", true, known), Truth::unknown);
}

TEST(Identity, PodsAndTheirNamespaces) {
    Container container{id, "containerd", "c", Pod{}};
    container.pod->uid = "u";
    container.pod->name = "web-0";
    container.pod->ns = "shop";
    EXPECT_TRUE(is_about({.kind = Scope::Kind::pod, .text = "web-0"}, container));
    EXPECT_TRUE(is_about({.kind = Scope::Kind::pod, .text = "web-0", .ns = "shop"}, container));
    EXPECT_FALSE(is_about({.kind = Scope::Kind::pod, .text = "web-0", .ns = "bank"}, container));
    EXPECT_TRUE(is_about({.kind = Scope::Kind::kubernetes_namespace, .text = "shop"}, container));
    EXPECT_FALSE(is_about({.kind = Scope::Kind::kubernetes_namespace, .text = "web-0"}, container));
}

} // namespace
} // namespace nsscope
