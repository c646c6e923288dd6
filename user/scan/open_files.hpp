#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <sys/types.h>
#include <unordered_map>
#include <vector>

#include "base/unique_fd.hpp"
#include "model/scan.hpp"
#include "scan/mishaps.hpp"
#include "scan/ns_catalog.hpp"

namespace nsscope {

/// Opens the network namespace of another process's socket; none where the descriptor is another file by now, the process is gone,
/// or that is not permitted (PTRACE_MODE_ATTACH_REALCREDS, pidfd_getfd(2)).
[[nodiscard]] UniqueFd open_net_of_socket(pid_t pid, pid_t tid, int fd);

/// Finds what open files hold, in the directories /proc/PID/fd and /proc/PID/task/TID/fd (proc_pid_fd(5)): nsfs files by
/// their links; the network namespace of a socket by pidfd_getfd(2) and SIOCGSKNS, which changes nothing of the socket.
class OpenFiles {
  public:
    /// A task, and where it is.
    struct Owner {
        pid_t pid = 0, tid = 0;
        std::uint32_t net = 0; ///< inum of its network namespace; 0: not known, then its sockets say nothing
    };

    /// Adds to `found` what the descriptors in the directory `parent`/`name` hold that `owner` has. What is new goes into
    /// the catalogue, what cannot be read is counted. An owner that has gone meanwhile is no mishap.
    void read(int parent, const char* name, const Owner& owner, NsCatalog& catalog, Mishaps& mishaps,
              std::vector<ScannedFile>& found);

    /// Whether two threads have one table of descriptors, kcmp(2). nullopt: the kernel does not say.
    [[nodiscard]] static std::optional<bool> share_table(pid_t one, pid_t other);

  private:
    struct Socket {
        int fd = -1;
        std::uint64_t inode = 0;
    };
    bool has_plain_ones(int parent, const char* name, pid_t tid) const;
    void read_sockets(const Owner& owner, NsCatalog& catalog, Mishaps& mishaps,
                      std::vector<ScannedFile>& found);
    std::uint32_t ask(int pidfd, const Socket& socket, NsCatalog& catalog, Mishaps& mishaps, pid_t pid);

    std::vector<char> entries_ = std::vector<char>(std::size_t{32} << 10); ///< for getdents64(2)
    std::vector<Socket> sockets_;
    std::vector<int> seen_;
    /// The last one read whose descriptors hold nothing, and these.
    struct {
        pid_t tid = 0;
        std::vector<int> fds;
    } plain_;
    /// Network namespaces of sockets by inode number, which is one socket's as long as anybody has it: many processes
    /// have the sockets that they inherited. 0: it may not be asked.
    std::unordered_map<std::uint64_t, std::uint32_t> nets_;
};

} // namespace nsscope
