#pragma once

#include <string>
#include <vector>

#include "../events/wire.hpp"
#include "model/scan.hpp"
#include "recording/frame.hpp"
#include "recording/pack.hpp"
#include "recording/sample.hpp"
#include "recording/scan_payload.hpp"
#include "recording/start_payload.hpp"

namespace nsscope {

/// A recording of a small machine, made by hand: the same bytes each time. Half a minute in which a container is started
/// (12 s), a namespace lives for two seconds (5 s to 7 s) and records are lost (20 s).
class Story {
  public:
    static constexpr std::uint64_t second = 1'000'000'000, begin = 1000 * second, length_s = 30;
    static constexpr std::int64_t clock_offset = 1'795'311'065'000'000'000; // 2026-11-22
    /// The host's namespace of a kind.
    static constexpr std::uint32_t host(std::uint32_t type) {
        const auto fixed = ns_types[type].initial_inum;
        return fixed != 0 ? fixed : 4026531840 + type;
    }
    static constexpr std::uint32_t web = 4026532200, db = 4026532300, visitor = 4026532400;

    Story() {
        bytes_ = recording_magic;
        start();
        make_machine();
        for (std::uint64_t s = 0; s <= length_s; ++s) {
            happenings(s);
            if (s % 10 == 0) scan(s);
            sample(s);
        }
        add(FrameKind::end, begin + length_s * second, {});
    }

    [[nodiscard]] const std::string& bytes() const { return bytes_; }
    /// Where the frames begin.
    [[nodiscard]] const std::vector<std::size_t>& offsets() const { return offsets_; }

  private:
    /// As wire::change() has it.
    static NsRef ref(std::uint32_t inum) { return {inum, inum + 1'000'000'000'000U}; }

    struct Machine {
        std::vector<ScannedTask> tasks;
        std::vector<ScannedNamespace> namespaces;
    };

    void add(FrameKind kind, std::uint64_t mono_ns, std::string_view payload) {
        offsets_.push_back(bytes_.size());
        append_frame(bytes_, kind, mono_ns, payload);
    }

    void start() {
        RecordingStart start;
        start.info.version = "0.1.0";
        start.info.kernel = "6.18.0";
        start.info.host = "harbour";
        start.info.boot_id = "6dca2a27-0000-4000-8000-000000000001";
        start.info.rung = "tracepoint";
        start.info.events = 0xE7F;
        start.info.observed = 1U << NSSCOPE_EV_NS_DESTROY;
        start.clock_offset = clock_offset;
        start.controllers[4] = {"memory"};
        std::string payload;
        append_start(payload, start);
        add(FrameKind::start, begin, payload);
        for (const auto& [id, path] : {std::pair{std::uint64_t{1}, "/"},
                                       {std::uint64_t{20}, "/system.slice/ssh.service"},
                                       {std::uint64_t{30}, web_cgroup},
                                       {std::uint64_t{40}, db_cgroup}}) {
            payload.clear();
            Packer packer(payload);
            packer.number(id);
            packer.text(path);
            add(FrameKind::cgroup, begin, payload);
        }
    }

    ScannedTask& task(pid_t pid, pid_t ppid, std::string comm, std::uint32_t cgroups,
                      std::uint32_t inside = 0) {
        ScannedTask task;
        task.pid = task.tid = pid;
        task.ppid = ppid;
        task.comm = std::move(comm);
        task.cgroups = cgroups;
        task.start_ns = (pid < 100 ? 1U : 400U + static_cast<unsigned>(pid) % 100) * second;
        for (std::uint32_t slot = 0; slot < ns_slot_count; ++slot) {
            const auto type = static_cast<std::uint32_t>(type_of(slot_at(slot)));
            const bool is_own = inside != 0 && slot_at(slot) != NsSlot::user &&
                                slot_at(slot) != NsSlot::time && slot_at(slot) != NsSlot::time_for_children;
            const auto inum = is_own ? inside + type : host(type);
            task.ns[slot] = ref(inum);
        }
        machine_.tasks.push_back(std::move(task));
        return machine_.tasks.back();
    }

    void make_machine() {
        task(1, 0, "systemd", 0);
        task(2, 0, "kthreadd", 0).kernel_thread = true;
        task(17, 2, "kworker/0:1", 0).kernel_thread = true;
        task(410, 1, "sshd", 1);
        task(501, 410, "bash", 1).uid = 1000;
        task(610, 1, "dockerd", 0);
        task(700, 610, "nginx", 2, web);
        task(701, 700, "nginx", 2, web);
        task(702, 700, "nginx", 2, web);
        auto& hostile = task(720, 700, "\033[2Jevil\n", 2, web); // what a container may call itself
        hostile.cmdline = std::string("\033]0;owned\a\0--\xff\xfe", 15);
        hostile.has_cmdline = true;
        task(730, 700, "\u7db2\u7ad9e\u0301", 2, web); // wide, and combining
        machine_.namespaces.push_back({.type = NsType::user,
                                       .ref = ref(host(6)),
                                       .owner_user_ns = 0,
                                       .parent = 0,
                                       .owner_uid = 0,
                                       .has_owner_uid = true});
        for (const auto inside : {0U, web})
            for (std::uint32_t type = 0; type < ns_type_count; ++type) {
                if (static_cast<NsType>(type) == NsType::user) continue;
                if (inside != 0 && static_cast<NsType>(type) == NsType::time) continue;
                const bool is_pid = static_cast<NsType>(type) == NsType::pid;
                machine_.namespaces.push_back({.type = static_cast<NsType>(type),
                                               .ref = ref(inside == 0 ? host(type) : inside + type),
                                               .owner_user_ns = host(6),
                                               .parent = is_pid && inside != 0 ? host(type) : 0});
            }
        // nobody is in this one
        machine_.namespaces.push_back(
            {.type = NsType::net, .ref = ref(4026532500), .owner_user_ns = host(6), .parent = 0});
    }

    static nsscope_task who(std::uint32_t pid, std::uint32_t ppid, std::string_view comm,
                            std::uint64_t cgroup) {
        auto task = wire::task(pid, comm);
        task.ppid = ppid;
        task.exe_key = 0;
        task.uid = 0;
        task.cgroup_id = cgroup;
        task.start_ns = begin;
        return task;
    }

    void event(std::uint64_t at_ms, wire::Record record) {
        record.mono_ns = begin + at_ms * (second / 1000);
        const auto bytes = record.bytes();
        add(FrameKind::event, record.mono_ns, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    }

    void happenings(std::uint64_t s) {
        const auto visit = who(801, 501, "unshare", 20);
        if (s == 5)
            event(4500, {.type = NSSCOPE_EV_PROCESS_FORK,
                         .syscall = NSSCOPE_SYS_FORK,
                         .rec_flags = NSSCOPE_REC_HAS_CHILD,
                         .result = 801,
                         .task = who(501, 410, "bash", 20),
                         .child = visit});
        if (s == 6)
            event(5250, {.flags = 0x44000000,
                         .task = visit,
                         .changes = {
                             wire::change(NSSCOPE_SLOT_NET, host(3), visitor, NSSCOPE_CHANGE_CREATED),
                             wire::change(NSSCOPE_SLOT_UTS, host(7), visitor + 1, NSSCOPE_CHANGE_CREATED)}});
        if (s == 7) {
            event(6500, {.type = NSSCOPE_EV_PROCESS_EXIT,
                         .syscall = 0,
                         .rec_flags = NSSCOPE_REC_NO_FLAGS,
                         .exit_code = 256,
                         .task = visit});
            for (const auto slot : {NSSCOPE_SLOT_NET, NSSCOPE_SLOT_UTS})
                event(6900, {.type = NSSCOPE_EV_NS_DESTROY,
                             .syscall = 0,
                             .rec_flags = NSSCOPE_REC_NO_FLAGS | NSSCOPE_REC_OBSERVED | NSSCOPE_REC_NO_TASK,
                             .changes = {wire::change(static_cast<unsigned>(slot),
                                                      slot == NSSCOPE_SLOT_NET ? visitor : visitor + 1, 0,
                                                      NSSCOPE_CHANGE_NO_TO)}});
        }
        if (s == 9) // refused
            event(8100, {.result = -1, .flags = 0x10000000, .task = who(720, 700, "\033[2Jevil\n", 30)});
        if (s == 13) {
            wire::Record born{.type = NSSCOPE_EV_NS_CLONE,
                              .syscall = NSSCOPE_SYS_CLONE3,
                              .rec_flags = NSSCOPE_REC_HAS_CHILD,
                              .result = 900,
                              .flags = 0x6E020000,
                              .task = who(610, 1, "dockerd", 1),
                              .child = who(900, 610, "runc", 40)};
            for (const auto slot : {NSSCOPE_SLOT_CGROUP, NSSCOPE_SLOT_IPC, NSSCOPE_SLOT_MNT, NSSCOPE_SLOT_NET,
                                    NSSCOPE_SLOT_PID, NSSCOPE_SLOT_UTS}) {
                const auto type = static_cast<std::uint32_t>(slot);
                born.changes.push_back(wire::change(type, host(type), db + type, NSSCOPE_CHANGE_CREATED));
            }
            event(12'000, born);
            event(12'200, {.type = NSSCOPE_EV_PROCESS_EXEC,
                           .syscall = 0,
                           .rec_flags = NSSCOPE_REC_NO_FLAGS,
                           .task = who(900, 610, "postgres", 40)});
            auto& process = task(900, 610, "postgres", 3, db);
            process.start_ns = begin;
            for (std::uint32_t type = 0; type < ns_type_count; ++type)
                if (static_cast<NsType>(type) != NsType::user && static_cast<NsType>(type) != NsType::time) {
                    const bool is_pid = static_cast<NsType>(type) == NsType::pid;
                    machine_.namespaces.push_back({.type = static_cast<NsType>(type),
                                                   .ref = ref(db + type),
                                                   .owner_user_ns = host(6),
                                                   .parent = is_pid ? host(type) : 0});
                    process.ns[type] = ref(db + type);
                }
            process.ns[static_cast<std::size_t>(NsSlot::pid_for_children)] =
                process.ns[static_cast<std::size_t>(NsSlot::pid)];
        }
        if (s == 20) {
            Lost lost{};
            lost[0][NSSCOPE_EV_PROCESS_FORK] = 3;
            std::string payload;
            append_lost(payload, lost);
            add(FrameKind::loss, begin + s * second, payload);
        }
    }

    void scan(std::uint64_t s) {
        Scan scan;
        scan.source = "bpf";
        scan.tasks = machine_.tasks;
        scan.namespaces = machine_.namespaces;
        scan.mounts.push_back({.type = NsType::net,
                               .inum = 4026532500,
                               .path = "/run/netns/blue",
                               .mnt_ns = host(2),
                               .id = ref(4026532500).id});
        for (const auto id : {1, 20, 30, 40}) scan.cgroups.push_back({static_cast<std::uint64_t>(id), {}});
        std::string payload;
        append_scan(payload, scan);
        add(FrameKind::scan, begin + s * second, payload);
        samples_.begin_anew();
    }

    static FoundContainer container(std::string id, std::string name, pid_t init, const char* cgroup) {
        FoundContainer found;
        found.container.id = std::move(id);
        found.container.runtime = "docker";
        found.container.name = std::move(name);
        found.init_pid = init;
        found.cgroup = cgroup;
        return found;
    }

    void sample(std::uint64_t s) {
        Sample sample{.mono_ns = begin + s * second,
                      .boot_ns = begin + s * second,
                      .cpus = 4,
                      .cpu_ns = 4 * (begin + s * second),
                      .busy_ns = begin + s * second * 3 / 2,
                      .memory = 16ULL << 30,
                      .available = (12ULL << 30) - s * (8U << 20)};
        sample.containers.push_back(container("4f0c71a9d2e84b1b", "web", 700, web_cgroup));
        if (s > 12) sample.containers.push_back(container("b91e03c5a7764c10", "db", 900, db_cgroup));
        for (const auto& task : machine_.tasks) {
            SampledProcess process{.pid = task.pid, .start_ns = task.start_ns};
            const auto pid = static_cast<std::uint64_t>(task.pid);
            process.cpu_ns = pid * second / 10 + s * (pid % 7) * (second / 50);
            if (!task.kernel_thread) process.rss_bytes = (pid % 50 + 1) << 20;
            if (task.cgroups == 2) process.container = 0;
            if (task.cgroups == 3) process.container = 1;
            if (task.comm == "nginx") process.command = "nginx: worker process";
            if (task.has_cmdline) process.command = task.cmdline;
            if (task.comm == "postgres") process.command = "postgres -D /var/lib/postgresql";
            sample.processes.push_back(std::move(process));
        }
        const auto cgroup = [&](std::uint64_t id, std::uint32_t parent, std::string name) {
            sample.cgroups.push_back({.id = id,
                                      .parent = parent,
                                      .name = std::move(name),
                                      .cpu_ns = id * s * (second / 400),
                                      .memory = id << 22,
                                      .pids = id / 10 + 1,
                                      .cpu_pressure = static_cast<double>(id) / 10,
                                      .memory_pressure = 0.0,
                                      .io_pressure = 0.5});
        };
        cgroup(1, SampledCgroup::no_parent, "/");
        cgroup(10, 0, "system.slice");
        cgroup(20, 1, "ssh.service");
        cgroup(30, 1, "docker-4f0c71a9d2e84b1b.scope");
        if (s > 12) cgroup(40, 1, "docker-b91e03c5a7764c10.scope");
        sample.users = {{0, "root"}, {1000, "ada"}};
        std::string payload;
        samples_.append(payload, sample);
        add(FrameKind::sample, sample.mono_ns, payload);
    }

    static constexpr const char* web_cgroup = "/system.slice/docker-4f0c71a9d2e84b1b.scope";
    static constexpr const char* db_cgroup = "/system.slice/docker-b91e03c5a7764c10.scope";

    Machine machine_;
    SampleWriter samples_;
    std::string bytes_;
    std::vector<std::size_t> offsets_;
};

} // namespace nsscope
