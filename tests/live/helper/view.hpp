#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <sys/types.h>

/// What a thread can tell about itself by /proc alone: the yardstick for what nsscope says of it.
namespace nshelper {

/// The files in /proc/thread-self/ns.
inline constexpr std::array<const char*, 10> slots{
    "cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts", "pid_for_children", "time_for_children"};

struct Ref {
    std::uint64_t id = 0;   ///< NS_GET_ID; 0: the kernel has none
    std::uint32_t inum = 0; ///< 0: there is none (a pid namespace for children that has no process yet)
};
using View = std::array<Ref, slots.size()>;

/// The namespaces of the calling thread.
View look();

struct Who {
    long pid = 0, tid = 0, ppid = 0; ///< as the pid namespace of the /proc mount numbers them
    long ns_pid = 0;                 ///< as its own pid namespace does
    unsigned long long start_ticks = 0;
    unsigned uid = 0; ///< as the initial user namespace sees it
    std::string comm, exe;
};

/// The calling thread.
Who who();

/// The uid that who() tells: inside a user namespace nobody can ask for it.
extern unsigned real_uid;

std::string to_json(const View& view);
std::string to_json(const Who& who);
std::string quoted(const std::string& text);

/// Prints one line on standard output, in one piece.
void say(const std::string& line);

/// Reads a whole small file; empty when it cannot be read.
std::string read_file(const std::string& path);
/// Says false, with errno, when not all of it was taken.
bool write_file(const std::string& path, const std::string& text);

} // namespace nshelper
