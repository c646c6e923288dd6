#include "output/container_text.hpp"

#include <fmt/format.h>

#include "base/text.hpp"
#include "model/cgroup_container.hpp"
#include "model/place_containers.hpp"

namespace nsscope {

std::string container_label(const Container& container) {
    if (!container.name.empty()) return container.name;
    constexpr std::size_t short_id = 12;
    return is_container_id(container.id) ? container.id.substr(0, short_id) : container.id;
}

std::string container_label(const Snapshot& snapshot, std::uint32_t place) {
    return to_printable(container_label(snapshot.containers[place].container));
}

std::string container_description(const Container& container) {
    auto text = to_printable(container_label(container));
    if (!container.name.empty() && container.name != container.id) {
        auto nameless = container;
        nameless.name.clear();
        text += fmt::format(" ({})", to_printable(container_label(nameless)));
    }
    if (!container.runtime.empty()) text += " of " + container.runtime;
    if (!container.pod) return text;
    const auto& pod = *container.pod;
    text += ", pod ";
    if (!pod.ns.empty()) text += to_printable(pod.ns) + "/";
    text += to_printable(pod.name.empty() ? pod.uid : pod.name);
    if (!pod.qos.empty()) text += " " + pod.qos;
    return text;
}

std::string sharers_text(const Snapshot& snapshot, const Namespace& ns) {
    constexpr std::size_t most_named = 3;
    std::string text;
    std::size_t named = 0, others = 0;
    for (const auto place : ns.containers) {
        if (ns.container == place) continue;
        if (named == most_named) {
            ++others;
            continue;
        }
        text += named++ == 0 ? ", shared with " : ", ";
        text += container_label(snapshot, place);
    }
    if (others != 0) text += fmt::format(" and {} more", others);
    if (!ns.container) return text;
    std::size_t of_host = 0;
    for (const auto pid : ns.members)
        if (!container_of(snapshot, pid)) ++of_host;
    if (of_host != 0) text += fmt::format(", with {} of the host", process_count_text(of_host));
    return text;
}

std::string process_count_text(std::size_t count) {
    return fmt::format("{} process{}", count, count == 1 ? "" : "es");
}

std::string containers_text(const Snapshot& snapshot, const Namespace& ns) {
    if (ns.containers.empty()) return {};
    if (!ns.container) return fmt::format("+{}", ns.containers.size());
    auto text = container_label(snapshot, *ns.container);
    if (ns.containers.size() > 1) text += fmt::format(" +{}", ns.containers.size() - 1);
    return text;
}

} // namespace nsscope
