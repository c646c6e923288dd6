#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <optional>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "model/scan.hpp"

struct nsscope_scan_ref;

namespace nsscope {

/// Turns what the task iterators print (bpf/event.h, nsscope_scan_*) into a Scan.
class ScanReader {
  public:
    /// `without_ids`: does as if the kernel gave no ids.
    explicit ScanReader(bool without_ids = false) : without_ids_(without_ids) {}
    [[nodiscard]] bool is_without_ids() const { return without_ids_; }
    /// Makes room for so many threads.
    void expect(std::size_t threads);
    /// Takes one piece of output, which holds whole entries. What cannot be read is noticed, see is_whole().
    void take(std::span<const std::byte> piece);
    /// Adds what another has read of the same scan; its tasks come last.
    void merge(ScanReader&& other);
    /// Is there a pid or user namespace that others refer to as parent or owner, and of which nothing is known?
    [[nodiscard]] bool lacks_ancestors() const;
    [[nodiscard]] bool is_whole() const { return is_whole_; }
    /// Did the tasks come with the files that they have open?
    [[nodiscard]] bool files_seen() const { return files_seen_; }
    [[nodiscard]] Scan& scan() { return scan_; }
    /// Has anything been said of this namespace?
    [[nodiscard]] bool knows(NsType type, const NsRef& ref) const;
    /// Appends those of a piece of namespaces of which nothing has been said. What cannot be read is noticed.
    void collect_unknown(std::span<const std::byte> piece, std::vector<ScannedNamespace>& unknown);
    /// Adds one that is not known yet.
    void add(const ScannedNamespace& found);

  private:
    void take_task(std::span<const std::byte> entry);
    void take_file(std::span<const std::byte> entry);
    void take_namespace(std::span<const std::byte> entry);
    /// None: it cannot be read.
    [[nodiscard]] std::optional<ScannedNamespace> parse_namespace(std::span<const std::byte> entry) const;
    void add(NsType type, const nsscope_scan_ref& raw);
    /// The index of a set of cgroups, by its name in this scan.
    std::uint32_t cgroups_of(std::uint64_t set, std::uint64_t id);

    [[nodiscard]] nsscope_scan_ref seen(nsscope_scan_ref raw) const;

    bool without_ids_;
    Scan scan_;
    /// What scan_.namespaces holds: by type, number and id; and the pid and user namespaces by type and number alone, as
    /// others refer to them.
    std::unique_ptr<std::pmr::monotonic_buffer_resource> memory_ =
        std::make_unique<std::pmr::monotonic_buffer_resource>();
    std::pmr::unordered_set<std::uint64_t> known_{memory_.get()}, referable_{memory_.get()};
    std::array<NsRef, ns_slot_count> last_{}; ///< what the task before refers to
    std::unordered_map<std::uint64_t, std::uint32_t>
        cgroups_; ///< the kernel's name and the id -> index in scan_.cgroups
    std::uint64_t last_set_ = 0;
    std::uint32_t last_cgroups_ = 0;
    bool files_seen_ = false;
    bool is_whole_ = true;
};

} // namespace nsscope
