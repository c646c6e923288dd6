#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "inspect/inspection.hpp"
#include "output/json_diff.hpp"
#include "output/snapshot_file.hpp"

namespace nsscope {

/// One side of a comparison: a process, a namespace or a saved snapshot.
struct DiffSubject {
    std::optional<pid_t> pid;           ///< a process
    std::string comm;                   ///< its name, raw bytes
    std::optional<Container> container; ///< that the process is in, or the namespace belongs to
    std::optional<NsType> type;         ///< a namespace
    NsRef ref;
    std::string file; ///< a snapshot: its path, raw bytes
    std::string time, host, boot_id;
};

/// A namespace on one side.
struct DiffSide {
    NsRef ref;
    std::optional<Container> container; ///< that it belongs to; of a saved one, id and name
};

/// What both sides have of one kind, or of one namespace.
struct DiffEntry {
    NsType type{};
    std::optional<DiffSide> a, b; ///< nullopt: not on that side
    bool same = false;            ///< one and the same namespace
    /// Of one and the same: what changed in between. Of two: what differs inside.
    std::vector<JsonDifference> differences;
};

struct DiffReport {
    DiffSubject a, b;
    std::vector<DiffEntry> entries;
    std::size_t unchanged =
        0; ///< snapshots: namespaces on both sides in which nothing changed, which have no entry
    std::vector<Issue> issues; ///< empty: complete
    /// Whether both sides share everything and nothing differs.
    [[nodiscard]] bool same() const;
};

/// Compares what two inspections found, kind by kind. `snapshot`, which both were looked up in, tells of the containers.
[[nodiscard]] std::vector<DiffEntry> compare_inspections(const Inspection& a, const Inspection& b,
                                                         const Snapshot& snapshot);

/// Compares two snapshots into `report`. A namespace is the same on both sides if kind and 64-bit id are (kind and inode
/// number where one side has no ids); of different boots none is but the initial ones.
void compare_snapshots(const SavedSnapshot& a, const SavedSnapshot& b, DiffReport& report);

/// Appends one object of the schema nsscope.diff/1 (docs/schema/diff-1.schema.json) and a newline.
void append_diff_json(std::string& out, const DiffReport& report);

/// The same for people.
void append_diff_text(std::string& out, const DiffReport& report);

} // namespace nsscope
