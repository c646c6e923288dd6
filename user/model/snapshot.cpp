#include "model/snapshot.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <tuple>
#include <utility>

#include "model/ns_table.hpp"

namespace nsscope {
namespace {

constexpr std::uint32_t none = NsTable::none;

/// include/uapi/linux/nsfs.h of 6.18, MNT_NS_INIT_INO and NET_NS_INIT_INO. No older kernel gives these
/// numbers to anything: what it allots starts at 0xF0000000 (PROC_DYNAMIC_FIRST, fs/proc/generic.c).
constexpr std::uint32_t initial_mnt_inum = 0xEFFFFFF8;
constexpr std::uint32_t initial_net_inum = 0xEFFFFFF9;
constexpr pid_t kthreadd = 2;

std::uint32_t initial_inum(NsType type) {
    if (type == NsType::mnt) return initial_mnt_inum;
    if (type == NsType::net) return initial_net_inum;
    return info(type).initial_inum;
}

bool has_parent(NsType type) { return type == NsType::pid || type == NsType::user; }

/// Indices into Builder's namespaces, for each slot of a task.
using SlotIndices = std::array<std::uint32_t, ns_slot_count>;

/// A task's index, and its namespaces.
struct PlacedTask {
    std::uint32_t task = 0;
    SlotIndices slots{};
};

/// Builds the namespaces of one scan in the order in which the functions stand here. The namespaces are first
/// numbered as they come, then put in order while they are still small, so that the filled ones never move.
class Builder {
  public:
    Builder(const Scan& scan, PinsOf pins) : scan_(scan), pins_of_(pins) {}

    std::vector<Namespace> build() {
        order_tasks();
        number_namespaces();
        sort_namespaces();
        fill_members();
        fill_owners();
        mark_initial();
        add_member_pins();
        add_file_pins();
        add_mount_pins();
        add_for_children_pins();
        add_child_pins();
        add_owned_pins();
        add_unknown_pins();
        name_holders();
        return std::move(namespaces_);
    }

  private:
    void order_tasks();
    void number_namespaces();
    void number_tasks();
    void sort_namespaces();
    void fill_members();
    void fill_owners();
    void mark_initial();
    void mark_kthreadd_as_initial(NsType type);
    void add_member_pins();
    void add_member_pin(std::uint32_t index, const PlacedTask& placed, Pin::How how);
    void add_file_pins();
    void add_mount_pins();
    void add_for_children_pins();
    void add_child_pins();
    void add_owned_pins();
    void add_unknown_pins();
    void name_holders();

    [[nodiscard]] const ScannedTask& task(const PlacedTask& placed) const { return scan_.tasks[placed.task]; }
    void add_process(std::span<const PlacedTask> threads);
    [[nodiscard]] Leader leader_of(std::span<const PlacedTask> threads) const;

    /// The place in namespaces_, or none.
    [[nodiscard]] std::uint32_t index_of(NsType type, NsRef ref) const {
        const std::uint32_t number = table_.find(type, ref);
        return number == none ? none : place_[number];
    }
    /// The namespace where it is to be said what holds it; else nullptr.
    [[nodiscard]] Namespace* wanted(std::uint32_t index) {
        if (index == none) return nullptr;
        if (pins_of_ == PinsOf::unpopulated && !namespaces_[index].members.empty()) return nullptr;
        return &namespaces_[index];
    }
    [[nodiscard]] Namespace* wanted(NsType type, std::optional<std::uint32_t> inum) {
        return inum ? wanted(index_of(type, {*inum, 0})) : nullptr;
    }

    const Scan& scan_;
    PinsOf pins_of_;
    NsTable table_;
    std::vector<PlacedTask> tasks_;              ///< by pid
    std::vector<std::uint32_t> place_;           ///< number in table_ -> place in namespaces_
    std::vector<Namespace> namespaces_;          ///< by type, inum, id
    std::vector<std::optional<uid_t>> creators_; ///< of user namespaces, parallel to namespaces_
};

/// By pid, so that the threads of a process stand together and members come out ascending.
void Builder::order_tasks() {
    tasks_.resize(scan_.tasks.size());
    for (std::size_t i = 0; i < tasks_.size(); ++i) tasks_[i].task = static_cast<std::uint32_t>(i);
    const auto by_pid = [this](const PlacedTask& a, const PlacedTask& b) {
        return std::pair{task(a).pid, a.task} < std::pair{task(b).pid, b.task};
    };
    if (!std::is_sorted(tasks_.begin(), tasks_.end(), by_pid))
        std::sort(tasks_.begin(), tasks_.end(), by_pid);
}

/// Those with an id come first: a reference without one then finds what it means.
void Builder::number_namespaces() {
    table_.reserve(scan_.namespaces.size());
    for (const auto& found : scan_.namespaces)
        if (found.ref.id != 0) table_.add(found.type, found.ref);
    number_tasks();
    for (const auto& found : scan_.namespaces) {
        table_.add(found.type, found.ref);
        table_.add(NsType::user, {found.owner_user_ns, 0});
        if (has_parent(found.type)) table_.add(found.type, {found.parent, 0});
    }
    for (const auto& file : scan_.files) table_.add(file.type, file.ref);
    for (const auto& mount : scan_.mounts) table_.add(mount.type, {mount.inum, mount.id});
}

/// A task is mostly in the same namespaces as the one before it, which saves the look-up.
void Builder::number_tasks() {
    std::array<NsRef, ns_slot_count> last_ref{};
    SlotIndices last;
    last.fill(none);
    for (auto& placed : tasks_) {
        const auto& refs = task(placed).ns;
        for (std::size_t i = 0; i < ns_slot_count; ++i) {
            if (refs[i] == last_ref[i]) continue;
            last[i] = table_.add(type_of(slot_at(i)), refs[i]);
            last_ref[i] = refs[i];
        }
        placed.slots = last;
    }
}

void Builder::sort_namespaces() {
    const auto& entries = table_.entries();
    std::vector<std::uint32_t> numbers(entries.size());
    for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<std::uint32_t>(i);
    const auto key = [&](std::uint32_t number) {
        const auto& entry = entries[number];
        return std::tuple{entry.type, entry.ref.inum, entry.ref.id};
    };
    std::sort(numbers.begin(), numbers.end(),
              [&](std::uint32_t a, std::uint32_t b) { return key(a) < key(b); });

    place_.resize(numbers.size());
    namespaces_.resize(numbers.size());
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        place_[numbers[i]] = static_cast<std::uint32_t>(i);
        namespaces_[i].type = entries[numbers[i]].type;
        namespaces_[i].ref = entries[numbers[i]].ref;
    }
    for (auto& placed : tasks_)
        for (auto& slot : placed.slots)
            if (slot != none) slot = place_[slot];
}

void Builder::fill_members() {
    for (auto begin = tasks_.begin(); begin != tasks_.end();) {
        const pid_t pid = task(*begin).pid;
        const auto end =
            std::find_if(begin, tasks_.end(), [&](const PlacedTask& p) { return task(p).pid != pid; });
        add_process({begin, end});
        begin = end;
    }
}

void Builder::add_process(std::span<const PlacedTask> threads) {
    const pid_t pid = task(threads.front()).pid;
    for (const auto& thread : threads) {
        for (std::size_t i = 0; i < ns_slot_count; ++i) {
            if (thread.slots[i] == none || is_for_children(slot_at(i))) continue;
            Namespace& ns = namespaces_[thread.slots[i]];
            ++ns.nthreads;
            if (ns.members.empty()) ns.leader = leader_of(threads);
            if (ns.members.empty() || ns.members.back() != pid) ns.members.push_back(pid);
        }
    }
}

Leader Builder::leader_of(std::span<const PlacedTask> threads) const {
    const auto is_main = [this](const PlacedTask& p) { return task(p).tid == task(p).pid; };
    const auto main = std::find_if(threads.begin(), threads.end(), is_main);
    const ScannedTask& source = task(main == threads.end() ? threads.front() : *main);
    Leader leader{source.pid, source.ppid, source.uid, source.comm, std::nullopt};
    if (source.has_cmdline) leader.cmdline = source.cmdline;
    return leader;
}

void Builder::fill_owners() {
    creators_.resize(namespaces_.size());
    for (const auto& found : scan_.namespaces) {
        const std::uint32_t index = index_of(found.type, found.ref);
        if (index == none) continue;
        Namespace& ns = namespaces_[index];
        if (found.owner_user_ns != 0) ns.owner_user_ns = found.owner_user_ns;
        if (found.parent != 0 && has_parent(ns.type)) ns.parent = found.parent;
        if (ns.type != NsType::user) continue;
        // Two names of one thing: userns_owner() and userns_get_parent() of kernel/user_namespace.c.
        if (!ns.owner_user_ns) ns.owner_user_ns = ns.parent;
        if (!ns.parent) ns.parent = ns.owner_user_ns;
        if (found.has_owner_uid) creators_[index] = found.owner_uid;
    }
    const std::uint32_t initial_user = index_of(NsType::user, {initial_inum(NsType::user), 0});
    if (initial_user != none) creators_[initial_user] = 0; // init_user_ns, GLOBAL_ROOT_UID

    for (std::size_t i = 0; i < namespaces_.size(); ++i) {
        Namespace& ns = namespaces_[i];
        if (ns.type == NsType::user) {
            ns.owner_uid = creators_[i];
        } else if (ns.owner_user_ns) {
            const std::uint32_t owner = index_of(NsType::user, {*ns.owner_user_ns, 0});
            if (owner != none) ns.owner_uid = creators_[owner];
        }
    }
}

void Builder::mark_initial() {
    for (const auto& type : ns_types) {
        const std::uint32_t fixed = index_of(type.type, {initial_inum(type.type), 0});
        if (fixed != none)
            namespaces_[fixed].initial = true;
        else if (type.initial_inum == 0)
            mark_kthreadd_as_initial(type.type);
    }
}

void Builder::mark_kthreadd_as_initial(NsType type) {
    for (const auto& placed : tasks_) {
        if (task(placed).pid > kthreadd) return;
        const std::uint32_t index = placed.slots[static_cast<std::size_t>(slot_of(type))];
        if (task(placed).tid == kthreadd && task(placed).kernel_thread && index != none)
            namespaces_[index].initial = true;
    }
}

void Builder::add_member_pins() {
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

void Builder::add_member_pin(std::uint32_t index, const PlacedTask& placed, Pin::How how) {
    Pin pin;
    pin.how = how;
    pin.pid = task(placed).pid;
    if (how == Pin::How::thread) pin.tid = task(placed).tid;
    namespaces_[index].pinned_by.push_back(std::move(pin));
}

void Builder::add_file_pins() {
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

void Builder::add_mount_pins() {
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

void Builder::add_for_children_pins() {
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

void Builder::add_child_pins() {
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

void Builder::add_owned_pins() {
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

void Builder::add_unknown_pins() {
    for (auto& ns : namespaces_)
        if (ns.members.empty() && ns.pinned_by.empty()) ns.pinned_by.emplace_back();
}

void Builder::name_holders() {
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

} // namespace

Snapshot build_snapshot(Scan&& scan, PinsOf pins) {
    Snapshot snapshot;
    snapshot.namespaces = Builder(scan, pins).build();
    snapshot.source = std::move(scan.source);
    snapshot.issues = std::move(scan.issues);
    return snapshot;
}

std::vector<SnapshotProcess> processes_of(const Scan& scan) {
    std::vector<SnapshotProcess> processes;
    for (const auto& task : scan.tasks)
        if (task.tid == task.pid) processes.push_back({task.pid, task.comm});
    std::sort(processes.begin(), processes.end(), [](const auto& a, const auto& b) { return a.pid < b.pid; });
    return processes;
}

const Namespace* find(const Snapshot& snapshot, NsType type, std::uint32_t inum) {
    const auto& all = snapshot.namespaces;
    const auto after = std::upper_bound(all.begin(), all.end(), std::pair{type, inum},
                                        [](const auto& key, const Namespace& ns) {
                                            return key < std::pair{ns.type, ns.ref.inum};
                                        });
    if (after == all.begin()) return nullptr;
    const Namespace& last = *std::prev(after); // of those with this inum, the one with the greatest id
    return last.type == type && last.ref.inum == inum ? &last : nullptr;
}

} // namespace nsscope
