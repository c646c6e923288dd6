#include "policy/scene.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace nsscope {
namespace {

constexpr std::size_t whole_id = 64;
constexpr std::size_t short_id = 12;

Pod pod_of(const std::string& text) {
    Pod pod;
    if (is_pod_uid(text)) {
        pod.uid = text;
        return pod;
    }
    const auto slash = text.find('/');
    if (slash != std::string::npos) pod.ns = text.substr(0, slash);
    pod.name = slash == std::string::npos ? text : text.substr(slash + 1);
    return pod;
}

std::string cgroup_of(const Container& container) {
    const bool managed = is_id_prefix(container.id) && container.id.size() == whole_id;
    if (!managed) return "/" + (container.id.empty() ? container.name : container.id);
    if (!container.pod) return fmt::format("/system.slice/docker-{}.scope", container.id);
    auto uid = container.pod->uid;
    std::replace(uid.begin(), uid.end(), '-', '_');
    return fmt::format("/kubepods.slice/kubepods-pod{}.slice/cri-containerd-{}.scope", uid, container.id);
}

} // namespace

Scene make_scene(const Who& who) {
    Scene scene;
    scene.subject.net = who.net.value_or(0);
    scene.subject.namespaced = who.contained;
    if (!who.cgroup.empty()) scene.subject.cgroup = who.cgroup;
    if (who.container.empty() && who.name.empty() && who.pod.empty()) return scene;

    KnownContainer known;
    known.container.id = who.container;
    known.container.name = who.name;
    if (!who.pod.empty()) known.container.pod = pod_of(who.pod);
    auto& id = known.container.id;
    if (is_id_prefix(id) && id.size() >= short_id) id.resize(whole_id, '0');
    if (id.empty() && known.container.pod) id = std::string(whole_id, '0');
    known.cgroup = who.cgroup.empty() ? cgroup_of(known.container) : who.cgroup;
    scene.subject.cgroup = known.cgroup;
    scene.subject.namespaced = true;
    scene.known.push_back(std::move(known));
    return scene;
}

} // namespace nsscope
