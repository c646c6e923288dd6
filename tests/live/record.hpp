#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace live {

struct NsRef {
    std::optional<std::uint32_t> inum;
    std::optional<std::uint64_t> id;
};

struct Change {
    std::string type;
    bool for_children = false, created = false;
    std::optional<NsRef> from, to;
};

struct Task {
    std::uint32_t pid = 0, tid = 0, ppid = 0, uid = 0;
    std::optional<std::uint32_t> ns_pid;
    std::string comm;
    std::optional<std::string> exe;
    std::uint64_t start_ns = 0;
};

struct Cgroup {
    std::uint64_t id = 0;
    std::optional<std::string> path;
};

struct Container {
    std::string id;
    std::optional<std::string> runtime;
};

struct Call {
    std::string name;
    std::int64_t result = 0;
    std::optional<std::string> error;
    std::optional<std::vector<std::string>> flags;
    std::optional<std::string> flags_raw;
};

struct LossPart {
    std::string event, cause;
    std::uint64_t count = 0;
};

struct Totals {
    std::uint64_t produced = 0, delivered = 0, filtered = 0, lost = 0;
};

/// A namespace, as ns.exists tells of it.
struct Existing {
    std::string type;
    NsRef ref;
    std::vector<std::uint32_t> members;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> threads; ///< pid, tid
    std::set<std::uint32_t> by_thread;
};

/// A line of `nsscope events`.
struct Record {
    std::string line; ///< empty when it was read without the schema: of those there may be millions
    std::uint64_t seq = 0, mono_ns = 0;
    std::string time, event, how;
    std::optional<Task> process, child;
    std::optional<Cgroup> cgroup;
    std::optional<Container> container;
    std::optional<Call> syscall;
    std::vector<Change> namespaces;
    std::optional<int> exit_code, exit_signal;
    std::uint64_t loss = 0;
    std::vector<LossPart> loss_by;
    std::optional<Totals> totals;
    std::optional<Existing> existing;
    std::uint64_t synced = 0; ///< sync: how many namespaces exist
    bool resync = false;

    /// Something happened; not one of the records about the stream itself.
    [[nodiscard]] bool is_happening() const {
        return event != "start" && event != "reload" && event != "sync" && event != "loss" &&
               event != "end" && event != "ns.exists";
    }
};

/// Throws std::runtime_error when the line is not what docs/schema says; `with_schema` false leaves that out and
/// looks at what is read here alone.
[[nodiscard]] Record parse_record(const std::string& line, bool with_schema = true);

} // namespace live
