#include "engine/container_book.hpp"

#include <algorithm>
#include <array>
#include <fcntl.h>
#include <string>

#include "base/clock.hpp"
#include "base/unique_fd.hpp"
#include "model/cgroup_container.hpp"
#include "scan/cgroup_usage.hpp"
#include "scan/container_names.hpp"
#include "scan/nsfs.hpp"
#include "scan/task_dir.hpp"

namespace nsscope {
namespace {

/// Cgroups that are remembered after they are gone: of what is read late.
constexpr std::size_t most_gone = 4096;
constexpr std::size_t most_cgroups = 200'000;
constexpr std::size_t most_records = 4096;
/// A runtime writes down its container's cgroup milliseconds after it has made it: looked for so often, at distances that
/// double.
constexpr int most_tries = 8;
constexpr std::uint64_t first_distance_ns = 1'000'000;
/// Between two looks at the directories, whoever asks.
constexpr std::uint64_t shortest_ns = 500'000;

bool climb(std::string_view& path) {
    const auto slash = path.rfind('/');
    if (slash == std::string_view::npos || slash == 0) return false;
    path = path.substr(0, slash);
    return true;
}

/// "ID", "PREFIX-ID.scope" (systemd's cgroup managers of runc and crun).
bool is_named_after(std::string_view leaf, std::string_view id) {
    if (leaf == id) return true;
    if (!leaf.ends_with(".scope")) return false;
    leaf.remove_suffix(6);
    return leaf.ends_with(id) && leaf.size() > id.size() && leaf[leaf.size() - id.size() - 1] == '-';
}

bool is_below_user_slice(std::string_view path, uid_t user) {
    return path.starts_with("/user.slice/user-" + std::to_string(user) + ".slice/");
}

std::optional<TaskDir> task_dir(const std::string& proc_root, std::uint32_t pid) {
    const UniqueFd proc(::open(proc_root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!proc) return std::nullopt;
    auto dir = TaskDir::open(proc.get(), std::to_string(pid).c_str());
    if (!dir) return std::nullopt;
    return std::move(*dir);
}

std::uint32_t mount_namespace(const std::string& proc_root, std::uint32_t pid) {
    const auto dir = task_dir(proc_root, pid);
    const auto file = dir ? dir->open_namespace(NsSlot::mnt) : UniqueFd();
    return file ? inum_of(file.get()).value_or(0) : 0;
}

/// What a process is in; empty where it is gone.
std::vector<NsChange> namespaces_of(const std::string& proc_root, std::uint32_t pid) {
    std::vector<NsChange> namespaces;
    const auto dir = task_dir(proc_root, pid);
    if (!dir) return namespaces;
    for (std::size_t i = 0; i < ns_slot_count; ++i) {
        const auto slot = slot_at(i);
        if (is_for_children(slot)) continue;
        const auto file = dir->open_namespace(slot);
        const auto inum = file ? inum_of(file.get()) : std::nullopt;
        if (!inum) continue;
        namespaces.push_back({.slot = slot, .from = {}, .to = NsRef{*inum, id_of(file.get()).value_or(0)}});
    }
    return namespaces;
}

} // namespace

ContainerBook::ContainerBook(ContainerPlaces places) : places_(std::move(places)) {}

void ContainerBook::seed(const std::string& mount_point) {
    if (mount_point.empty()) return;
    const auto ids = list_cgroups(mount_point, most_cgroups);
    look_at_runtimes();
    for (const auto& [id, path] : ids) {
        auto& cgroup = cgroups_[id];
        cgroup.path = path;
        cgroup.tries = 1;
        find(id, cgroup);
        if (const auto found = containers_.find(cgroup.place); found != containers_.end())
            found->second.has_started = true; // before we came
    }
}

void ContainerBook::look_at_runtimes() {
    last_look_ns_ = monotonic_ns();
    auto state = read_runtime_state(places_.root, seen_);
    unborn_ = std::move(state.unborn);
    for (auto& record : state.records) records_.push_back(std::move(record));
    if (records_.size() > most_records)
        records_.erase(records_.begin(), records_.end() - static_cast<std::ptrdiff_t>(most_records / 2));
}

/// The container that a cgroup above this one is of.
std::uint64_t ContainerBook::by_parent(std::string_view path) const {
    do {
        if (const auto found = by_path_.find(std::string(path)); found != by_path_.end())
            return found->second;
    } while (climb(path));
    return 0;
}

/// What a runtime says about the cgroup or one above it, and how long that one's path is.
std::optional<std::pair<Container, std::size_t>> ContainerBook::by_runtime(const std::string& path) const {
    for (std::string_view own = path; own.size() > 1;) {
        for (auto record = records_.rbegin(); record != records_.rend(); ++record) { // the latest first
            if (record->user && !is_below_user_slice(own, *record->user)) continue;
            const auto names = [own](const std::string& cgroup) { return cgroup.ends_with(own); };
            const auto leaf = own.substr(own.rfind('/') + 1);
            if (!std::ranges::any_of(record->cgroups, names) &&
                (record->unit.empty() || leaf != record->unit))
                continue;
            auto container = record->container;
            if (container.runtime.empty()) container.runtime = record->oci_runtime;
            return std::pair(std::move(container), own.size());
        }
        if (!climb(own)) break;
    }
    const auto leaf = std::string_view(path).substr(path.rfind('/') + 1);
    for (const auto& one : unborn_) {
        if (one.user && !is_below_user_slice(path, *one.user)) continue;
        if (is_named_after(leaf, one.id))
            return std::pair(Container{.id = one.id, .runtime = one.runtime, .name = {}, .pod = {}},
                             path.size());
    }
    return std::nullopt;
}

void ContainerBook::take(std::uint64_t id, Cgroup& cgroup, Container container, std::size_t length) {
    const auto own = cgroup.path.substr(0, length);
    const auto [place, is_new] = by_path_.try_emplace(own, last_place_ + 1);
    if (is_new) {
        auto& running = containers_[++last_place_];
        ContainerNames names(places_.root, places_.home);
        names.complete(container);
        running.container = std::move(container);
        running.path = own;
    }
    cgroup.place = place->second;
    auto& running = containers_[cgroup.place];
    if (cgroup.path.size() == length) running.id = id;
    ++running.cgroups;
}

void ContainerBook::find(std::uint64_t id, Cgroup& cgroup) {
    --cgroup.tries;
    const auto told = container_of_cgroup(cgroup.path);
    const auto parent = by_parent(cgroup.path);
    if (parent != 0 && (!told || told->length <= containers_[parent].path.size())) {
        cgroup.place = parent;
        ++containers_[parent].cgroups;
        return;
    }
    auto known = by_runtime(cgroup.path);
    if (told && (!known || told->length > known->second)) {
        if (known && known->first.id == told->container.id) known.reset();
        return take(id, cgroup, told->container, told->length);
    }
    if (!known) return;
    if (told && told->container.id == known->first.id) { // the two complete each other
        if (known->first.name.empty()) known->first.name = told->container.name;
        if (!known->first.pod) known->first.pod = told->container.pod;
    }
    take(id, cgroup, std::move(known->first), known->second);
}

void ContainerBook::made(std::uint64_t id, const std::string& path, std::uint32_t maker) {
    if (cgroups_.size() > most_cgroups) return;
    forget(id); // of what a seed has seen just now
    auto& cgroup = cgroups_[id];
    cgroup.path = path;
    cgroup.tries = most_tries;
    look_at_runtimes();
    find(id, cgroup);
    cgroup.again_ns = monotonic_ns() + first_distance_ns;
    if (cgroup.place != 0 && containers_[cgroup.place].id == id)
        containers_[cgroup.place].maker_mnt = mount_namespace(places_.proc_root, maker);
}

const ContainerBook::Running* ContainerBook::removed(std::uint64_t id) {
    const auto found = cgroups_.find(id);
    if (found == cgroups_.end()) return nullptr;
    found->second.tries = 0;
    gone_.push_back(id);
    const auto place = found->second.place;
    const auto running = containers_.find(place);
    while (gone_.size() > most_gone) {
        forget(gone_.front());
        gone_.pop_front();
    }
    if (running == containers_.end() || running->second.id != id) return nullptr;
    // the path may be used again, by another container
    if (const auto own = by_path_.find(running->second.path); own != by_path_.end() && own->second == place)
        by_path_.erase(own);
    std::erase_if(records_,
                  [&](const auto& record) { return record.container.id == running->second.container.id; });
    return running->second.has_started ? &running->second : nullptr;
}

void ContainerBook::forget(std::uint64_t id) {
    const auto found = cgroups_.find(id);
    if (found == cgroups_.end()) return;
    const auto running = containers_.find(found->second.place);
    cgroups_.erase(found);
    if (running == containers_.end() || --running->second.cgroups > 0) return;
    if (const auto own = by_path_.find(running->second.path);
        own != by_path_.end() && own->second == running->first)
        by_path_.erase(own);
    containers_.erase(running);
}

const Container* ContainerBook::container(std::uint64_t id, const std::string* path) {
    auto found = cgroups_.find(id);
    if (found == cgroups_.end()) {
        if (path == nullptr || *path == "/" || cgroups_.size() > most_cgroups) return nullptr;
        found = cgroups_.emplace(id, Cgroup{.path = *path, .place = 0, .again_ns = 0, .tries = 1}).first;
    }
    auto& cgroup = found->second;
    if (cgroup.place == 0 && cgroup.tries > 0) {
        const auto now = monotonic_ns();
        if (now >= cgroup.again_ns) {
            if (now >= last_look_ns_ + shortest_ns) look_at_runtimes();
            find(id, cgroup);
            cgroup.again_ns = now + (first_distance_ns << static_cast<unsigned>(most_tries - cgroup.tries));
        }
    }
    const auto running = containers_.find(cgroup.place);
    return running == containers_.end() ? nullptr : &running->second.container;
}

bool ContainerBook::is_settled(std::uint64_t id, std::string_view path, bool execs_are_told) const {
    const auto found = cgroups_.find(id);
    if (found == cgroups_.end()) return path == "/";
    const auto running = containers_.find(found->second.place);
    if (running == containers_.end()) return found->second.tries <= 0;
    return running->second.has_started || !execs_are_told;
}

const ContainerBook::Running* ContainerBook::first_exec(std::uint64_t cgroup, std::uint32_t pid,
                                                        std::uint32_t mnt_inum) {
    const auto found = cgroups_.find(cgroup);
    if (found == cgroups_.end()) return nullptr;
    if (found->second.place == 0) static_cast<void>(container(cgroup, &found->second.path));
    const auto place = containers_.find(found->second.place);
    if (place == containers_.end() || place->second.has_started) return nullptr;
    auto& running = place->second;
    if (running.maker_mnt != 0 && mnt_inum == running.maker_mnt)
        return nullptr; // a runtime that runs itself once more, to set up (runc, from a copy of its file)
    running.namespaces = namespaces_of(places_.proc_root, pid);
    running.has_started = true;
    // by now the runtime has written down what it was told: a name, a pod
    look_at_runtimes();
    if (auto known = by_runtime(running.path); known && known->first.id == running.container.id) {
        if (running.container.name.empty()) running.container.name = known->first.name;
        if (!known->first.runtime.empty()) running.container.runtime = known->first.runtime;
        if (known->first.pod) running.container.pod = known->first.pod;
    }
    return &running;
}

} // namespace nsscope
