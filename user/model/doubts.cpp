#include "model/doubts.hpp"

#include <type_traits>

namespace nsscope {
namespace {

std::uint64_t key_of(NsType type, std::uint32_t inum) {
    return static_cast<std::uint64_t>(type) << 32 | inum;
}

} // namespace

/// Calls keep(type, inum, moment, is_use) for each reference without an id, and unsets those of which it returns false.
template <typename AnyScan, typename Keep>
void Doubts::for_each_reference(AnyScan& scan, const Keep& keep) const {
    const auto look = [&keep](NsType type, auto& inum, std::size_t moment, bool is_use) {
        if (inum == 0 || keep(type, inum, moment, is_use)) return;
        if constexpr (!std::is_const_v<AnyScan>) inum = 0;
    };
    std::size_t moment = 0;
    for (auto& task : scan.tasks) {
        for (std::size_t i = 0; i < ns_slot_count; ++i)
            if (task.ns[i].id == 0) look(type_of(slot_at(i)), task.ns[i].inum, moment, true);
        ++moment;
    }
    for (auto& file : scan.files)
        if (file.ref.id == 0) look(file.type, file.ref.inum, moment++, true);
    for (auto& mount : scan.mounts)
        if (mount.id == 0) look(mount.type, mount.inum, moment++, true);
    for (auto& ns : scan.namespaces) {
        if (ns.ref.id != 0) continue;
        const auto known = numbers_.find(key_of(ns.type, ns.ref.inum));
        const bool in_use = known != numbers_.end() && known->second.in_use;
        const auto read = in_use ? known->second.first : moment++;
        if (!in_use) look(ns.type, ns.ref.inum, read, false);
        look(NsType::user, ns.owner_user_ns, read, false);
        look(ns.type, ns.parent, read, false); // of other kinds it is 0
    }
}

Doubts::Doubts(const Scan& scan, const IsHeld& is_held) {
    for_each_reference(scan, [&](NsType type, std::uint32_t inum, std::size_t moment, bool is_use) {
        const auto [entry, is_new] = numbers_.try_emplace(key_of(type, inum));
        auto& number = entry->second;
        if (is_new)
            number = {moment, is_use, is_held(type, inum), false};
        else if (!number.held && !number.in_doubt && number.first != moment) {
            number.in_doubt = true;
            ++count_;
        }
        return true;
    });
}

bool Doubts::has(NsType type, std::uint32_t inum) const {
    const auto known = numbers_.find(key_of(type, inum));
    return known != numbers_.end() && known->second.in_doubt;
}

std::uint64_t Doubts::remove_from(Scan& scan) const {
    std::uint64_t removed = 0;
    for_each_reference(scan, [&](NsType type, std::uint32_t inum, std::size_t moment, bool) {
        const auto& number = numbers_.at(key_of(type, inum));
        const bool stays = !number.in_doubt || number.first == moment;
        removed += stays ? 0 : 1;
        return stays;
    });
    std::erase_if(scan.files, [](const ScannedFile& file) { return file.ref.inum == 0; });
    std::erase_if(scan.mounts, [](const ScannedMount& mount) { return mount.inum == 0; });
    std::erase_if(scan.namespaces, [](const ScannedNamespace& ns) { return ns.ref.inum == 0; });
    return removed;
}

} // namespace nsscope
