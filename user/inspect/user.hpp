#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

#include "inspect/look.hpp"
#include "inspect/parse.hpp"

namespace nsscope {

/// A process in a user namespace, with its capabilities there: bit N is number N of capabilities(7).
struct UserMember {
    pid_t pid = 0;
    std::string comm; ///< raw bytes
    uid_t uid = 0;    ///< effective, as nsscope's own user namespace sees it
    std::uint64_t inheritable = 0, permitted = 0, effective = 0, bounding = 0, ambient = 0;
};

struct OwnedNamespace {
    NsType type{};
    std::uint32_t inum = 0;
};

/// A user namespace, user_namespaces(7).
struct UserContents {
    std::optional<uid_t> owner;    ///< who made it, as nsscope's own user namespace sees it
    std::optional<unsigned> depth; ///< 0: the initial one
    std::optional<std::vector<IdRange>> uid_map, gid_map; ///< empty: none written yet
    std::optional<bool> setgroups;                        ///< whether setgroups(2) is allowed in it
    std::vector<OwnedNamespace> owns;                     ///< by kind and inum
    std::vector<UserMember> members;                      ///< by pid
};
/// Maps are as nsscope's own user namespace sees them; from a member, or where there is none from a child process that
/// enters it.
[[nodiscard]] UserContents inspect_user(const Look& look);

} // namespace nsscope
