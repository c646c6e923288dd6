#include "inspect/ipc.hpp"

#include <array>
#include <cerrno>
#include <charconv>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <unistd.h>

#include "inspect/visit.hpp"

namespace nsscope {

namespace {

union SemaphoreArgument { // semctl(2): "the calling program must define this union"
    int val;
    semid_ds* buf;
    seminfo* info;
};

void take_permissions(IpcObject& object, int id, const ipc_perm& perm) {
    object.id = id;
    object.key = perm.__key;
    object.uid = perm.uid;
    object.gid = perm.gid;
    object.mode = perm.mode & 0777U;
}

template <typename Number>
std::uint64_t u64(Number number) {
    return static_cast<std::uint64_t>(number);
}

/// What is found from within.
struct Findings {
    IpcContents contents;
    std::uint64_t refused = 0; ///< objects that are there and may not be looked at

    void read_queues(IpcLimits& limits) {
        msginfo info{};
        const int last = ::msgctl(0, IPC_INFO, reinterpret_cast<msqid_ds*>(&info)); // NOLINT: its interface
        if (last < 0) return;
        limits.msgmax = u64(info.msgmax);
        limits.msgmnb = u64(info.msgmnb);
        limits.msgmni = u64(info.msgmni);
        auto& queues = contents.queues.emplace();
        for (int i = 0; i <= last; ++i) {
            msqid_ds status{};
            const int id = ::msgctl(i, MSG_STAT_ANY, &status);
            if (id < 0) {
                count(errno);
                continue;
            }
            auto& queue = queues.emplace_back();
            take_permissions(queue, id, status.msg_perm);
            queue.bytes = status.__msg_cbytes;
            queue.messages = status.msg_qnum;
        }
    }

    void read_segments(IpcLimits& limits) {
        shminfo info{};
        const int last = ::shmctl(0, IPC_INFO, reinterpret_cast<shmid_ds*>(&info)); // NOLINT: its interface
        if (last < 0) return;
        limits.shmmax = info.shmmax;
        limits.shmall = info.shmall;
        limits.shmmni = info.shmmni;
        auto& segments = contents.segments.emplace();
        for (int i = 0; i <= last; ++i) {
            shmid_ds status{};
            const int id = ::shmctl(i, SHM_STAT_ANY, &status);
            if (id < 0) {
                count(errno);
                continue;
            }
            auto& segment = segments.emplace_back();
            take_permissions(segment, id, status.shm_perm);
            segment.bytes = status.shm_segsz;
            segment.attached = status.shm_nattch;
            segment.creator = status.shm_cpid;
        }
    }

    void read_semaphores(IpcLimits& limits) {
        seminfo info{};
        const int last = ::semctl(0, 0, IPC_INFO, SemaphoreArgument{.info = &info});
        if (last < 0) return;
        limits.semmsl = u64(info.semmsl);
        limits.semmns = u64(info.semmns);
        limits.semopm = u64(info.semopm);
        limits.semmni = u64(info.semmni);
        auto& sets = contents.semaphores.emplace();
        for (int i = 0; i <= last; ++i) {
            semid_ds status{};
            const int id = ::semctl(i, 0, SEM_STAT_ANY, SemaphoreArgument{.buf = &status});
            if (id < 0) {
                count(errno);
                continue;
            }
            auto& set = sets.emplace_back();
            take_permissions(set, id, status.sem_perm);
            set.semaphores = status.sem_nsems;
        }
    }

    /// EINVAL: nothing has this index; EIDRM: it was removed just now.
    void count(int error_number) { refused += error_number != EINVAL && error_number != EIDRM ? 1 : 0; }
};

std::optional<std::uint64_t> read_number(int directory, const char* name) {
    const UniqueFd file(::openat(directory, name, O_RDONLY | O_CLOEXEC));
    std::array<char, 32> text{};
    const auto got = file ? ::read(file.get(), text.data(), text.size()) : -1;
    std::uint64_t number = 0;
    if (got <= 0 || std::from_chars(text.data(), text.data() + got, number).ec != std::errc{})
        return std::nullopt;
    return number;
}

/// `proc` is a descriptor of nsscope's own procfs: what is below sys/fs/mqueue is the caller's namespace's.
std::optional<MqueueLimits> read_mqueue(int proc) {
    const auto queues_max = read_number(proc, "sys/fs/mqueue/queues_max");
    const auto msg_max = read_number(proc, "sys/fs/mqueue/msg_max");
    const auto msgsize_max = read_number(proc, "sys/fs/mqueue/msgsize_max");
    const auto msg_default = read_number(proc, "sys/fs/mqueue/msg_default");
    const auto msgsize_default = read_number(proc, "sys/fs/mqueue/msgsize_default");
    if (!queues_max || !msg_max || !msgsize_max || !msg_default || !msgsize_default) return std::nullopt;
    return MqueueLimits{*queues_max, *msg_max, *msgsize_max, *msg_default, *msgsize_default};
}

} // namespace

IpcContents inspect_ipc(const Look& look) {
    const UniqueFd proc(::open(look.sources.proc_root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    Findings findings;
    const auto visited = visit_by_thread(look.held, [&] {
        IpcLimits limits;
        findings.read_queues(limits);
        findings.read_segments(limits);
        findings.read_semaphores(limits);
        if (findings.contents.queues && findings.contents.segments && findings.contents.semaphores)
            findings.contents.limits = limits;
        findings.contents.mqueue = read_mqueue(proc.get());
    });
    if (!visited) {
        look.gaps.add_error("System V objects and queue limits", visited.error());
        return {};
    }
    if (!findings.contents.limits) look.gaps.add("System V objects", "this kernel has none (CONFIG_SYSVIPC)");
    for (std::uint64_t i = 0; i < findings.refused; ++i)
        look.gaps.add("a System V object", "a security module does not show it");
    return std::move(findings.contents);
}

} // namespace nsscope
