#include "model/find_containers.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "model/cgroup_container.hpp"
#include "model/cgroup_membership.hpp"

namespace nsscope {
namespace {

constexpr std::uint32_t none = UINT32_MAX;

/// A cgroup that a record says is its container's.
struct Claimed {
    std::uint32_t hierarchy = 0;
    std::string path;
};

/// "/a/b", "/a" of "/a/b", one a call, deepest first; false at the root.
bool climb(std::string_view& path) {
    const auto slash = path.rfind('/');
    if (slash == std::string_view::npos || slash == 0) return false;
    path = path.substr(0, slash);
    return true;
}

bool is_below_user_slice(std::string_view path, uid_t user) {
    return path.starts_with("/user.slice/user-" + std::to_string(user) + ".slice/");
}

std::string_view last_component(std::string_view path) { return path.substr(path.rfind('/') + 1); }

class Finder {
  public:
    Finder(const Scan& scan, std::span<const ContainerRecord> records, std::uint64_t ticks_per_second)
        : scan_(scan), records_(records), ticks_per_second_(ticks_per_second) {}

    ContainerFinding run() {
        read_cgroups();
        if (!records_.empty()) {
            find_init_processes();
            for (std::size_t i = 0; i < records_.size(); ++i) hear(static_cast<std::uint32_t>(i));
        }
        settle_cgroups();
        place_processes();
        return std::move(finding_);
    }

  private:
    void read_cgroups() {
        sets_.reserve(scan_.cgroups.size());
        for (const auto& cgroups : scan_.cgroups) {
            sets_.push_back(parse_cgroup_file(cgroups.text));
            // The unified hierarchy comes last in the file, and is the one to ask first.
            auto& set = sets_.back();
            std::stable_partition(set.begin(), set.end(), [](const auto& one) { return one.hierarchy == 0; });
        }
    }

    void find_init_processes() {
        for (const auto& record : records_)
            if (record.init_pid > 0) tasks_.emplace(record.init_pid, nullptr);
        std::vector<pid_t> parents;
        for (const auto& task : scan_.tasks) {
            if (task.tid != task.pid) continue;
            if (const auto found = tasks_.find(task.pid); found != tasks_.end()) {
                found->second = &task;
                parents.push_back(task.ppid);
            }
        }
        for (const auto parent : parents) tasks_.emplace(parent, nullptr);
        for (const auto& task : scan_.tasks) {
            if (task.tid != task.pid) continue;
            if (const auto found = tasks_.find(task.pid); found != tasks_.end()) found->second = &task;
        }
    }

    [[nodiscard]] const ScannedTask* task_of(pid_t pid) const {
        const auto found = tasks_.find(pid);
        return found == tasks_.end() ? nullptr : found->second;
    }

    [[nodiscard]] std::uint64_t ticks_of(std::uint64_t ns) const {
        constexpr std::uint64_t second = 1'000'000'000;
        return ns / second * ticks_per_second_ + ns % second * ticks_per_second_ / second;
    }

    /// Takes in what a record says, as far as it is to be believed.
    void hear(std::uint32_t number) {
        const auto& record = records_[number];
        const auto* init = task_of(record.init_pid);
        if (init == nullptr) return;
        const bool timed = record.init_start_ticks != 0;
        if (timed && ticks_of(init->start_ns) != record.init_start_ticks) return;
        if (const auto cgroup = own_cgroup(record, *init)) {
            by_cgroup_[cgroup->hierarchy].emplace(cgroup->path, number);
            claimed_lengths_.insert(cgroup->path.size());
        } else if (timed && may_speak_for(record, *init) && has_own_pid_namespace(*init)) {
            by_pid_namespace_.emplace(pid_namespace(*init), number);
        }
    }

    /// The cgroup of the record among those that its init process is in or below.
    [[nodiscard]] std::optional<Claimed> own_cgroup(const ContainerRecord& record,
                                                    const ScannedTask& init) const {
        if (init.cgroups >= sets_.size()) return std::nullopt;
        for (const auto& membership : sets_[init.cgroups]) {
            std::string_view path = membership.path;
            if (path == "/") continue; // all the machine is in it
            do {
                if (record.user && !is_below_user_slice(path, *record.user)) break;
                const auto names = [path](const std::string& cgroup) { return cgroup.ends_with(path); };
                if (std::any_of(record.cgroups.begin(), record.cgroups.end(), names) ||
                    (!record.unit.empty() && last_component(path) == record.unit))
                    return Claimed{membership.hierarchy, std::string(path)};
            } while (climb(path));
        }
        return std::nullopt;
    }

    [[nodiscard]] bool may_speak_for(const ContainerRecord& record, const ScannedTask& init) {
        if (!record.user || init.uid == *record.user) return true;
        if (user_ns_makers_.empty())
            for (const auto& ns : scan_.namespaces)
                if (ns.type == NsType::user && ns.has_owner_uid)
                    user_ns_makers_.emplace(ns.ref.inum, ns.owner_uid);
        const auto maker = user_ns_makers_.find(init.ns[static_cast<std::size_t>(NsSlot::user)].inum);
        return maker != user_ns_makers_.end() && maker->second == *record.user;
    }

    static std::uint32_t pid_namespace(const ScannedTask& task) {
        return task.ns[static_cast<std::size_t>(NsSlot::pid)].inum;
    }
    [[nodiscard]] bool has_own_pid_namespace(const ScannedTask& init) const {
        const auto own = pid_namespace(init);
        if (own == 0 || own == info(NsType::pid).initial_inum) return false;
        const auto* parent = task_of(init.ppid);
        return parent != nullptr && pid_namespace(*parent) != own;
    }

    void settle_cgroups() {
        of_set_.reserve(sets_.size());
        for (const auto& set : sets_) of_set_.push_back(container_of(set));
    }

    /// The container of the processes that are in these cgroups: a place in containers, or none.
    std::uint32_t container_of(const std::vector<CgroupMembership>& set) {
        for (const auto& membership : set) {
            const auto told = container_of_cgroup(membership.path);
            const auto [record, length] = record_of(membership);
            if (record != nullptr &&
                (!told || length >= told->length || record->container.id == told->container.id))
                return add(membership.path.substr(0, length),
                           merge(*record, told ? &told->container : nullptr), record->init_pid);
            if (told) return add(membership.path.substr(0, told->length), told->container, 0);
        }
        return none;
    }

    [[nodiscard]] std::pair<const ContainerRecord*, std::size_t>
    record_of(const CgroupMembership& membership) const {
        const auto claims = by_cgroup_.find(membership.hierarchy);
        if (claims == by_cgroup_.end()) return {nullptr, 0};
        std::string_view path = membership.path;
        do {
            if (!claimed_lengths_.contains(path.size()))
                continue; // do not look up, or hash, all of a long path
            if (const auto found = claims->second.find(std::string(path)); found != claims->second.end())
                return {&records_[found->second], path.size()};
        } while (climb(path));
        return {nullptr, 0};
    }

    /// What the record and the cgroup's name say together, if both speak of the same container.
    static Container merge(const ContainerRecord& record, const Container* told) {
        Container container = record.container;
        if (told != nullptr && told->id == container.id) {
            if (container.runtime.empty()) container.runtime = told->runtime;
            if (container.name.empty()) container.name = told->name;
            if (told->pod) {
                if (!container.pod) container.pod.emplace();
                if (container.pod->uid.empty()) container.pod->uid = told->pod->uid;
                if (container.pod->qos.empty()) container.pod->qos = told->pod->qos;
            }
        }
        if (container.runtime.empty()) container.runtime = record.oci_runtime;
        return container;
    }

    std::uint32_t add(std::string cgroup, Container&& container, pid_t init) {
        const auto [entry, is_new] =
            places_.try_emplace(cgroup, static_cast<std::uint32_t>(finding_.containers.size()));
        if (is_new) finding_.containers.push_back({std::move(container), init, std::move(cgroup)});
        return entry->second;
    }
    std::uint32_t add(std::string cgroup, const Container& container, pid_t init) {
        return add(std::move(cgroup), Container(container), init);
    }

    void place_processes() {
        std::unordered_map<std::uint32_t, std::uint32_t> of_pid_namespace; // inum -> place
        for (const auto& [inum, number] : by_pid_namespace_) {
            of_pid_namespace.emplace(inum, static_cast<std::uint32_t>(finding_.containers.size()));
            const auto& record = records_[number];
            finding_.containers.push_back({merge(record, nullptr), record.init_pid, {}});
        }
        for (const auto& task : scan_.tasks) {
            if (task.tid != task.pid) continue;
            std::uint32_t container = task.cgroups < of_set_.size() ? of_set_[task.cgroups] : none;
            if (container == none && !of_pid_namespace.empty()) {
                const auto found = of_pid_namespace.find(pid_namespace(task));
                if (found != of_pid_namespace.end()) container = found->second;
            }
            if (container != none) finding_.processes.push_back({task.pid, container, task.start_ns});
        }
        std::sort(finding_.processes.begin(), finding_.processes.end(),
                  [](const auto& a, const auto& b) { return a.pid < b.pid; });
        name_first_processes();
    }

    /// Where no record tells the init process, it is the one that started first.
    void name_first_processes() {
        std::vector<const ContainerProcess*> first(finding_.containers.size(), nullptr);
        for (const auto& process : finding_.processes) {
            auto& earliest = first[process.container];
            if (earliest == nullptr || process.start_ns < earliest->start_ns) earliest = &process;
        }
        for (std::size_t i = 0; i < first.size(); ++i)
            if (finding_.containers[i].init_pid == 0 && first[i] != nullptr)
                finding_.containers[i].init_pid = first[i]->pid;
    }

    const Scan& scan_;
    std::span<const ContainerRecord> records_;
    std::uint64_t ticks_per_second_;
    std::vector<std::vector<CgroupMembership>> sets_; ///< parallel to scan_.cgroups
    std::vector<std::uint32_t> of_set_;               ///< parallel to sets_: a place in containers, or none
    std::unordered_map<pid_t, const ScannedTask*> tasks_;     ///< init processes and their parents
    std::unordered_map<std::uint32_t, uid_t> user_ns_makers_; ///< inum -> uid; filled when first needed
    std::unordered_map<std::uint32_t, std::unordered_map<std::string, std::uint32_t>>
        by_cgroup_;                                                     ///< hierarchy -> path -> record
    std::unordered_set<std::size_t> claimed_lengths_;                   ///< of the paths in by_cgroup_
    std::unordered_map<std::uint32_t, std::uint32_t> by_pid_namespace_; ///< inum -> record
    std::unordered_map<std::string, std::uint32_t> places_;             ///< a container's cgroup -> its place
    ContainerFinding finding_;
};

} // namespace

ContainerFinding find_containers(const Scan& scan, std::span<const ContainerRecord> records,
                                 std::uint64_t ticks_per_second) {
    return Finder(scan, records, ticks_per_second).run();
}

} // namespace nsscope
