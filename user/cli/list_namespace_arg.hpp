#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "model/ns_type.hpp"

namespace nsscope {

/// A namespace as the command line names it. Either `path` is to be resolved or `inum` is there.
struct NamespaceArg {
    std::optional<NsType> type{}; ///< none: whatever has the inode number
    std::uint32_t inum = 0;
    std::string path{};
    bool operator==(const NamespaceArg&) const = default;
};

/// Reads TYPE:[INUM], TYPE:INUM, INUM, or, by its slash, a path. Makes no system call. Fails on anything
/// else.
[[nodiscard]] Result<NamespaceArg> parse_namespace_arg(std::string_view text);

/// Finds out which namespace a path such as /proc/PID/ns/TYPE or /run/netns/NAME stands for, by NS_GET_NSTYPE
/// of ioctl_nsfs(2); others than paths are returned as they are. Fails where the path cannot be opened or is
/// no namespace.
[[nodiscard]] Result<NamespaceArg> resolve_namespace_arg(const NamespaceArg& arg);

/// As the kernel writes it: "net:[4026531833]"; without a type the number alone.
[[nodiscard]] std::string to_text(const NamespaceArg& arg);

} // namespace nsscope
