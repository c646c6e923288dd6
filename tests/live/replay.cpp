#include "replay.hpp"

namespace live {

Replay::Key Replay::key_of(const std::string& type, const NsRef& ref) {
    return {type, ref.inum.value_or(0), ref.id.value_or(0)};
}

std::set<std::uint32_t> Replay::members(const Key& key) const {
    std::set<std::uint32_t> pids;
    if (const auto found = in_.find(key); found != in_.end())
        for (const auto& [pid, tids] : found->second)
            if (!tids.empty()) pids.insert(pid);
    return pids;
}

/// Writes down when a process became a member, or ceased to be one.
void Replay::note(const Key& key, std::uint32_t pid) {
    const auto& pids = in_[key];
    const auto found = pids.find(pid);
    const bool is_in = found != pids.end() && !found->second.empty();
    auto& history = history_[{key, pid}];
    const bool was_in = !history.empty() && history.back().end == 0;
    if (is_in && !was_in) history.push_back({now_, 0});
    if (!is_in && was_in) history.back().end = now_;
}

void Replay::leave(std::uint32_t tid, const std::string& type) {
    auto& thread = threads_[tid];
    const auto found = thread.in.find(type);
    if (found == thread.in.end()) return;
    const auto key = found->second;
    thread.in.erase(found);
    in_[key][thread.pid].erase(tid);
    note(key, thread.pid);
}

void Replay::put(std::uint32_t tid, std::uint32_t pid, const Key& key) {
    if (const auto known = threads_.find(tid); known != threads_.end() && known->second.pid != pid)
        erase(tid);
    processes_[pid].insert(tid);
    threads_[tid].pid = pid;
    leave(tid, std::get<0>(key));
    threads_[tid].in[std::get<0>(key)] = key;
    in_[key][pid].insert(tid);
    note(key, pid);
}

void Replay::erase(std::uint32_t tid) {
    const auto found = threads_.find(tid);
    if (found == threads_.end()) return;
    const auto in = found->second.in;
    for (const auto& [type, key] : in) leave(tid, type);
    auto& tids = processes_[found->second.pid];
    tids.erase(tid);
    if (tids.empty()) processes_.erase(found->second.pid);
    threads_.erase(tid);
}

/// Says all about a namespace, whatever was known before.
void Replay::exists(const Existing& existing) {
    const auto key = key_of(existing.type, existing.ref);
    namespaces_.insert(key);
    std::map<std::uint32_t, std::uint32_t> wanted; // tid -> pid
    for (const auto& [pid, tid] : existing.threads) wanted[tid] = pid;
    for (const auto pid : existing.members)
        if (!existing.by_thread.contains(pid)) wanted[pid] = pid;
    std::vector<std::uint32_t> gone;
    for (const auto& [pid, tids] : in_[key])
        for (const auto tid : tids)
            if (!wanted.contains(tid)) gone.push_back(tid);
    for (const auto tid : gone) {
        leave(tid, existing.type);
        if (threads_[tid].in.empty()) erase(tid);
    }
    for (const auto& [tid, pid] : wanted) put(tid, pid, key);
}

void Replay::change(std::uint32_t tid, std::uint32_t pid, const std::vector<Change>& changes) {
    for (const auto& change : changes) {
        if (!change.to) continue;
        const auto key = key_of(change.type, *change.to);
        namespaces_.insert(key);
        if (!change.for_children) put(tid, pid, key);
    }
}

void Replay::born(const Task& parent, const Task& child) {
    if (const auto known = threads_.find(child.tid);
        known != threads_.end() && known->second.pid == child.pid && !known->second.in.empty())
        return;
    const auto found = threads_.find(parent.tid);
    if (found == threads_.end()) return;
    const auto in = found->second.in;
    for (const auto& [type, key] : in) put(child.tid, child.pid, key);
}

/// All other threads are gone, and the one that called has the process's number.
void Replay::exec(const Task& task) {
    const auto process = processes_.find(task.pid);
    if (process == processes_.end()) return;
    const auto tids = process->second;
    const bool first_is_gone = !threads_[task.pid].in.contains("uts"); // see exit()
    for (const auto tid : tids) {
        if (tid == task.tid) continue;
        const auto in = threads_[tid].in;
        erase(tid);
        if (!first_is_gone) continue;
        for (const auto& [type, key] : in) put(task.tid, task.pid, key);
    }
}

/// The first thread of a process waits for the others, in nothing but its pid and user namespaces.
void Replay::exit(const Task& task) {
    if (!threads_.contains(task.tid)) return;
    const auto pid = threads_[task.tid].pid;
    if (task.tid == pid && processes_[pid].size() > 1) {
        const auto in = threads_[task.tid].in;
        for (const auto& [type, key] : in)
            if (type != "pid" && type != "user") leave(task.tid, type);
        return;
    }
    erase(task.tid);
    if (processes_.contains(pid) && processes_[pid].size() == 1 && processes_[pid].contains(pid) &&
        threads_.contains(pid) && !threads_[pid].in.contains("uts"))
        erase(pid);
}

void Replay::apply(const Record& record) {
    now_ = record.mono_ns;
    if (record.event == "sync") ++syncs_;
    if (record.existing) exists(*record.existing);
    if (record.event == "ns.destroy")
        for (const auto& change : record.namespaces) namespaces_.erase(key_of(change.type, *change.from));
    if (record.event == "ns.clone" || record.event == "process.fork") {
        if (!record.child) return; // it failed
        born(*record.process, *record.child);
        change(record.child->tid, record.child->pid, record.namespaces);
    }
    if ((record.event == "ns.unshare" || record.event == "ns.setns") && record.process)
        change(record.process->tid, record.process->pid, record.namespaces);
    if (record.event == "process.exec") exec(*record.process);
    if (record.event == "process.exit") exit(*record.process);
}

} // namespace live
