#include "presenter/world.hpp"

#include <algorithm>

namespace nsscope::tui {

const EventLine& World::event(std::size_t index) const {
    const auto end = std::upper_bound(batch_ends.begin(), batch_ends.end(), index);
    const auto batch = static_cast<std::size_t>(end - batch_ends.begin());
    const auto& lines = *batches[batch];
    return lines[lines.size() - (*end - index)];
}

std::uint32_t World::find_namespace(NsType type, std::uint32_t inum) const {
    const auto end = namespaces.begin() + static_cast<std::ptrdiff_t>(live_namespaces);
    const auto number = [](const NsItem& item) { return std::pair(item.ns.type, item.ns.ref.inum); };
    auto found = std::ranges::lower_bound(namespaces.begin(), end, std::pair(type, inum), {}, number);
    const auto after = std::ranges::upper_bound(found, end, std::pair(type, inum), {}, number);
    if (after - found > 1) { // one after the other: that which is in use, if that is one
        const auto has_members = [](const NsItem& item) { return !item.ns.members.empty(); };
        found = std::find_if(found, after, has_members);
        if (found != after && std::find_if(found + 1, after, has_members) != after) return none;
    }
    return found == after ? none : static_cast<std::uint32_t>(found - namespaces.begin());
}

std::uint32_t World::find_process(pid_t pid) const {
    const auto end = processes.begin() + static_cast<std::ptrdiff_t>(live_processes);
    const auto found =
        std::lower_bound(processes.begin(), end, pid,
                         [](const ProcessItem& item, pid_t wanted) { return item.process.pid < wanted; });
    if (found == end || found->process.pid != pid) return none;
    return static_cast<std::uint32_t>(found - processes.begin());
}

std::uint32_t World::find(const Key& key) const {
    const auto search = [&key](const auto& items, auto key_of_item) {
        const auto found = std::find_if(items.begin(), items.end(),
                                        [&](const auto& item) { return key_of_item(item) == key; });
        return found == items.end() ? none : static_cast<std::uint32_t>(found - items.begin());
    };
    switch (key.kind) {
    case Kind::ns: return search(namespaces, [](const NsItem& i) { return key_of(i.ns.type, i.ns.ref); });
    case Kind::process: return search(processes, [](const ProcessItem& i) { return key_of(i.process); });
    case Kind::container:
        return search(containers, [](const ContainerItem& i) { return key_of(i.container); });
    case Kind::cgroup: return search(cgroups, [](const CgroupItem& i) { return key_of(i.cgroup); });
    case Kind::guard: return search(guard, [](const GuardLine& i) { return key_of(i); });
    case Kind::event:
        for (std::size_t i = events(); i-- > 0;)
            if (event(i).seq == key.a) return static_cast<std::uint32_t>(i);
        return none;
    case Kind::nothing:
    case Kind::group: break;
    }
    return none;
}

} // namespace nsscope::tui
