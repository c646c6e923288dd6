#include "model/ns_table.hpp"

namespace nsscope {
namespace {

std::uint64_t key_of(NsType type, std::uint32_t inum) {
    return std::uint64_t{inum} * ns_type_count + static_cast<std::uint64_t>(type);
}

} // namespace

/// The entry with this id or without one; for id 0 the only one. `none`: another id, or there are several.
std::uint32_t NsTable::find_in_chain(std::uint32_t first, std::uint64_t id) const {
    if (id == 0) return entries_[first].next == none ? first : none;
    for (std::uint32_t i = first; i != none; i = entries_[i].next) {
        const std::uint64_t known = entries_[i].ref.id;
        if (known == id || known == 0) return i; // an entry without id is the only one of its chain
    }
    return none;
}

std::uint32_t NsTable::add(NsType type, NsRef ref) {
    if (ref.inum == 0) return none;
    const auto fresh = static_cast<std::uint32_t>(entries_.size());
    const auto [position, inserted] = first_.try_emplace(key_of(type, ref.inum), fresh);
    if (!inserted) {
        const std::uint32_t known = find_in_chain(position->second, ref.id);
        if (known != none) {
            if (ref.id != 0) entries_[known].ref.id = ref.id;
            return known;
        }
        if (ref.id == 0) {
            ++ambiguous_;
            return none;
        }
    }
    entries_.push_back({type, ref, inserted ? none : position->second});
    position->second = fresh;
    return fresh;
}

std::uint32_t NsTable::find(NsType type, NsRef ref) const {
    if (ref.inum == 0) return none;
    const auto position = first_.find(key_of(type, ref.inum));
    return position == first_.end() ? none : find_in_chain(position->second, ref.id);
}

} // namespace nsscope
