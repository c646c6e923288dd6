#include <algorithm>
#include <map>
#include <tuple>

#include "output/diff_report.hpp"
#include "output/inspect_json.hpp"

namespace nsscope {
namespace {

/// The arrays of nsscope.inspect/1 and nsscope.snapshot/1.
const std::vector<JsonArrayKey>& array_keys() {
    static const std::vector<JsonArrayKey> keys{
        {"roots", {"hierarchy"}},
        {"root", {}, {"id", "parent_id"}},
        {"queues", {"key", "id"}},
        {"segments", {"key", "id"}, {"creator"}},
        {"semaphores", {"key", "id"}},
        {"mounts", {"mount_point"}, {"id", "parent_id", "peers_in", "slaves_in", "master_in"}},
        {"interfaces", {"name"}},
        {"addresses", {"address", "prefix_length"}},
        {"listening", {"protocol", "family", "address", "port"}, {"inode"}},
        {"uid_map", {"inside"}},
        {"gid_map", {"inside"}},
        {"owns", {"type", "inum"}},
        {"pinned_by", {"how", "pid", "fd", "path", "mnt_ns", "type", "inum"}},
    };
    return keys;
}

rapidjson::Document contents_document(const std::optional<Contents>& contents) {
    rapidjson::Document document;
    std::string text = "null";
    if (contents) {
        text.clear();
        JsonWriter json(text);
        put_contents(json, *contents);
    }
    document.Parse(text.c_str(), text.size());
    return document;
}

bool is_same(const NsRef& a, const NsRef& b) {
    return a.id != 0 && b.id != 0 ? a.id == b.id : a.inum == b.inum;
}

const InspectedNamespace* find_kind(const Inspection& inspection, NsType type) {
    for (const auto& inspected : inspection.namespaces)
        if (inspected.ns.type == type) return &inspected;
    return nullptr;
}

DiffSide side_of(const Namespace& ns, const Snapshot& snapshot) {
    DiffSide side{ns.ref, std::nullopt};
    if (ns.container) side.container = snapshot.containers[*ns.container].container;
    return side;
}

DiffSide side_of(const SavedSnapshot::Entry& entry) { return {entry.ref, entry.container}; }

/// Who is on which side of two snapshots.
class SnapshotMatch {
  public:
    SnapshotMatch(const SavedSnapshot& a, const SavedSnapshot& b)
        : same_boot_(a.boot_id == b.boot_id), ids_(has_ids(a) && has_ids(b)) {
        for (const auto& entry : b.namespaces) others_.emplace(key(entry), &entry);
    }

    const SavedSnapshot::Entry* take(const SavedSnapshot::Entry& entry) {
        if (!same_boot_ && !entry.initial) return nullptr;
        const auto found = others_.find(key(entry));
        if (found == others_.end()) return nullptr;
        const auto* other = found->second;
        others_.erase(found);
        return other;
    }
    [[nodiscard]] std::vector<const SavedSnapshot::Entry*> left() const {
        std::vector<const SavedSnapshot::Entry*> entries;
        for (const auto& [key, entry] : others_) entries.push_back(entry);
        return entries;
    }

  private:
    using Key = std::tuple<NsType, bool, std::uint64_t>; ///< kind; initial, without a number; else a number
    static bool has_ids(const SavedSnapshot& snapshot) {
        return std::ranges::any_of(snapshot.namespaces, [](const auto& entry) { return entry.ref.id != 0; });
    }
    [[nodiscard]] Key key(const SavedSnapshot::Entry& entry) const {
        if (!same_boot_ && entry.initial) return {entry.type, true, 0};
        return {entry.type, false, ids_ ? entry.ref.id : entry.ref.inum};
    }

    bool same_boot_, ids_;
    std::multimap<Key, const SavedSnapshot::Entry*> others_;
};

} // namespace

bool DiffReport::same() const {
    return std::ranges::all_of(
        entries, [](const DiffEntry& entry) { return entry.same && entry.differences.empty(); });
}

std::vector<DiffEntry> compare_inspections(const Inspection& a, const Inspection& b,
                                           const Snapshot& snapshot) {
    // Who is in it is no property of what is inside, and never the same for two of a kind.
    const std::vector<std::string_view> ignored{"members"};
    std::vector<DiffEntry> entries;
    for (const auto& kind : ns_types) {
        const auto* left = find_kind(a, kind.type);
        const auto* right = find_kind(b, kind.type);
        if (left == nullptr && right == nullptr) continue;
        DiffEntry entry;
        entry.type = kind.type;
        if (left != nullptr) entry.a = side_of(left->ns, snapshot);
        if (right != nullptr) entry.b = side_of(right->ns, snapshot);
        entry.same = left != nullptr && right != nullptr && is_same(left->ns.ref, right->ns.ref);
        if (left != nullptr && right != nullptr && !entry.same)
            entry.differences = json_differences(contents_document(left->contents),
                                                 contents_document(right->contents), array_keys(), ignored);
        entries.push_back(std::move(entry));
    }
    return entries;
}

void compare_snapshots(const SavedSnapshot& a, const SavedSnapshot& b, DiffReport& report) {
    SnapshotMatch match(a, b);
    for (const auto& entry : a.namespaces) {
        const auto* other = match.take(entry);
        DiffEntry found{entry.type, side_of(entry), std::nullopt, other != nullptr, {}};
        if (other != nullptr) {
            found.b = side_of(*other);
            found.differences =
                json_differences(*entry.json, *other->json, array_keys(), {"type", "inum", "id", "nprocs"});
            if (found.differences.empty()) {
                ++report.unchanged;
                continue;
            }
        }
        report.entries.push_back(std::move(found));
    }
    for (const auto* entry : match.left())
        report.entries.push_back({entry->type, std::nullopt, side_of(*entry), false, {}});
    std::ranges::stable_sort(report.entries, {}, &DiffEntry::type);
    for (const auto* side : {&a, &b})
        if (!side->complete)
            report.issues.push_back({"a saved snapshot", 1, "it was partial itself (" + side->time + ")"});
}

} // namespace nsscope
