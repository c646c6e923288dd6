#include "recording/sample.hpp"

#include <algorithm>
#include <cmath>

#include "recording/pack.hpp"

namespace nsscope {
namespace {

constexpr std::uint64_t whole = 1; // a flag
constexpr std::uint64_t has_cpu = 1, has_rss = 2, has_command = 4;

/// A number that may be missing: 0, or one more than it.
void put(Packer& packer, const std::optional<std::uint64_t>& value) {
    packer.number(value ? std::min(*value, UINT64_MAX - 1) + 1 : 0);
}
std::optional<std::uint64_t> take(Unpacker& unpacker) {
    const auto value = unpacker.number();
    return value == 0 ? std::nullopt : std::optional(value - 1);
}

/// Percent, in hundredths.
void put(Packer& packer, const std::optional<double>& percent) {
    put(packer, percent ? std::optional(static_cast<std::uint64_t>(std::lround(*percent * 100)))
                        : std::optional<std::uint64_t>());
}
std::optional<double> take_percent(Unpacker& unpacker) {
    const auto value = take(unpacker);
    return value ? std::optional(static_cast<double>(*value) / 100) : std::nullopt;
}

/// A place in a list, or none: 0, or one more than it.
void put_place(Packer& packer, std::uint32_t place) { packer.number(std::uint32_t{place + 1U}); }
std::uint32_t take_place(Unpacker& unpacker) { return unpacker.small<std::uint32_t>() - 1U; }

void put(Packer& packer, const SampledProcess& process, bool with_command) {
    packer.number(static_cast<std::uint64_t>(process.pid));
    packer.number(process.start_ns);
    packer.number((process.cpu_ns ? has_cpu : 0U) | (process.rss_bytes ? has_rss : 0U) |
                  (with_command ? has_command : 0U));
    if (process.cpu_ns) packer.number(*process.cpu_ns);
    if (process.rss_bytes) packer.number(*process.rss_bytes);
    put_place(packer, process.container);
    if (with_command) packer.text(process.command);
}

/// Merges the process in; both lists are by pid, and `at` goes along.
bool take_process(Unpacker& unpacker, std::vector<SampledProcess>& known, std::vector<SampledProcess>& next,
                  std::size_t& at) {
    SampledProcess process;
    process.pid = unpacker.small<pid_t>();
    process.start_ns = unpacker.number();
    const auto flags = unpacker.number();
    if ((flags & has_cpu) != 0) process.cpu_ns = unpacker.number();
    if ((flags & has_rss) != 0) process.rss_bytes = unpacker.number();
    process.container = take_place(unpacker);
    if ((flags & has_command) != 0) process.command = unpacker.text();
    if (!unpacker.good()) return false;
    while (at < known.size() && known[at].pid < process.pid) next.push_back(std::move(known[at++]));
    if (!next.empty() && next.back().pid >= process.pid) return false;
    if (at < known.size() && known[at].pid == process.pid) {
        if ((flags & has_command) == 0) process.command = std::move(known[at].command);
        ++at;
    }
    next.push_back(std::move(process));
    return true;
}

void put(Packer& packer, const FoundContainer& found) {
    packer.number(static_cast<std::uint64_t>(found.init_pid));
    packer.text(found.cgroup);
    const auto& container = found.container;
    packer.text(container.id);
    packer.text(container.runtime);
    packer.text(container.name);
    packer.number(container.pod ? 1 : 0);
    if (!container.pod) return;
    packer.text(container.pod->uid);
    packer.text(container.pod->name);
    packer.text(container.pod->ns);
    packer.text(container.pod->qos);
}
void take(Unpacker& unpacker, FoundContainer& found) {
    found.init_pid = unpacker.small<pid_t>();
    found.cgroup = unpacker.text();
    auto& container = found.container;
    container.id = unpacker.text();
    container.runtime = unpacker.text();
    container.name = unpacker.text();
    if (unpacker.number() == 0) return;
    auto& pod = container.pod.emplace();
    pod.uid = unpacker.text();
    pod.name = unpacker.text();
    pod.ns = unpacker.text();
    pod.qos = unpacker.text();
}

void put(Packer& packer, const SampledCgroup& cgroup) {
    packer.number(cgroup.id);
    put_place(packer, cgroup.parent);
    packer.text(cgroup.name);
    for (const auto& value : {cgroup.cpu_ns, cgroup.memory, cgroup.pids}) put(packer, value);
    for (const auto& value : {cgroup.cpu_pressure, cgroup.memory_pressure, cgroup.io_pressure})
        put(packer, value);
}
void take(Unpacker& unpacker, SampledCgroup& cgroup) {
    cgroup.id = unpacker.number();
    cgroup.parent = take_place(unpacker);
    cgroup.name = unpacker.text();
    for (auto* value : {&cgroup.cpu_ns, &cgroup.memory, &cgroup.pids}) *value = take(unpacker);
    for (auto* value : {&cgroup.cpu_pressure, &cgroup.memory_pressure, &cgroup.io_pressure})
        *value = take_percent(unpacker);
}

void put_processes(Packer& packer, const Sample& sample, const std::vector<SampledProcess>& last) {
    std::vector<std::pair<const SampledProcess*, bool>> changed;
    auto before = last.begin();
    for (const auto& process : sample.processes) {
        while (before != last.end() && before->pid < process.pid) ++before;
        const bool is_known =
            before != last.end() && before->pid == process.pid && before->start_ns == process.start_ns;
        if (is_known && *before == process) continue;
        changed.emplace_back(&process, !is_known || before->command != process.command);
    }
    packer.number(changed.size());
    for (const auto& [process, with_command] : changed) put(packer, *process, with_command);
}

} // namespace

void SampleWriter::append(std::string& out, const Sample& sample) {
    if (last_ && last_->containers != sample.containers) begin_anew(); // places in it are other ones now
    Packer packer(out);
    packer.number(last_ ? 0 : whole);
    for (const auto value : {sample.mono_ns, sample.boot_ns, std::uint64_t{sample.cpus}, sample.cpu_ns,
                             sample.busy_ns, sample.memory, sample.available})
        packer.number(value);
    put_processes(packer, sample, last_ ? last_->processes : std::vector<SampledProcess>());
    if (!last_) {
        packer.number(sample.containers.size());
        for (const auto& container : sample.containers) put(packer, container);
    }
    packer.number(sample.cgroups.size());
    for (const auto& cgroup : sample.cgroups) put(packer, cgroup);
    packer.number(sample.users.size());
    for (const auto& [uid, user] : sample.users) {
        packer.number(uid);
        packer.text(user);
    }
    packer.number(sample.notices.size());
    for (const auto& notice : sample.notices) packer.text(notice);
    last_ = sample;
}

bool update_sample(Sample& sample, std::string_view payload) {
    Unpacker unpacker(payload);
    const bool is_whole = (unpacker.number() & whole) != 0;
    if (is_whole) sample = {};
    sample.mono_ns = unpacker.number();
    sample.boot_ns = unpacker.number();
    sample.cpus = unpacker.small<std::uint32_t>();
    for (auto* value : {&sample.cpu_ns, &sample.busy_ns, &sample.memory, &sample.available})
        *value = unpacker.number();
    std::vector<SampledProcess> next;
    std::size_t at = 0;
    for (auto left = unpacker.count(4); left > 0; --left)
        if (!take_process(unpacker, sample.processes, next, at)) return false;
    while (at < sample.processes.size()) next.push_back(std::move(sample.processes[at++]));
    sample.processes = std::move(next);
    if (is_whole)
        for (auto left = unpacker.count(6); left > 0 && unpacker.good(); --left)
            take(unpacker, sample.containers.emplace_back());
    sample.cgroups.clear();
    for (auto left = unpacker.count(9); left > 0 && unpacker.good(); --left)
        take(unpacker, sample.cgroups.emplace_back());
    sample.users.clear();
    for (auto left = unpacker.count(2); left > 0; --left) {
        const auto uid = unpacker.small<uid_t>();
        sample.users[uid] = unpacker.text();
    }
    sample.notices.clear();
    for (auto left = unpacker.count(1); left > 0 && unpacker.good(); --left)
        sample.notices.emplace_back(unpacker.text());
    return unpacker.finished();
}

} // namespace nsscope
