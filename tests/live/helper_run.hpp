#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "process.hpp"

namespace live {

/// The order of nshelper's views.
inline constexpr std::array<const char*, 10> slot_names{
    "cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts", "pid_for_children", "time_for_children"};
inline constexpr std::size_t slot_pid = 4, slot_time = 5, slot_pid_for_children = 8,
                             slot_time_for_children = 9;

struct SeenRef {
    std::uint32_t inum = 0; ///< 0: it could not be seen
    std::uint64_t id = 0;   ///< 0: the kernel has none
    bool operator==(const SeenRef&) const = default;
};
using SeenView = std::array<SeenRef, slot_names.size()>;

/// A thread, by its own account.
struct SeenWho {
    std::uint32_t pid = 0, tid = 0, ppid = 0, ns_pid = 0, uid = 0;
    std::uint64_t start_ticks = 0;
    std::string comm, exe;
};

/// A line of nshelper's: a call that it made, or a note.
struct Step {
    std::string call, note;
    std::optional<std::uint64_t> flags;
    long result = 0;
    SeenWho who;
    std::optional<SeenView> before, after;
    struct Child {
        SeenWho who;
        SeenView view{};
    };
    std::optional<Child> child;
    std::vector<pid_t> pids;
    /// A task of a forest, by its own account.
    struct Task {
        std::uint32_t pid = 0, tid = 0, ppid = 0;
        int how =
            0; ///< what it holds of a namespace that it has left: 0 nothing, 1 a file, 2 a socket, 3 a mount
        int fd = -1;
        std::uint32_t inum = 0, mnt = 0; ///< of what is held; of where the mount is
        SeenView view{};
    };
    std::vector<Task> tasks;
    std::uint64_t count = 0;
};

[[nodiscard]] std::vector<Step> parse_steps(const std::string& output);

/// nshelper, doing its steps.
class Helper {
  public:
    explicit Helper(std::vector<std::string> steps, const ProcessOptions& options = {});

    [[nodiscard]] pid_t pid() const { return process_.pid(); }
    [[nodiscard]] Process& process() { return process_; }
    /// Waits until it says this note for the `count`-th time.
    bool wait_for(const std::string& note, int count = 1);
    /// The step "hold" is over.
    void go_on() { process_.write_line(); }
    /// Waits for its end, which must be a good one, and returns all that it said.
    std::vector<Step> finish(int status = 0);
    /// What it said so far.
    [[nodiscard]] std::vector<Step> steps() const { return parse_steps(process_.output()); }

  private:
    Process process_;
};

/// nshelper from the beginning to the end.
[[nodiscard]] std::vector<Step> run_helper(const std::vector<std::string>& steps,
                                           const ProcessOptions& options = {});

/// Whether a step noted this.
[[nodiscard]] bool has_note(const std::vector<Step>& steps, const std::string& note);

/// The processes that made calls.
[[nodiscard]] std::set<std::uint32_t> callers(const std::vector<Step>& steps);

} // namespace live
