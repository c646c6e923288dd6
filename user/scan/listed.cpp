#include "scan/listed.hpp"

#include <fcntl.h>
#include <utility>

#include "base/listns.hpp"
#include "base/unique_fd.hpp"
#include "scan/hidden_mounts.hpp"
#include "scan/ns_catalog.hpp"
#include "scan/nsfs.hpp"
#include "scan/nsfs_mounts.hpp"

namespace nsscope {

std::optional<std::vector<ListedNamespace>> list_namespaces() {
    std::vector<ListedNamespace> all;
    std::vector<std::uint64_t> ids(4096);
    for (const auto& kind : ns_types) {
        NsIdRequest request;
        request.type = static_cast<std::uint32_t>(kind.clone_flag);
        for (;;) {
            const auto count = listns(request, ids.data(), ids.size());
            if (count < 0 && request.after_id == 0) return std::nullopt;
            if (count <= 0)
                break; // where the last one has gone meanwhile there is no going on from it: ENOENT
            for (const auto id : std::span(ids).first(static_cast<std::size_t>(count)))
                all.push_back({kind.type, id});
            if (static_cast<std::size_t>(count) < ids.size()) break;
            request.after_id = all.back().id;
        }
    }
    return all;
}

void add_listed(Scan& scan, std::span<const ListedNamespace> listed, const std::string& proc_root) {
    const UniqueFd proc(::open(proc_root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    const UniqueFd nsfs(::openat(proc.get(), "self/ns/user", O_RDONLY | O_CLOEXEC));
    if (!nsfs) return;
    NsCatalog known, fresh;
    for (const auto& ns : scan.namespaces) known.mention(ns.type, ns.ref.inum);
    std::vector<NsRef> mount_namespaces;
    for (const auto& ns : listed) {
        auto file = open_by_id(nsfs.get(), ns.type, {0, ns.id});
        const auto inum = file ? inum_of(file.get()) : std::nullopt;
        if (!inum) continue;
        if (ns.type == NsType::mnt) mount_namespaces.push_back({*inum, ns.id});
        fresh.describe(ns.type, *inum, std::move(file));
    }
    if (!mount_namespaces.empty()) {
        const NsfsMounts nothing_read(proc.get(), {});
        const auto is_known = [&](NsType type, std::uint32_t inum) {
            return known.has(type, inum) || fresh.described(type, inum);
        };
        Scan hidden;
        HiddenMounts(proc.get(), nothing_read, fresh, is_known).add(hidden, mount_namespaces);
        scan.mounts.insert(scan.mounts.end(), hidden.mounts.begin(), hidden.mounts.end());
        scan.issues.insert(scan.issues.end(), hidden.issues.begin(), hidden.issues.end());
    }
    for (auto& ns : fresh.take())
        if (!known.has(ns.type, ns.ref.inum)) scan.namespaces.push_back(ns);
}

} // namespace nsscope
