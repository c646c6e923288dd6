#include "scan/ns_catalog.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "scan/nsfs.hpp"

namespace nsscope {

namespace {

std::uint64_t key(NsType type, std::uint32_t inum) { return static_cast<std::uint64_t>(type) << 32 | inum; }

} // namespace

NsCatalog::Entry& NsCatalog::entry(NsType type, std::uint32_t inum) {
    const auto [at, fresh] = index_.try_emplace(key(type, inum), entries_.size());
    if (fresh) {
        Entry made;
        made.ns.type = type;
        made.ns.ref.inum = inum;
        entries_.push_back(std::move(made));
    }
    return entries_[at->second];
}

bool NsCatalog::has(NsType type, std::uint32_t inum) const { return index_.contains(key(type, inum)); }

bool NsCatalog::described(NsType type, std::uint32_t inum) const {
    const auto at = index_.find(key(type, inum));
    return at != index_.end() && entries_[at->second].described;
}

bool NsCatalog::holds(NsType type, std::uint32_t inum) const {
    const auto at = index_.find(key(type, inum));
    return at != index_.end() && entries_[at->second].held;
}

void NsCatalog::describe(NsType type, std::uint32_t inum, UniqueFd file) {
    // Each one asked about may add its relatives; entries are marked as they are asked, so that this ends
    // at the roots (the kernel nests pid and user namespaces 32 deep).
    pending_.push_back({type, inum, std::move(file)});
    while (!pending_.empty()) {
        auto question = std::move(pending_.back());
        pending_.pop_back();
        ask(std::move(question));
    }
}

void NsCatalog::ask(Pending question) {
    const int fd = question.file.get();
    {
        auto& known = entry(question.type, question.inum);
        if (std::exchange(known.described, true)) return;
        if (kernel_has_ids_) {
            errno = 0;
            if (const auto id = id_of(fd))
                known.ns.ref.id = *id;
            else if (errno == ENOTTY)
                kernel_has_ids_ = false;
        }
    }
    // A user namespace's owner is its parent (kernel/user_namespace.c, userns_owner), and one question
    // answers both. follow() may move the entries, so each is looked up again after it.
    const auto owner = follow(NsType::user, open_owner(fd));
    std::uint32_t parent = 0;
    std::optional<uid_t> creator;
    if (question.type == NsType::user) {
        parent = owner;
        creator = owner_uid_of(fd);
    } else if (question.type == NsType::pid) {
        parent = follow(NsType::pid, open_parent(fd));
    }
    auto& known = entry(question.type, question.inum);
    auto& ns = known.ns;
    ns.owner_user_ns = owner;
    ns.parent = parent;
    ns.has_owner_uid = creator.has_value();
    ns.owner_uid = creator.value_or(0);
    known.held = held_.size() < most_held_;
    if (known.held)
        held_.push_back(std::move(question.file));
    else
        ++not_held_;
}

std::uint32_t NsCatalog::follow(NsType type, UniqueFd relative) {
    if (!relative) return 0;
    const auto inum = inum_of(relative.get());
    if (!inum) return 0;
    mention(type, *inum);
    if (!described(type, *inum)) pending_.push_back({type, *inum, std::move(relative)});
    return *inum;
}

std::uint64_t NsCatalog::id(NsType type, std::uint32_t inum) const {
    const auto at = index_.find(key(type, inum));
    return at == index_.end() ? 0 : entries_[at->second].ns.ref.id;
}

void NsCatalog::merge(const NsCatalog& other) {
    index_.reserve(size() + other.size());
    entries_.reserve(size() + other.size());
    for (const auto& theirs : other.entries_) {
        auto& ours = entry(theirs.ns.type, theirs.ns.ref.inum);
        if (!ours.described) ours = theirs;
    }
    not_held_ += other.not_held_;
}

std::vector<NsRef> NsCatalog::refs(NsType type) const {
    std::vector<NsRef> refs;
    for (const auto& known : entries_)
        if (known.ns.type == type) refs.push_back(known.ns.ref);
    return refs;
}

std::vector<ScannedNamespace> NsCatalog::take() {
    std::vector<ScannedNamespace> all;
    all.reserve(entries_.size());
    for (auto& known : entries_) all.push_back(known.ns);
    std::sort(all.begin(), all.end(), [](const ScannedNamespace& a, const ScannedNamespace& b) {
        return key(a.type, a.ref.inum) < key(b.type, b.ref.inum);
    });
    entries_.clear();
    index_.clear();
    return all;
}

} // namespace nsscope
