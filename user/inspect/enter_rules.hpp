#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

#include "model/ns_type.hpp"

namespace nsscope {

/// A user namespace and who made it, as nsscope's own user namespace sees it.
struct UserNsLink {
    std::uint32_t inum = 0;
    std::optional<uid_t> owner_uid;
    bool operator==(const UserNsLink&) const = default;
};

/// All that decides whether setns(2) lets a process into a namespace: plain facts. nullopt: not known.
struct EnterFacts {
    // the process
    uid_t effective_uid = 0;          ///< as nsscope's own user namespace sees it
    std::uint64_t effective_caps = 0; ///< bit N is capability number N, in the process's own user namespace
    std::uint32_t user_ns = 0;        ///< inums of the namespaces that it is in
    std::uint32_t pid_ns = 0;         ///< not that of its children
    std::uint64_t threads = 1;
    std::optional<bool> shares_fs; ///< root and working directory (CLONE_FS), with another thread or process
    std::optional<bool> shares_memory; ///< with another process (CLONE_VM)
    bool chrooted = false;
    unsigned seccomp = 0; ///< 0: none, 1: strict, 2: a filter

    // the namespace
    NsType type{};
    std::uint32_t inum = 0;
    /// The user namespace whose capabilities rule it (a user namespace: itself), and that one's ancestors, from the
    /// nearest to the farthest that can be seen. Empty: it cannot be seen.
    std::vector<UserNsLink> rulers;
    std::vector<std::uint32_t> pid_chain; ///< pid: itself and its ancestors, as far as they can be seen
};

/// One thing that setns(2) asks for.
struct EnterRule {
    std::string_view name;     ///< e.g. "target_cap_sys_admin"
    std::optional<bool> holds; ///< nullopt: not known
    std::string text;          ///< what it is about, and how that is here, in a sentence
    std::string_view error;    ///< what setns(2) answers where this is the first that does not hold: "EPERM"
    std::string_view cites;    ///< the manual page that says so; where none does, the place in the kernel
};

struct EnterVerdict {
    std::optional<bool> can_enter; ///< nullopt: it hangs on what is not known
    std::string_view error;        ///< of setns(2), where can_enter is false; empty: not known which one
    std::vector<EnterRule> rules;  ///< in the order in which the kernel asks
};

/// Whether the process, which has a descriptor of the namespace, could join it by setns(2) alone, and by what rules:
/// kernel/nsproxy.c and each kind's install function (Linux 5.10 to 6.18 ask the same, in this order). What a security
/// module or a seccomp filter says beyond that is not known; such a filter makes the answer unknown.
[[nodiscard]] EnterVerdict judge_entry(const EnterFacts& facts);

/// Whether somebody with this user id and these effective capabilities in `user_ns` has a capability in the first of
/// `rulers`: user_namespaces(7), and cap_capable() of security/commoncap.c.
[[nodiscard]] std::optional<bool> is_capable(const EnterFacts& facts, unsigned capability);

} // namespace nsscope
