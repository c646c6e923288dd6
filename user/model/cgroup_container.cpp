#include "model/cgroup_container.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace nsscope {
namespace {

bool is_small_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// `text` without what it begins or ends with; false, and `text` as it was, where it does not.
bool take_prefix(std::string_view& text, std::string_view prefix) {
    if (!text.starts_with(prefix)) return false;
    text.remove_prefix(prefix.size());
    return true;
}
bool take_suffix(std::string_view& text, std::string_view suffix) {
    if (!text.ends_with(suffix)) return false;
    text.remove_suffix(suffix.size());
    return true;
}

struct Manager {
    std::string_view prefix; ///< of the cgroup's name, a '-' and the container's id after it
    std::string_view runtime;
};
constexpr std::array<Manager, 6> managers{{
    {"docker", "docker"},
    {"cri-containerd", "containerd"},
    {"nerdctl", "containerd"},
    {"crio", "cri-o"},
    {"libpod-payload", "podman"},
    {"libpod", "podman"},
}};

/// A pod's uid: a UUID, with '_' for '-' in the names of slices, or the 32 digits of a static pod's hash.
bool is_pod_uid(std::string_view text) {
    if (text.size() == 32) return std::all_of(text.begin(), text.end(), is_small_hex);
    if (text.size() != 36) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? text[i] != '-' && text[i] != '_' : !is_small_hex(text[i])) return false;
    }
    return true;
}

/// A kubepods slice or directory without its QoS class holds the guaranteed pods.
std::string_view qos_after(std::string_view parent) {
    if (parent == "burstable" || parent == "besteffort") return parent;
    return parent == "kubepods" ? "guaranteed" : "";
}

/// Undoes unit_name_escape() of systemd (src/basic/unit-name.c). A machine's name holds no '/', which a '-'
/// would stand for.
std::string undo_unit_escapes(std::string_view text) {
    const auto digit = [](char c) { return is_digit(c) ? c - '0' : c - 'a' + 10; };
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto escape = text.substr(i, 4);
        if (escape.size() == 4 && escape.starts_with("\\x") && is_small_hex(escape[2]) &&
            is_small_hex(escape[3])) {
            plain += static_cast<char>(digit(escape[2]) * 16 + digit(escape[3]));
            i += 3;
        } else {
            plain += text[i];
        }
    }
    return plain;
}

/// Whether libvirt gave a machine this name: DRIVER-NUMBER-NAME (virDomainGenerateMachineName(),
/// src/hypervisor/domain_driver.c).
bool is_libvirt_machine(std::string_view machine, std::string_view driver) {
    if (!take_prefix(machine, driver) || !take_prefix(machine, "-")) return false;
    const auto digits = std::find_if_not(machine.begin(), machine.end(), is_digit) - machine.begin();
    return digits > 0 && machine.substr(static_cast<std::size_t>(digits)).starts_with('-');
}

/// Goes through the components of one path.
class Reader {
  public:
    /// `end`: the length of the path up to and with this component. `next`: the one after it, or empty.
    void take(std::string_view component, std::string_view next, std::size_t end) {
        const bool container = take_container(component, next, end);
        if (!container) take_pod(component);
        before_ = container ? std::string_view() : component; // the name of a container means nothing more
    }
    [[nodiscard]] std::optional<CgroupContainer> result() { return std::move(innermost_); }

  private:
    bool take_container(std::string_view component, std::string_view next, std::size_t end) {
        return take_with_id(component, end) || take_lxc(component, end) || take_nspawn(component, next, end);
    }

    bool found(std::string_view id, std::string_view runtime, std::size_t end, std::string_view name = {}) {
        innermost_ = CgroupContainer{
            {std::string(id), std::string(runtime), std::string(name), std::exchange(pod_, std::nullopt)},
            end};
        return true;
    }

    /// Those that have an id of 64 digits.
    bool take_with_id(std::string_view component, std::size_t end) {
        if (is_container_id(component)) {
            if (before_ == "libpod_parent") return false; // Podman's pod
            return found(component, before_ == "docker" ? "docker" : "", end);
        }
        // SLICE:PREFIX:ID is for runc's systemd driver. Its other driver takes that for the name of a directory.
        const auto last = component.rfind(':');
        const auto first = component.find(':');
        if (last != first) {
            const auto* manager = manager_named(component.substr(first + 1, last - first - 1));
            const auto id = component.substr(last + 1);
            if (manager == nullptr || !is_container_id(id)) return false;
            take_pod(component.substr(0, first));
            return found(id, manager->runtime, end);
        }
        auto unit = component;
        take_suffix(unit, ".scope");
        const auto dash = unit.rfind('-');
        if (dash == std::string_view::npos || !is_container_id(unit.substr(dash + 1))) return false;
        const auto* manager = manager_named(unit.substr(0, dash));
        return manager != nullptr && found(unit.substr(dash + 1), manager->runtime, end);
    }

    static const Manager* manager_named(std::string_view prefix) {
        const auto* const place = std::find_if(managers.begin(), managers.end(),
                                               [&](const Manager& m) { return m.prefix == prefix; });
        return place == managers.end() ? nullptr : place;
    }

    bool take_lxc(std::string_view component, std::size_t end) {
        auto name = component;
        if (before_ != "lxc" && before_ != "lxc.payload" && !take_prefix(name, "lxc.payload.")) return false;
        return !name.empty() && found(name, "lxc", end, name);
    }

    bool take_nspawn(std::string_view component, std::string_view next, std::size_t end) {
        // With a service of its own, systemd-nspawn puts itself and the machine below it.
        if (auto machine = before_; component == "payload" && take_prefix(machine, "systemd-nspawn@") &&
                                    take_suffix(machine, ".service") && !machine.empty())
            return found(machine, "nspawn", end, machine);
        auto unit = component;
        if (!take_prefix(unit, "machine-") || !take_suffix(unit, ".scope") || next == "supervisor")
            return false;
        if (!before_.ends_with(".slice") && before_ != "..") return false;
        const auto machine = undo_unit_escapes(unit);
        if (machine.empty() || is_libvirt_machine(machine, "qemu")) return false; // a virtual machine
        return found(machine, is_libvirt_machine(machine, "lxc") ? "" : "nspawn", end, machine);
    }

    void take_pod(std::string_view component) {
        if (auto uid = component; take_prefix(uid, "pod") && is_pod_uid(uid))
            return keep_pod(uid, qos_after(before_));
        if (before_ == "libpod_parent" && is_container_id(component)) return keep_pod(component, "");
        auto slice = component;
        if (!take_suffix(slice, ".slice")) return;
        const auto dash = slice.rfind('-');
        if (dash == std::string_view::npos) return;
        auto uid = slice.substr(dash + 1);
        const auto parent = slice.substr(0, dash);
        if (take_prefix(uid, "libpod_pod_")) {
            if (is_container_id(uid)) keep_pod(uid, "");
        } else if (take_prefix(uid, "pod") && is_pod_uid(uid)) {
            const auto parent_dash = parent.rfind('-');
            keep_pod(uid, qos_after(parent_dash == std::string_view::npos ? parent
                                                                          : parent.substr(parent_dash + 1)));
        }
    }

    void keep_pod(std::string_view uid, std::string_view qos) {
        pod_ = Pod{std::string(uid), {}, {}, std::string(qos)};
        std::replace(pod_->uid.begin(), pod_->uid.end(), '_', '-');
    }

    std::string_view before_;
    std::optional<Pod> pod_; ///< that what follows is in
    std::optional<CgroupContainer> innermost_;
};

} // namespace

bool is_container_id(std::string_view text) {
    return text.size() == 64 && std::all_of(text.begin(), text.end(), is_small_hex);
}

std::optional<CgroupContainer> container_of_cgroup(std::string_view path) {
    take_suffix(path, " (deleted)");
    Reader reader;
    std::string_view waiting; // a component that has yet to see the next one
    std::size_t waiting_end = 0;
    for (std::size_t start = 0; start < path.size();) {
        const auto end = std::min(path.find('/', start), path.size());
        const auto component = path.substr(start, end - start);
        start = end + 1;
        if (component.empty()) continue;
        if (!waiting.empty()) reader.take(waiting, component, waiting_end);
        waiting = component;
        waiting_end = end;
    }
    if (!waiting.empty()) reader.take(waiting, {}, waiting_end);
    return reader.result();
}

} // namespace nsscope
