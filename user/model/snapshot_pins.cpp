// What keeps each namespace of a scan alive: the second half of SnapshotBuilder.
#include <algorithm>
#include <string_view>
#include <tuple>
#include <utility>

#include "model/snapshot_builder.hpp"

namespace nsscope {

void SnapshotBuilder::add_member_pins() {
    if (pins_of_ != PinsOf::all) return;
    for (auto begin = tasks_.begin(); begin != tasks_.end();) {
        const pid_t pid = task(*begin).pid;
        const auto end =
            std::find_if(begin, tasks_.end(), [&](const PlacedTask& p) { return task(p).pid != pid; });
        const auto is_main = [this](const PlacedTask& p) { return task(p).tid == task(p).pid; };
        const auto main = std::find_if(begin, end, is_main);
        for (std::size_t i = 0; i < ns_slot_count; ++i) {
            if (is_for_children(slot_at(i))) continue;
            const std::uint32_t own = main == end ? none : main->slots[i];
            if (own != none) add_member_pin(own, *main, Pin::How::process);
            for (auto thread = begin; thread != end; ++thread)
                if (thread->slots[i] != none && thread->slots[i] != own)
                    add_member_pin(thread->slots[i], *thread, Pin::How::thread);
        }
        begin = end;
    }
    // the threads of a process come after it, and those of another one before the next process
    for (auto& ns : namespaces_)
        std::stable_sort(ns.pinned_by.begin(), ns.pinned_by.end(),
                         [](const Pin& a, const Pin& b) { return a.how < b.how; });
}

void SnapshotBuilder::add_member_pin(std::uint32_t index, const PlacedTask& placed, Pin::How how) {
    Pin pin;
    pin.how = how;
    pin.pid = task(placed).pid;
    if (how == Pin::How::thread) pin.tid = task(placed).tid;
    namespaces_[index].pinned_by.push_back(std::move(pin));
}

void SnapshotBuilder::add_file_pins() {
    std::vector<const ScannedFile*> files;
    for (const auto& file : scan_.files) files.push_back(&file);
    std::sort(files.begin(), files.end(), [](const auto* a, const auto* b) {
        return std::tuple{a->is_socket, a->pid, a->tid, a->fd} <
               std::tuple{b->is_socket, b->pid, b->tid, b->fd};
    });
    for (const auto* file : files) {
        Namespace* ns = wanted(index_of(file->type, file->ref));
        if (ns == nullptr) continue;
        Pin pin;
        pin.how = file->is_socket ? Pin::How::socket : Pin::How::fd;
        pin.pid = file->pid;
        if (file->tid != file->pid) pin.tid = file->tid;
        pin.fd = file->fd;
        ns->pinned_by.push_back(std::move(pin));
    }
}

void SnapshotBuilder::add_mount_pins() {
    std::vector<const ScannedMount*> mounts;
    for (const auto& mount : scan_.mounts) mounts.push_back(&mount);
    std::sort(mounts.begin(), mounts.end(), [](const auto* a, const auto* b) {
        return std::tuple(a->mnt_ns == 0, a->mnt_ns, std::string_view(a->path)) <
               std::tuple(b->mnt_ns == 0, b->mnt_ns, std::string_view(b->path));
    });
    for (const auto* mount : mounts) {
        Namespace* ns = wanted(index_of(mount->type, {mount->inum, mount->id}));
        if (ns == nullptr) continue;
        Pin pin;
        pin.how = Pin::How::mount;
        pin.path = mount->path;
        pin.mnt_ns = mount->mnt_ns;
        ns->pinned_by.push_back(std::move(pin));
    }
}

void SnapshotBuilder::add_for_children_pins() {
    for (const auto& placed : tasks_) {
        for (const NsSlot slot : {NsSlot::pid_for_children, NsSlot::time_for_children}) {
            Namespace* ns = wanted(placed.slots[static_cast<std::size_t>(slot)]);
            if (ns == nullptr) continue;
            Pin pin;
            pin.how = Pin::How::for_children;
            pin.pid = task(placed).pid;
            const bool said = !ns->pinned_by.empty() && ns->pinned_by.back().how == pin.how &&
                              ns->pinned_by.back().pid == pin.pid; // by another thread of the process
            if (!said) ns->pinned_by.push_back(std::move(pin));
        }
    }
}

void SnapshotBuilder::add_child_pins() {
    for (const auto& child : namespaces_) {
        Namespace* ns = wanted(child.type, child.parent);
        if (ns == nullptr) continue;
        Pin pin;
        pin.how = Pin::How::child;
        pin.type = child.type;
        pin.inum = child.ref.inum;
        ns->pinned_by.push_back(std::move(pin));
    }
}

void SnapshotBuilder::add_owned_pins() {
    for (const auto& owned : namespaces_) {
        if (owned.type == NsType::user && owned.parent) continue; // a child, and its owner is its parent
        Namespace* ns = wanted(NsType::user, owned.owner_user_ns);
        if (ns == nullptr) continue;
        Pin pin;
        pin.how = Pin::How::owned;
        pin.type = owned.type;
        pin.inum = owned.ref.inum;
        ns->pinned_by.push_back(std::move(pin));
    }
}

void SnapshotBuilder::add_unknown_pins() {
    for (auto& ns : namespaces_)
        if (ns.members.empty() && ns.pinned_by.empty()) ns.pinned_by.emplace_back();
}

void SnapshotBuilder::name_holders() {
    if (pins_of_ != PinsOf::all) return;
    const auto name_of = [this](pid_t pid) {
        const auto at =
            std::lower_bound(tasks_.begin(), tasks_.end(), pid,
                             [this](const PlacedTask& p, pid_t key) { return task(p).pid < key; });
        return at != tasks_.end() && task(*at).pid == pid ? task(*at).comm : std::string();
    };
    for (auto& ns : namespaces_)
        for (auto& pin : ns.pinned_by)
            if (pin.pid != 0) pin.comm = name_of(pin.pid);
}

} // namespace nsscope
