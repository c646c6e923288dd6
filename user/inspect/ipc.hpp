#pragma once

#include <cstdint>
#include <optional>
#include <sys/types.h>
#include <vector>

#include "inspect/look.hpp"

namespace nsscope {

/// A System V object, sysvipc(7): what the three kinds have in common. Owner and pids as nsscope's own namespaces see
/// them.
struct IpcObject {
    int id = 0;
    std::int32_t key = 0; ///< 0: IPC_PRIVATE
    uid_t uid = 0;
    gid_t gid = 0;
    std::uint32_t mode = 0; ///< permissions, the lowest nine bits
};
struct MessageQueue : IpcObject {
    std::uint64_t bytes = 0, messages = 0;
};
struct SharedSegment : IpcObject {
    std::uint64_t bytes = 0, attached = 0;
    pid_t creator = 0; ///< 0: out of sight or gone
};
struct SemaphoreSet : IpcObject {
    std::uint64_t semaphores = 0;
};

/// msgctl(2), shmctl(2), semctl(2), IPC_INFO; proc_sys_kernel(5).
struct IpcLimits {
    std::uint64_t msgmax = 0, msgmnb = 0, msgmni = 0;
    std::uint64_t shmmax = 0, shmall = 0, shmmni = 0; ///< shmall in pages
    std::uint64_t semmsl = 0, semmns = 0, semopm = 0, semmni = 0;
};
/// mq_overview(7), /proc/sys/fs/mqueue.
struct MqueueLimits {
    std::uint64_t queues_max = 0, msg_max = 0, msgsize_max = 0, msg_default = 0, msgsize_default = 0;
};

/// An ipc namespace, ipc_namespaces(7). All nullopt where it could not be entered.
struct IpcContents {
    std::optional<IpcLimits> limits;
    std::optional<MqueueLimits> mqueue; ///< also nullopt: this kernel has no POSIX queues
    std::optional<std::vector<MessageQueue>> queues;
    std::optional<std::vector<SharedSegment>> segments;
    std::optional<std::vector<SemaphoreSet>> semaphores;
};
/// From within: by *_INFO and *_STAT_ANY, which need no permission of the objects' (Linux 4.17).
[[nodiscard]] IpcContents inspect_ipc(const Look& look);

} // namespace nsscope
