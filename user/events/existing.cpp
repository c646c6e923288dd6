#include "events/existing.hpp"

#include <algorithm>
#include <tuple>
#include <unordered_map>
#include <utility>

namespace nsscope {
namespace {

auto key(const Existing& one) { return std::tuple(one.ns.type, one.ns.ref.inum, one.ns.ref.id); }

std::uint64_t slot_key(NsType type, NsRef ref) {
    return std::uint64_t{ref.inum} * ns_type_count + static_cast<std::uint64_t>(type);
}

bool says_the_same(const Existing& a, const Existing& b) {
    const auto facts = [](const Namespace& ns) {
        return std::tie(ns.parent, ns.owner_user_ns, ns.owner_uid, ns.members, ns.nthreads);
    };
    return facts(a.ns) == facts(b.ns) && a.by_thread == b.by_thread &&
           std::ranges::equal(a.threads, b.threads, [](const ThreadRef& one, const ThreadRef& other) {
               return one.pid == other.pid && one.tid == other.tid;
           });
}

} // namespace

std::vector<Existing> existing_in(Scan&& scan) {
    std::unordered_map<std::uint64_t, std::vector<std::pair<std::uint64_t, ThreadRef>>> threads;
    for (const auto& task : scan.tasks) {
        for (std::size_t i = 0; i < ns_slot_count; ++i) {
            const auto slot = slot_at(i);
            if (task.ns[i].inum == 0 || is_for_children(slot)) continue;
            threads[slot_key(type_of(slot), task.ns[i])].push_back({task.ns[i].id, {task.pid, task.tid}});
        }
    }
    auto snapshot = build_snapshot(std::move(scan));
    std::vector<Existing> existing;
    existing.reserve(snapshot.namespaces.size());
    for (auto& ns : snapshot.namespaces) {
        auto& one = existing.emplace_back();
        one.ns = std::move(ns);
        const auto found = threads.find(slot_key(one.ns.type, one.ns.ref));
        if (found == threads.end()) continue;
        std::vector<ThreadRef> firsts;
        for (const auto& [id, thread] : found->second)
            if (id == 0 || one.ns.ref.id == 0 || id == one.ns.ref.id)
                (thread.tid == thread.pid ? firsts : one.threads).push_back(thread);
        std::ranges::sort(one.threads, {}, [](const ThreadRef& t) { return std::pair(t.pid, t.tid); });
        std::ranges::sort(firsts, {}, &ThreadRef::pid);
        for (const auto pid : one.ns.members)
            if (!std::ranges::binary_search(firsts, pid, {}, &ThreadRef::pid)) one.by_thread.push_back(pid);
    }
    std::ranges::sort(existing, {}, key);
    return existing;
}

Differences compare(const std::vector<Existing>& before, const std::vector<Existing>& after) {
    Differences differences;
    auto old = before.begin();
    for (const auto& now : after) {
        for (; old != before.end() && key(*old) < key(now); ++old) differences.gone.push_back(&*old);
        const bool is_known = old != before.end() && key(*old) == key(now);
        if (!is_known || !says_the_same(*old, now)) differences.changed.push_back(&now);
        if (is_known) ++old;
    }
    for (; old != before.end(); ++old) differences.gone.push_back(&*old);
    return differences;
}

} // namespace nsscope
