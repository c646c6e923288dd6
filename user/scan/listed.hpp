#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/scan.hpp"

namespace nsscope {

/// A namespace that the kernel says is there.
struct ListedNamespace {
    NsType type{};
    std::uint64_t id = 0;
    bool operator==(const ListedNamespace&) const = default;
};

/// The kernel's own enumeration of the namespaces that are in use, by type, then id: listns(2), 6.19 and later. What the
/// caller has no CAP_SYS_ADMIN over is not in it. nullopt: the kernel has none.
[[nodiscard]] std::optional<std::vector<ListedNamespace>> list_namespaces();

/// Adds namespaces that no process, file or mount of the scan explains: their numbers, owners and parents, by opening each by
/// its id; and what is mounted in the mount namespaces among them. Those that are gone meanwhile are left out.
void add_listed(Scan& scan, std::span<const ListedNamespace> listed, const std::string& proc_root);

} // namespace nsscope
