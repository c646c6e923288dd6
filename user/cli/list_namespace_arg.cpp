#include "cli/list_namespace_arg.hpp"

#include <charconv>

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/nsfs.h>
#include <sys/ioctl.h>

#include "base/unique_fd.hpp"
#include "scan/nsfs.hpp"

namespace nsscope {
namespace {

Failure malformed(std::string_view text) {
    return Failure(Error{fmt::format("'{}' is no namespace", text),
                         "accepted are TYPE:[INUM], TYPE:INUM, INUM and /proc/PID/ns/TYPE, TYPE being one of "
                         "cgroup ipc mnt net "
                         "pid time user uts"});
}

std::optional<std::uint32_t> parse_inum(std::string_view text) {
    std::uint32_t inum = 0;
    const auto* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, inum);
    if (error != std::errc{} || stop != end || inum == 0) return std::nullopt;
    return inum;
}

std::string_view without_brackets(std::string_view text) {
    if (text.size() > 2 && text.front() == '[' && text.back() == ']') return text.substr(1, text.size() - 2);
    return text;
}

/// Opens a namespace file and nothing else: opening a device or a pipe to see what it is may act or wait.
Result<UniqueFd> open_nsfs(const std::string& path) {
    const UniqueFd place(::open(path.c_str(), O_PATH | O_CLOEXEC));
    if (!place) return errno_failure(fmt::format("cannot open {}", path));
    if (!is_nsfs(place.get()))
        return Failure(Error{fmt::format("{} is no namespace", path),
                             "a path must lead to a namespace, as /proc/PID/ns/TYPE and its mounts do"});
    UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) return errno_failure(fmt::format("cannot open {}", path));
    return file;
}

std::optional<NsType> type_of_clone_flag(int flag) {
    for (const auto& type : ns_types)
        if (flag > 0 && type.clone_flag == static_cast<std::uint64_t>(flag)) return type.type;
    return std::nullopt;
}

} // namespace

Result<NamespaceArg> parse_namespace_arg(std::string_view text) {
    if (text.find('/') != std::string_view::npos) return NamespaceArg{.path = std::string(text)};
    NamespaceArg arg;
    auto number = text;
    if (const auto colon = text.find(':'); colon != std::string_view::npos) {
        arg.type = ns_type_from_name(text.substr(0, colon));
        if (!arg.type) return malformed(text);
        number = without_brackets(text.substr(colon + 1));
    }
    const auto inum = parse_inum(number);
    if (!inum) return malformed(text);
    arg.inum = *inum;
    return arg;
}

Result<NamespaceArg> resolve_namespace_arg(const NamespaceArg& arg) {
    if (arg.path.empty()) return arg;
    const auto file = open_nsfs(arg.path);
    if (!file) return Failure(file.error());
    const auto type = type_of_clone_flag(::ioctl(file->get(), NS_GET_NSTYPE));
    const auto inum = inum_of(file->get());
    if (!type || !inum) return Failure(Error{fmt::format("{} is a namespace of an unknown kind", arg.path)});
    return NamespaceArg{.type = type, .inum = *inum};
}

std::string to_text(const NamespaceArg& arg) {
    if (!arg.path.empty()) return arg.path;
    return arg.type ? fmt::format("{}:[{}]", name(*arg.type), arg.inum) : std::to_string(arg.inum);
}

} // namespace nsscope
