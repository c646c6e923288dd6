#include "engine/cgroup_sieve.hpp"

namespace nsscope {
namespace {

/// Cgroups that are remembered; what is forgotten is found out again.
constexpr std::size_t most = 16'384;

} // namespace

void CgroupSieve::set_filter(const EventFilter* filter) {
    filter_ = filter != nullptr && filter->asks_for_cgroups() ? filter : nullptr;
    is_ruled_out_.clear();
}

/// Whether what is known of the cgroup will stay so: a runtime says a while later whose it is, and more when it starts.
bool CgroupSieve::is_settled(std::uint64_t cgroup) {
    if (!filter_->asks_for_containers() || containers_ == nullptr) return true;
    const auto* path = names_.cgroup(cgroup);
    const bool execs_are_told =
        (filter_->events & (container_events | mask_of(EventType::process_exec))) != 0;
    return path != nullptr && containers_->is_settled(cgroup, *path, execs_are_told);
}

void CgroupSieve::judge(std::uint64_t cgroup) {
    if (cgroup == 0) return;
    const auto known = is_ruled_out_.find(cgroup);
    if (known != is_ruled_out_.end()) {
        if (known->second) source_.keep_out(cgroup); // once more: the source may have forgotten
        return;
    }
    if (names_.cgroup(cgroup) == nullptr) return;
    const bool is_ruled_out =
        filter_->rules_out_cgroup(cgroup, names_); // asks whose it is, which may settle it
    if (!is_settled(cgroup)) return;
    if (is_ruled_out_.size() == most) is_ruled_out_.clear();
    is_ruled_out_.emplace(cgroup, is_ruled_out);
    if (is_ruled_out) source_.keep_out(cgroup);
}

void CgroupSieve::refused(const Event& event) {
    if (filter_ == nullptr) return;
    if (event.task) judge(event.task->cgroup_id);
    if (event.child) judge(event.child->cgroup_id);
}

void CgroupSieve::removed(std::uint64_t cgroup) {
    if (filter_ == nullptr) return;
    is_ruled_out_.erase(cgroup);
    source_.let_in(cgroup);
}

} // namespace nsscope
