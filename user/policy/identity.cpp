#include "policy/identity.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace nsscope {
namespace {

using Kind = CgroupMark::Kind;

/// Managers whose cgroups end with an id of 64 digits need no entry.
constexpr std::array marks{
    CgroupMark{"libpod-conmon-", Kind::is_not},   // watches a container of Podman's, from outside
    CgroupMark{"crio-conmon-", Kind::is_not},     // of CRI-O's
    CgroupMark{"libpod_parent", Kind::below_not}, // below are Podman's pods, and containers in these
    CgroupMark{"lxc.payload.", Kind::any},
    CgroupMark{"lxc.payload", Kind::below},
    CgroupMark{"lxc", Kind::below},
    CgroupMark{"machine-", Kind::scope, true}, // systemd-nspawn, and whatever else machined knows
    CgroupMark{"machine-qemu", Kind::is_not},  // libvirt's virtual machines
    CgroupMark{"systemd-nspawn@", Kind::service, true},
    CgroupMark{"runc-", Kind::scope}, // the systemd drivers of runc and crun, without a manager above them
    CgroupMark{"crun-", Kind::scope},
};

constexpr std::size_t id_length = 64;

bool is_small_hex(std::string_view text) {
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_whole_name(Kind kind) { return kind == Kind::below || kind == Kind::below_not; }

/// What stands between the mark's prefix and the end that it asks for; empty: it is not such a name.
std::string_view named_part(std::string_view component, const CgroupMark& mark) {
    auto rest = component.substr(mark.prefix.size());
    const std::string_view end = mark.kind == Kind::scope     ? ".scope"
                                 : mark.kind == Kind::service ? ".service"
                                                              : "";
    if (!rest.ends_with(end)) return {};
    rest.remove_suffix(end.size());
    return rest;
}

/// The mark that the component bears.
const CgroupMark* mark_of(std::string_view component) {
    const CgroupMark* found = nullptr;
    for (const auto& mark : marks) {
        if (is_whole_name(mark.kind) ? component != mark.prefix : !component.starts_with(mark.prefix))
            continue;
        // the whole name is one byte longer than the same as a prefix: its end counts
        if (found == nullptr ||
            mark.prefix.size() + is_whole_name(mark.kind) > found->prefix.size() + is_whole_name(found->kind))
            found = &mark;
    }
    if (found != nullptr && (found->kind == Kind::scope || found->kind == Kind::service) &&
        named_part(component, *found).empty())
        return nullptr;
    return found;
}

/// Does the path say that this is the container called `name`?
bool is_called(const CgroupIdentity& identity, std::string_view name) {
    if (!identity.name_known) return false;
    // what is "below" has no mark of its own, so the kernel knows it by the whole path: /lxc/NAME
    if (identity.mark->kind == Kind::below && identity.depth != 2) return false;
    return identity.id == (identity.mark->escaped ? escape_unit_name(name) : std::string(name));
}

using Path = std::vector<std::string_view>;

bool is_below(const Path& path, const Path& top) {
    return path.size() >= top.size() && std::equal(top.begin(), top.end(), path.begin());
}

} // namespace

std::span<const CgroupMark> cgroup_marks() { return marks; }

std::string_view id_in_cgroup_name(std::string_view component) {
    if (component.ends_with(".scope")) component.remove_suffix(6);
    if (component.size() < id_length) return {};
    const auto before = component.size() - id_length;
    if (before > 0 && component[before - 1] != '-' && component[before - 1] != ':') return {};
    const auto id = component.substr(before);
    return is_small_hex(id) ? id : std::string_view{};
}

CgroupIdentity identify(std::span<const std::string_view> components) {
    const CgroupMark* above = nullptr;
    for (std::size_t i = 0; i < components.size(); ++i) {
        const auto component = components[i];
        const auto* mark = mark_of(component);
        CgroupIdentity found{.container = true, .depth = i + 1};
        if (above != nullptr && above->kind == Kind::below) {
            found.name_known = true;
            found.id = component;
            found.mark = above;
            return found;
        }
        const bool is_not = (above != nullptr && above->kind == Kind::below_not) ||
                            (mark != nullptr && mark->kind == Kind::is_not);
        if (!is_not && mark != nullptr && !is_whole_name(mark->kind)) {
            found.name_known = true;
            found.id = named_part(component, *mark);
            found.mark = mark;
            return found;
        }
        if (!is_not) {
            found.id = id_in_cgroup_name(component);
            if (!found.id.empty()) return found;
        }
        above = mark;
    }
    return {.depth = components.size()};
}

std::vector<std::string_view> split_cgroup(std::string_view path) {
    std::vector<std::string_view> parts;
    for (std::size_t start = 0; start < path.size();) {
        const auto end = std::min(path.find('/', start), path.size());
        if (end > start) parts.push_back(path.substr(start, end - start));
        start = end + 1;
    }
    return parts;
}

bool is_id_prefix(std::string_view text) {
    return text.size() >= 4 && text.size() <= id_length && is_small_hex(text);
}

bool is_pod_uid(std::string_view text) {
    if (text.size() == 32) return is_small_hex(text);
    if (text.size() != 36) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? text[i] != '-' : !is_small_hex(text.substr(i, 1))) return false;
    }
    return true;
}

bool needs_names(const Scope& scope) {
    switch (scope.kind) {
    case Scope::Kind::container: return !(is_id_prefix(scope.text) && scope.text.size() >= 12);
    case Scope::Kind::pod: return !is_pod_uid(scope.text);
    case Scope::Kind::kubernetes_namespace: return true;
    default: return false;
    }
}

std::vector<std::string> pod_cgroup_names(std::string_view uid) {
    std::string escaped(uid);
    std::replace(escaped.begin(), escaped.end(), '-', '_');
    std::vector<std::string> names{fmt::format("pod{}", uid)};
    for (const auto* const top : {"kubepods", "kubelet-kubepods"})
        for (const auto* const qos : {"", "-burstable", "-besteffort"})
            names.push_back(fmt::format("{}{}-pod{}.slice", top, qos, escaped));
    return names;
}

std::string escape_unit_name(std::string_view name) {
    std::string out;
    for (std::size_t i = 0; i < name.size(); ++i) {
        const char c = name[i];
        const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           c == ':' || c == '_' || (c == '.' && i > 0);
        if (plain)
            out += c;
        else if (c == '/')
            out += '-';
        else
            out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
    return out;
}

bool is_about(const Scope& scope, const Container& container) {
    const auto* const pod = container.pod ? &*container.pod : nullptr;
    switch (scope.kind) {
    case Scope::Kind::container:
        return container.id == scope.text || (!container.name.empty() && container.name == scope.text) ||
               (is_id_prefix(scope.text) && container.id.starts_with(scope.text));
    case Scope::Kind::pod:
        return pod != nullptr && (pod->uid == scope.text || pod->name == scope.text) &&
               (scope.ns.empty() || scope.ns == pod->ns);
    case Scope::Kind::kubernetes_namespace: return pod != nullptr && pod->ns == scope.text;
    default: return false;
    }
}

Truth holds_in_cgroup(const Scope& scope, std::string_view path, bool in_container,
                      std::span<const KnownContainer> known) {
    const auto components = split_cgroup(path);
    if (scope.kind == Scope::Kind::cgroup)
        return is_below(components, split_cgroup(scope.text)) ? Truth::yes : Truth::no;
    const auto identity = identify(components);
    if (scope.kind == Scope::Kind::container && identity.container) {
        if (identity.name_known ? is_called(identity, scope.text)
                                : is_id_prefix(scope.text) && identity.id.starts_with(scope.text))
            return Truth::yes;
    }
    if (scope.kind == Scope::Kind::pod && is_pod_uid(scope.text)) {
        const auto names = pod_cgroup_names(scope.text);
        for (std::size_t i = 0; i < identity.depth; ++i)
            if (std::find(names.begin(), names.end(), components[i]) != names.end()) return Truth::yes;
    }
    bool is_known = identity.name_known;
    for (const auto& one : known) {
        const auto own = split_cgroup(one.cgroup);
        if (own.empty() || !is_below(components, own)) continue;
        if (is_about(scope, one.container)) return Truth::yes;
        is_known = true;
    }
    if (!needs_names(scope) || is_known || !in_container) return Truth::no;
    return Truth::unknown;
}

} // namespace nsscope
