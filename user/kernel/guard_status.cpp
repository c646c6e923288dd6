#include "kernel/guard_status.hpp"

#include <algorithm>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel/guard_pinned.hpp"

namespace nsscope {
namespace {

/// A fixed field of the kernel's that ends with NUL, or with its size.
template <std::size_t size>
std::string text_of(const char (&field)[size]) {
    return {field, ::strnlen(field, size)};
}

std::vector<std::uint64_t> read_hits(const PinnedGuard& guard) {
    const auto* map = guard.map("hits");
    if (map == nullptr) return {};
    const auto cpus = static_cast<std::size_t>(libbpf_num_possible_cpus());
    std::vector<std::uint64_t> hits(map->info.max_entries), each(cpus);
    for (__u32 i = 0; i < hits.size(); i++) {
        if (bpf_map_lookup_elem(map->fd.get(), &i, each.data()) != 0) continue;
        for (const auto count : each) hits[i] += count;
    }
    return hits;
}

GuardAttempt attempt_of(const nsscope_guard_attempt_key& key, const nsscope_guard_attempt& raw,
                        std::size_t nr_rules) {
    GuardAttempt attempt;
    attempt.last_mono_ns = raw.last_ns;
    attempt.count = raw.count;
    attempt.pid = key.pid;
    attempt.uid = raw.uid;
    attempt.cgroup_id = raw.cgroup_id;
    attempt.comm = text_of(raw.comm);
    attempt.sysctl = text_of(raw.name);
    if (raw.has_value != 0)
        attempt.value.emplace(raw.value, std::min<std::size_t>(raw.value_len, sizeof raw.value));
    attempt.is_write = raw.is_write != 0;
    attempt.value_cut = raw.value_len > sizeof raw.value;
    attempt.verdict = std::min<std::size_t>(raw.verdict, verdict_names.size() - 1);
    attempt.reason =
        static_cast<SysctlReason>(std::min<std::size_t>(raw.reason, sysctl_reason_names.size() - 1));
    if (key.rule < nr_rules) attempt.rule = key.rule;
    return attempt;
}

std::vector<GuardAttempt> read_attempts(const PinnedGuard& guard, std::size_t nr_rules) {
    std::vector<GuardAttempt> attempts;
    const int map = guard.map_fd("attempts");
    nsscope_guard_attempt_key key{}, next{};
    nsscope_guard_attempt raw{};
    // entries come and go meanwhile: a walk that begins anew must end all the same
    const void* from = nullptr;
    constexpr std::size_t most = 4096;
    for (std::size_t i = 0; i < most && bpf_map_get_next_key(map, from, &next) == 0; i++) {
        key = next;
        from = &key;
        if (bpf_map_lookup_elem(map, &key, &raw) == 0) attempts.push_back(attempt_of(key, raw, nr_rules));
    }
    std::sort(attempts.begin(), attempts.end(),
              [](const GuardAttempt& a, const GuardAttempt& b) { return a.last_mono_ns > b.last_mono_ns; });
    return attempts;
}

UniqueFd open_parent(const UniqueFd& cgroup) {
    return UniqueFd(::openat(cgroup.get(), "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

std::string program_name(std::uint32_t id) {
    const UniqueFd program(bpf_prog_get_fd_by_id(id));
    bpf_prog_info info{};
    __u32 size = sizeof info;
    if (!program || bpf_obj_get_info_by_fd(program.get(), &info, &size) != 0) return {};
    return text_of(info.name);
}

/// A cgroup with this id, below the root of the hierarchy.
UniqueFd open_cgroup(std::uint64_t id) {
    const auto root = open_cgroup_root();
    if (!root) return {};
    struct {
        unsigned int bytes = sizeof(std::uint64_t);
        int type = 0xfe; // FILEID_KERNFS, include/linux/exportfs.h
        std::uint64_t id = 0;
    } handle;
    handle.id = id;
    return UniqueFd(::open_by_handle_at(root->get(), reinterpret_cast<file_handle*>(&handle), // NOLINT
                                        O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

} // namespace

std::uint32_t program_id(int program) {
    bpf_prog_info info{};
    __u32 size = sizeof info;
    return bpf_obj_get_info_by_fd(program, &info, &size) == 0 ? info.id : 0;
}

Counters guard_counters(int map) {
    Counters total;
    std::vector<nsscope_counters> per_cpu(static_cast<std::size_t>(libbpf_num_possible_cpus()));
    const __u32 zero = 0;
    if (bpf_map_lookup_elem(map, &zero, per_cpu.data()) != 0) return total;
    for (const auto& cpu : per_cpu) {
        for (std::size_t type = 0; type < event_type_count; type++) {
            total.produced[type] += cpu.produced[type];
            for (std::size_t cause = 0; cause < loss_cause_count; cause++)
                total.lost[cause][type] += cpu.lost[cause][type];
        }
    }
    return total;
}

Result<std::vector<OtherProgram>> other_programs(const UniqueFd& cgroup, std::uint32_t own) {
    std::vector<OtherProgram> others;
    UniqueFd above;
    int at = cgroup.get();
    struct stat status {};
    for (bool own_seen = false; at >= 0; own_seen = true) {
        if (::fstat(at, &status) != 0) return errno_failure("cannot look at a cgroup");
        std::vector<__u32> ids(64); // BPF_CGROUP_MAX_PROGS, include/linux/bpf-cgroup-defs.h
        auto count = static_cast<__u32>(ids.size());
        __u32 flags = 0;
        if (bpf_prog_query(at, BPF_CGROUP_SYSCTL, 0, &flags, ids.data(), &count) != 0) {
            if (errno == EINVAL || errno == EBADF) break; // no cgroup any more: above the root
            return errno_failure("cannot list the programs of a cgroup", "run as root");
        }
        for (std::size_t i = 0; i < count; i++) {
            if (ids[i] == own)
                own_seen = true;
            else
                others.push_back({ids[i], program_name(ids[i]), status.st_ino, own_seen});
        }
        auto next = open_parent(cgroup.get() == at ? cgroup : above);
        struct stat parent {};
        if (!next || ::fstat(next.get(), &parent) != 0 || parent.st_dev != status.st_dev ||
            parent.st_ino == status.st_ino)
            break;
        above = std::move(next);
        at = above.get();
    }
    return others;
}

Result<std::optional<GuardStatus>> guard_status(const std::string& pins) {
    const auto guard = open_pinned_guard(pins);
    if (!guard) return Failure(guard.error());
    if (!*guard) return std::optional<GuardStatus>();
    const auto& pinned = **guard;
    GuardStatus status;
    status.pins = pins;
    status.cgroup_id = pinned.cgroup_id;
    status.about = about_of(pinned);
    status.hits = read_hits(pinned);
    if (status.hits.size() >= NSSCOPE_GUARD_OTHER_HITS) {
        const auto rules = status.hits.size() - NSSCOPE_GUARD_OTHER_HITS;
        status.by_default = status.hits[rules + NSSCOPE_GUARD_HITS_DEFAULT];
        status.by_setup = status.hits[rules + NSSCOPE_GUARD_HITS_SETUP];
        status.by_error = status.hits[rules + NSSCOPE_GUARD_HITS_ERROR];
        status.hits.resize(rules);
    }
    status.attempts = read_attempts(pinned, status.hits.size());
    status.counters = guard_counters(pinned.map_fd("guard_counters"));
    for (const auto name : mark_pins)
        if (::access(fmt::format("{}/{}", pins, name).c_str(), F_OK) != 0) status.missing.emplace_back(name);
    status.why_no_lsm = status.about.why_no_lsm;
    for (const auto name : lsm_pins)
        if (status.why_no_lsm.empty() && ::access(fmt::format("{}/{}", pins, name).c_str(), F_OK) != 0)
            status.why_no_lsm = fmt::format("its link {} is gone", name);
    if (const auto cgroup = open_cgroup(pinned.cgroup_id)) {
        auto others = other_programs(cgroup, pinned.info.id);
        if (!others) return Failure(others.error());
        status.others = std::move(*others);
    }
    return std::optional<GuardStatus>(std::move(status));
}

} // namespace nsscope
