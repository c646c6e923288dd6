#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "model/ns_table.hpp"
#include "model/snapshot.hpp"

namespace nsscope {

/// Indices into SnapshotBuilder's namespaces, for each slot of a task.
using SlotIndices = std::array<std::uint32_t, ns_slot_count>;

/// A task's index, and its namespaces.
struct PlacedTask {
    std::uint32_t task = 0;
    SlotIndices slots{};
};

/// Builds the namespaces of one scan in the order in which the functions stand here. The namespaces are first
/// numbered as they come, then put in order while they are still small, so that the filled ones never move.
class SnapshotBuilder {
  public:
    SnapshotBuilder(const Scan& scan, PinsOf pins) : scan_(scan), pins_of_(pins) {}

    std::vector<Namespace> build() {
        order_tasks();
        number_namespaces();
        sort_namespaces();
        fill_members();
        fill_owners();
        mark_initial();
        add_member_pins();
        add_file_pins();
        add_mount_pins();
        add_for_children_pins();
        add_child_pins();
        add_owned_pins();
        add_unknown_pins();
        name_holders();
        return std::move(namespaces_);
    }

    /// After build(): how many references could be to either of two namespaces, and so are to none.
    [[nodiscard]] std::uint64_t ambiguous() const { return table_.ambiguous(); }

  private:
    static constexpr std::uint32_t none = NsTable::none;

    void order_tasks();
    void number_namespaces();
    void number_tasks();
    void sort_namespaces();
    void fill_members();
    void fill_owners();
    void mark_initial();
    void mark_kthreadd_as_initial(NsType type);
    void add_member_pins();
    void add_member_pin(std::uint32_t index, const PlacedTask& placed, Pin::How how);
    void add_file_pins();
    void add_mount_pins();
    void add_for_children_pins();
    void add_child_pins();
    void add_owned_pins();
    void add_unknown_pins();
    void name_holders();

    [[nodiscard]] const ScannedTask& task(const PlacedTask& placed) const { return scan_.tasks[placed.task]; }
    void add_process(std::span<const PlacedTask> threads);
    [[nodiscard]] Leader leader_of(std::span<const PlacedTask> threads) const;

    /// The place in namespaces_, or none.
    [[nodiscard]] std::uint32_t index_of(NsType type, NsRef ref) const {
        const std::uint32_t number = table_.find(type, ref);
        return number == none ? none : place_[number];
    }
    /// The namespace where it is to be said what holds it; else nullptr.
    [[nodiscard]] Namespace* wanted(std::uint32_t index) {
        if (index == none) return nullptr;
        if (pins_of_ == PinsOf::unpopulated && !namespaces_[index].members.empty()) return nullptr;
        return &namespaces_[index];
    }
    [[nodiscard]] Namespace* wanted(NsType type, std::optional<std::uint32_t> inum) {
        return inum ? wanted(index_of(type, {*inum, 0})) : nullptr;
    }

    const Scan& scan_;
    PinsOf pins_of_;
    NsTable table_;
    std::vector<PlacedTask> tasks_;              ///< by pid
    std::vector<std::uint32_t> place_;           ///< number in table_ -> place in namespaces_
    std::vector<Namespace> namespaces_;          ///< by type, inum, id
    std::vector<std::optional<uid_t>> creators_; ///< of user namespaces, parallel to namespaces_
};

} // namespace nsscope
