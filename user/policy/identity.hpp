#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/container.hpp"
#include "policy/policy.hpp"

namespace nsscope {

/// What the guard takes a cgroup for. It has to decide in the kernel, from the path alone and before user space has heard
/// of the container. docs/guard.md says it for users, bpf/guard.h for the kernel program.

enum class Truth {
    no,
    unknown,
    yes
};

/// How the name of a cgroup is read that begins in a certain way.
struct CgroupMark {
    enum class Kind {
        is_not,    ///< not a container's, even though it ends like one's
        any,       ///< a container's, whatever follows
        scope,     ///< a container's when something follows, and then ".scope"
        service,   ///< the same with ".service"
        below,     ///< the whole name: what is below is a container's
        below_not, ///< the whole name: what is below is not
    };
    std::string_view prefix;
    Kind kind;
    bool escaped = false; ///< the container's name behind the prefix is written as systemd.unit(5) escapes it
};

/// The longest prefix counts.
[[nodiscard]] std::span<const CgroupMark> cgroup_marks();

/// The id in the name of a cgroup: its last 64 bytes, one ".scope" not counted, when they are hexadecimal digits and
/// nothing, '-' or ':' is before them. Empty: it has none.
[[nodiscard]] std::string_view id_in_cgroup_name(std::string_view component);

struct CgroupIdentity {
    bool container = false;           ///< the path says that this is one
    bool name_known = false;          ///< and what it is called
    std::string_view id{};            ///< the id, or else the name, as it stands in the path
    const CgroupMark* mark = nullptr; ///< by which it was told; nullptr: by an id
    std::size_t depth = 0;            ///< the components down to the container's own, or all
};

/// Reads a path of the unified hierarchy ("/a/b"). The topmost component that is a container's counts, so that nothing
/// that a container makes below its own cgroup makes it another.
[[nodiscard]] CgroupIdentity identify(std::span<const std::string_view> components);

/// The components of a cgroup's path, without empty ones.
[[nodiscard]] std::vector<std::string_view> split_cgroup(std::string_view path);

/// A container that user space knows.
struct KnownContainer {
    Container container{};
    std::string cgroup{}; ///< its own, in the unified hierarchy
    bool operator==(const KnownContainer&) const = default;
};

/// Is `text` an id's beginning to a scope: 4 to 64 hexadecimal digits in small letters?
[[nodiscard]] bool is_id_prefix(std::string_view text);
/// Is `text` a pod's uid: a UUID, or 32 hexadecimal digits?
[[nodiscard]] bool is_pod_uid(std::string_view text);
/// Does only user space know whom the scope is about? Otherwise the path of a cgroup tells.
[[nodiscard]] bool needs_names(const Scope& scope);
/// The names that cgroups of this pod have (`uid`: see is_pod_uid()).
[[nodiscard]] std::vector<std::string> pod_cgroup_names(std::string_view uid);
/// A name as systemd.unit(5) escapes it.
[[nodiscard]] std::string escape_unit_name(std::string_view name);

/// Is the scope (container, pod or kubernetes_namespace) about this container?
[[nodiscard]] bool is_about(const Scope& scope, const Container& container);

/// Does a scope that is about cgroups (cgroup, container, pod, kubernetes_namespace) hold for those in `path`?
/// `in_container`: whether they are in a container at all. Unknown: it is about a name, and the container is none of
/// `known`.
[[nodiscard]] Truth holds_in_cgroup(const Scope& scope, std::string_view path, bool in_container,
                                    std::span<const KnownContainer> known);

} // namespace nsscope
