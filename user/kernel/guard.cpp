#include "kernel/guard.hpp"

#include <bpf/bpf.h>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <fmt/format.h>
#include <iterator>
#include <sys/file.h>
#include <unistd.h>

#include "kernel/features.hpp"

namespace nsscope {
namespace {

/// NSSCOPE_DISABLE can have it that the kernel has no such programs.
Result<void> may_attach() {
    const auto disabled = disabled_features();
    if (!disabled) return Failure(disabled.error());
    if (is_disabled(*disabled, "cgroup_sysctl"))
        return Failure(Error{"sysctls cannot be guarded: switched off by NSSCOPE_DISABLE", "unset it", 0});
    return {};
}

Result<UniqueFd> link_to(const GuardPlace& place, int program) {
    UniqueFd link(bpf_link_create(program, place.cgroup.get(), BPF_CGROUP_SYSCTL, nullptr));
    if (link) return link;
    if (errno == EPERM)
        return errno_failure("cannot attach the guard to the cgroup",
                             "another program is attached there, or above, that allows none beside it "
                             "(bpftool cgroup tree); or run as root");
    return errno_failure("cannot attach the guard to the cgroup");
}

/// Runtimes must be seen before anything that they write is judged: so this comes before the program that judges. So
/// do the files that are opened.
Result<GuardLinks> attach_rest(const GuardObject& object) {
    GuardLinks links;
    for (std::size_t i = 0; i < links.marks.size(); i++) {
        auto link = object.attach_mark(i);
        if (!link) return Failure(link.error());
        links.marks[i] = std::move(*link);
    }
    for (std::size_t i = 0; i < links.lsm.size() && object.why_no_lsm().empty(); i++) {
        auto link = object.attach_lsm(i);
        if (!link) return Failure(link.error());
        links.lsm[i] = std::move(*link);
    }
    return links;
}

std::string pin_path(const GuardPlace& place, std::string_view name) {
    return fmt::format("{}/{}", place.pins, name);
}

/// What a pin holds. A link whose last reference is a pin ends a while after it (bpf_link_put()); one whose last reference is
/// a descriptor ends when that is closed.
UniqueFd open_pin(const std::string& path) { return UniqueFd(bpf_obj_get(path.c_str())); }

/// Pins the link under a new name and then gives it that of the old one, which has ended when this is done.
Result<void> pin_over(const GuardPlace& place, std::string_view name, int link) {
    const auto path = pin_path(place, name);
    const auto old = open_pin(path);
    const auto fresh = path + "_new"; // a BPF file system keeps names with a dot for itself
    ::unlink(fresh.c_str());
    if (bpf_obj_pin(link, fresh.c_str()) == 0 && std::rename(fresh.c_str(), path.c_str()) == 0) return {};
    const int error = errno;
    ::unlink(fresh.c_str());
    return errno_failure(error, fmt::format("cannot pin {}", path));
}

/// False, and errno: it cannot be removed.
bool unpin(const std::string& path) {
    const auto old = open_pin(path);
    return ::unlink(path.c_str()) == 0;
}

Result<UniqueFd> lock(const std::string& pins) {
    UniqueFd directory(::open(pins.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory || ::flock(directory.get(), LOCK_EX) != 0)
        return errno_failure(fmt::format("cannot lock {}", pins));
    return directory;
}

/// Replaces the program of a link that is in force. False: the link's cgroup is gone, and the link is good for nothing.
Result<bool> replace_program(const PinnedGuard& before, int program) {
    if (bpf_link_update(before.link.get(), program, nullptr) == 0) return true;
    if (errno == ENOLINK) return false;
    return errno_failure("cannot replace the policy that is in force");
}

} // namespace

Result<HeldGuard> hold_guard(const GuardPlace& place, const CompiledPolicy& tables, const GuardAbout& about) {
    if (auto allowed = may_attach(); !allowed) return Failure(allowed.error());
    auto object = GuardObject::load(tables, about, place.id, nullptr);
    if (!object) return Failure(object.error());
    HeldGuard held{std::move(*object), {}, {}};
    auto rest = attach_rest(held.object);
    if (!rest) return Failure(rest.error());
    held.rest = std::move(*rest);
    auto link = link_to(place, held.object.program());
    if (!link) return Failure(link.error());
    held.link = std::move(*link);
    return held;
}

Result<void> replace_held(HeldGuard& held, const CompiledPolicy& tables, const GuardAbout& about) {
    auto before = guard_of_link(UniqueFd(::fcntl(held.link.get(), F_DUPFD_CLOEXEC, 0)), "the link");
    if (!before) return Failure(before.error());
    auto object = GuardObject::load(tables, about, before->cgroup_id, &*before);
    if (!object) return Failure(object.error());
    auto rest = attach_rest(*object);
    if (!rest) return Failure(rest.error());
    if (const auto done = replace_program(*before, object->program()); !done) return Failure(done.error());
    held.rest = std::move(*rest); // only now do the old ones go
    held.object = std::move(*object);
    return {};
}

Result<void> pin_guard(const GuardPlace& place, const CompiledPolicy& tables, const GuardAbout& about) {
    if (auto allowed = may_attach(); !allowed) return allowed;
    const auto locked = lock(place.pins);
    if (!locked) return Failure(locked.error());
    auto before = open_pinned_guard(place.pins);
    if (!before) return Failure(before.error());
    const auto object = GuardObject::load(tables, about, place.id, *before ? &**before : nullptr);
    if (!object) return Failure(object.error());
    const auto rest = attach_rest(*object);
    if (!rest) return Failure(rest.error());

    bool replaced = false;
    if (*before) {
        const auto done = replace_program(**before, object->program());
        if (!done) return Failure(done.error());
        replaced = *done;
    }
    if (!replaced) {
        const auto link = link_to(place, object->program());
        if (!link) return Failure(link.error());
        if (auto pinned = pin_over(place, sysctl_pin, link->get()); !pinned) return pinned;
    }
    for (std::size_t i = 0; i < rest->marks.size(); i++)
        if (auto pinned = pin_over(place, mark_pins[i], rest->marks[i].get()); !pinned) return pinned;
    for (std::size_t i = 0; i < rest->lsm.size(); i++) {
        if (!rest->lsm[i])
            unpin(pin_path(place, lsm_pins[i])); // an earlier policy's
        else if (auto pinned = pin_over(place, lsm_pins[i], rest->lsm[i].get()); !pinned)
            return pinned;
    }
    return {};
}

Result<bool> remove_guard(const std::string& pins) {
    const UniqueFd directory(::open(pins.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory && errno == ENOENT) return false;
    if (!directory || ::flock(directory.get(), LOCK_EX) != 0)
        return errno_failure(fmt::format("cannot lock {}", pins));
    bool found = false;
    const auto take_away = [&](std::string_view name) -> Result<void> {
        const auto path = fmt::format("{}/{}", pins, name);
        if (unpin(path))
            found = true;
        else if (errno != ENOENT)
            return errno_failure(fmt::format("cannot remove {}", path));
        return {};
    };
    // This one can be ended while others hold it, too. One that cannot be detached has lost its cgroup, and ends with its pin.
    if (const auto link = open_pin(fmt::format("{}/{}", pins, sysctl_pin)); link)
        static_cast<void>(bpf_link_detach(link.get()));
    // the one that decides goes first: a runtime is never judged without its mark
    if (auto gone = take_away(sysctl_pin); !gone) return Failure(gone.error());
    for (const auto name : lsm_pins)
        if (auto gone = take_away(name); !gone) return Failure(gone.error());
    for (const auto name : mark_pins)
        if (auto gone = take_away(name); !gone) return Failure(gone.error());
    if (::rmdir(pins.c_str()) != 0 && errno != ENOENT)
        return errno_failure(fmt::format("cannot remove {}", pins));
    return found;
}

} // namespace nsscope
