#include "model/graph.hpp"

#include <algorithm>
#include <utility>

namespace nsscope {
namespace {

std::uint64_t key_of(NsType type, std::uint32_t inum) {
    return std::uint64_t{inum} * ns_type_count + static_cast<std::uint64_t>(type);
}

/// Events tell the start in nanoseconds, /proc in clock ticks (USER_HZ is 100 everywhere, proc_pid_stat(5)).
bool is_same_start(std::uint64_t a, std::uint64_t b) {
    constexpr std::uint64_t tick = 10'000'000;
    if (a == b || a == 0 || b == 0) return true;
    return (a % tick == 0 || b % tick == 0) && a / tick == b / tick;
}

NsRef& in(ScannedTask& task, NsSlot slot) { return task.ns[static_cast<std::size_t>(slot)]; }

/// Without an nsproxy, but with credentials: do_exit(), kernel/exit.c. (Who may not see one may see none.)
bool has_exited(const ScannedTask& task) {
    const auto is_in = [&](NsSlot slot) { return task.ns[static_cast<std::size_t>(slot)].inum != 0; };
    return is_in(NsSlot::user) && !is_in(NsSlot::mnt) && !is_in(NsSlot::uts);
}

} // namespace

void Graph::load(const Scan& scan) {
    namespaces_.clear();
    tasks_.clear();
    processes_.clear();
    unexplained_ = 0;
    rest_ = scan;
    rest_.tasks.clear();
    rest_.namespaces.clear();
    for (const auto& found : scan.namespaces) {
        auto& facts = note(found.type, found.ref);
        // Of two generations the one that was found last: ids tell them apart, but not which is older, as each processor
        // takes its own from a batch (DEFINE_COOKIE in kernel/nstree.c).
        if (found.ref.id != 0 || facts.ref.id == 0) facts = found;
    }
    for (const auto& task : scan.tasks) {
        const auto cgroups = task.cgroups < scan.cgroups.size() ? scan.cgroups[task.cgroups].id : 0;
        tasks_[task.tid] = {task, cgroups};
        processes_[task.pid].threads.insert(task.tid);
    }
    // The exit of a zombie may have been told before the scan began, and will not be told again.
    for (const auto& task : scan.tasks) {
        if (!has_exited(task)) continue;
        auto& process = processes_[task.pid];
        if (task.tid == task.pid && process.threads.size() > 1)
            process.first_has_exited = true;
        else
            erase(task.tid);
    }
}

/// What is known of the namespace; nothing but its number where it is new, or the number is another one's now.
ScannedNamespace& Graph::note(NsType type, NsRef ref) {
    auto& facts = namespaces_[key_of(type, ref.inum)];
    const bool is_known = facts.ref.inum != 0;
    const bool is_other = is_known && ref.id != 0 && facts.ref.id != 0 && facts.ref.id != ref.id;
    if (!is_known || is_other) {
        facts = {};
        facts.type = type;
        facts.ref = ref;
    }
    if (ref.id != 0) facts.ref.id = ref.id;
    return facts;
}

/// Where a namespace is new its owner and parent follow from who made it, which is whoever is seen in it first:
/// create_new_namespaces() (kernel/nsproxy.c), create_user_ns(), create_pid_namespace().
void Graph::apply(ScannedTask& task, std::span<const Move> moves) {
    const auto before = task.ns;
    for (const auto& [slot, to] : moves) in(task, slot) = to;
    const auto was = [&before](NsSlot slot) { return before[static_cast<std::size_t>(slot)]; };
    for (const auto& [slot, to] : moves) {
        if (to.inum == 0) continue;
        const NsType type = type_of(slot);
        auto& facts = note(type, to);
        if (facts.owner_user_ns != 0) continue;
        facts.owner_user_ns = in(task, NsSlot::user).inum;
        if (type == NsType::user) {
            facts.parent = facts.owner_user_ns = was(NsSlot::user).inum;
            facts.owner_uid = task.uid;
            facts.has_owner_uid = true;
        }
        if (type == NsType::pid) facts.parent = was(NsSlot::pid).inum;
    }
}

/// The task, unless the number is another one's by now.
Graph::Task* Graph::find(const Who& who) {
    const auto found = tasks_.find(who.tid);
    if (found == tasks_.end() || found->second.facts.pid != who.pid ||
        !is_same_start(found->second.facts.start_ns, who.start_ns))
        return nullptr;
    return &found->second;
}

/// What every event tells of its task.
void Graph::refresh(Task& task, const Who& who) {
    task.facts.ppid = who.ppid;
    task.facts.comm = who.comm;
    if (who.cgroup_id != 0) task.cgroup_id = who.cgroup_id;
}

/// A task that was not known, in place of any that had its number.
Graph::Task& Graph::add(const Who& who) {
    erase(who.tid);
    processes_[who.pid].threads.insert(who.tid);
    auto& task = tasks_[who.tid];
    task.facts.pid = who.pid;
    task.facts.tid = who.tid;
    task.facts.uid = who.uid;
    task.facts.start_ns = who.start_ns;
    refresh(task, who);
    return task;
}

void Graph::birth(pid_t parent_tid, const Who& child, std::span<const Move> moves) {
    auto* task = find(child);
    if (task == nullptr) {
        const auto parent = tasks_.find(parent_tid);
        if (parent == tasks_.end()) ++unexplained_;
        const Task inherited = parent == tasks_.end() ? Task() : parent->second;
        task = &add(child);
        task->facts.ns = inherited.facts.ns;
        if (parent != tasks_.end())
            task->facts.uid = inherited.facts.uid; // effective; an event has the real one
        task->facts.kernel_thread = inherited.facts.kernel_thread;
        task->facts.cgroups = inherited.facts.cgroups;
        task->facts.cmdline = inherited.facts.cmdline; // until it execs
        task->facts.has_cmdline = inherited.facts.has_cmdline;
        // a child is in what its parent's children were to be in, and so will its own be: copy_namespaces()
        in(task->facts, NsSlot::pid_for_children) = in(task->facts, NsSlot::pid);
    }
    apply(task->facts, moves);
    // what does not go without saying is told (timens_on_fork(), kernel/time/namespace.c)
    const auto tells = [&moves](NsSlot slot) {
        return std::ranges::any_of(moves, [slot](const Move& move) { return move.slot == slot; });
    };
    if (tells(NsSlot::pid) && !tells(NsSlot::pid_for_children))
        in(task->facts, NsSlot::pid_for_children) = in(task->facts, NsSlot::pid);
    if (tells(NsSlot::time) && !tells(NsSlot::time_for_children))
        in(task->facts, NsSlot::time_for_children) = in(task->facts, NsSlot::time);
}

void Graph::move(const Who& who, std::span<const Move> moves) {
    auto* task = find(who);
    if (task == nullptr) {
        ++unexplained_;
        task = &add(who);
    }
    refresh(*task, who);
    apply(task->facts, moves);
}

void Graph::attach(const Who& who) {
    auto* task = find(who);
    if (task != nullptr)
        refresh(*task, who);
    else
        ++unexplained_;
}

void Graph::exec(const Who& who) {
    auto* task = find(who);
    const auto process = processes_.find(who.pid);
    if (task == nullptr || process == processes_.end()) {
        ++unexplained_;
        add(who);
        return;
    }
    // The first thread has gone before, if it was another one that called: what is left is that one (de_thread(),
    // fs/exec.c).
    const auto threads = process->second.threads;
    for (const auto tid : threads) {
        if (tid == who.tid) continue;
        if (process->second.first_has_exited) task->facts.ns = tasks_[tid].facts.ns;
        erase(tid);
    }
    process->second.first_has_exited = false;
    refresh(*task, who);
    task->facts.cmdline.clear();
    task->facts.has_cmdline = false;
}

void Graph::exit(const Who& who) {
    auto* task = find(who);
    if (task == nullptr) return; // what was never heard of is as gone
    auto& process = processes_[who.pid];
    if (who.tid == who.pid &&
        process.threads.size() > 1) { // it waits for the others, without an nsproxy: do_exit()
        for (std::size_t i = 0; i < ns_slot_count; ++i)
            if (slot_at(i) != NsSlot::user && slot_at(i) != NsSlot::pid) task->facts.ns[i] = {};
        process.first_has_exited = true;
        return;
    }
    const bool is_next_to_last = process.first_has_exited && process.threads.size() == 2;
    erase(who.tid);
    if (is_next_to_last) erase(who.pid);
}

void Graph::erase(pid_t tid) {
    const auto found = tasks_.find(tid);
    if (found == tasks_.end()) return;
    const auto process = processes_.find(found->second.facts.pid);
    if (process != processes_.end()) {
        process->second.threads.erase(tid);
        if (process->second.threads.empty()) processes_.erase(process);
    }
    tasks_.erase(found);
}

void Graph::destroy(NsType type, NsRef ref) {
    const auto found = namespaces_.find(key_of(type, ref.inum));
    if (found == namespaces_.end()) return;
    const auto known = found->second.ref.id;
    if (ref.id == 0 || known == 0 || known == ref.id) namespaces_.erase(found);
}

Scan Graph::scan() const {
    Scan scan = rest_;
    std::unordered_map<std::uint64_t, std::uint32_t>
        moved; // cgroup -> index, for those who are not where they were
    scan.tasks.reserve(tasks_.size());
    for (const auto& [tid, task] : tasks_) {
        auto& facts = scan.tasks.emplace_back(task.facts);
        const bool has_moved =
            facts.cgroups >= rest_.cgroups.size() || rest_.cgroups[facts.cgroups].id != task.cgroup_id;
        if (!has_moved || task.cgroup_id == 0) continue;
        const auto [entry, is_new] =
            moved.try_emplace(task.cgroup_id, static_cast<std::uint32_t>(scan.cgroups.size()));
        if (is_new) scan.cgroups.push_back({task.cgroup_id, {}});
        facts.cgroups = entry->second;
    }
    scan.namespaces.reserve(namespaces_.size());
    for (const auto& [key, facts] : namespaces_) scan.namespaces.push_back(facts);
    return scan;
}

} // namespace nsscope
