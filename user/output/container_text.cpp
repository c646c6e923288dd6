#include "output/container_text.hpp"

#include <fmt/format.h>

#include "base/text.hpp"
#include "model/cgroup_container.hpp"

namespace nsscope {

std::string container_label(const Container& container) {
    if (!container.name.empty()) return container.name;
    constexpr std::size_t short_id = 12;
    return is_container_id(container.id) ? container.id.substr(0, short_id) : container.id;
}

std::string containers_text(const Snapshot& snapshot, const Namespace& ns) {
    if (ns.containers.empty()) return {};
    if (!ns.container) return fmt::format("+{}", ns.containers.size());
    auto text = to_printable(container_label(snapshot.containers[*ns.container].container));
    if (ns.containers.size() > 1) text += fmt::format(" +{}", ns.containers.size() - 1);
    return text;
}

} // namespace nsscope
