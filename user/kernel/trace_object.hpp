#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "events/event.hpp"
#include "kernel/core_types.hpp"
#include "kernel/kept_out.hpp"

struct bpf_object;
struct bpf_program;
struct nsscope_control;
struct nsscope_filter;

namespace nsscope {

/// What to trace. Filters work in the kernel; what they keep back is counted there as filtered.
struct TraceOptions {
    EventMask events = 0;
    std::uint32_t ns_types = 0;          ///< bit 1 << NsType; 0: all
    std::uint32_t pid = 0;               ///< 0: all
    bool descendants = false;            ///< with pid: or a descendant of it, told by birth
    std::optional<std::uint32_t> uid{};  ///< real, of the caller; nullopt: all
    std::string comm{};                  ///< empty: all; at most 15 bytes are compared
    EventMask ruled_out = 0;             ///< of `events`: none passes; counted all the same
    bool by_cgroup = false;              ///< what keep_out() says counts
    bool no_process = false;             ///< nothing that is of no process
    EventMask unfiltered = 0;            ///< not filtered by what is above
    bool is_live = false;                ///< can be told something else later, see Tracer::set_filter()
    std::uint32_t ring_bytes = 8U << 20; ///< a power of two, at least a page
    std::string btf_file;                ///< the kernel's types, where it has none itself; empty: its own
};

/// How the programs read the kernel's memory (bpf/lib/access.bpf.h).
enum class Flavour : std::uint8_t {
    typed, ///< bpf/trace.bpf.c
    probe, ///< bpf/trace_probe.bpf.c
};

/// The tracing programs and their maps: opened, with some of the programs loaded, none of them attached.
class TraceObject {
  public:
    /// Parses the object; no privilege is needed. It is going to be fitted to the types in `btf_file`, or else to these of
    /// the kernel (nullptr: libbpf reads them).
    [[nodiscard]] static Result<TraceObject> open(Flavour flavour, std::shared_ptr<const KernelTypes> kernel,
                                                  const std::string& btf_file = {});

    /// Allocates the maps at once: up to 6.0 the kernel warns of others with programs like these.
    void preallocate_maps();

    /// Loads these programs and no others, set up for `options`. Once for each object.
    [[nodiscard]] Result<void> load(const std::set<std::string, std::less<>>& programs,
                                    const TraceOptions& options, bool deaths_told);

    /// The function or tracepoint that a program is attached to, by its section; empty: no such program here.
    [[nodiscard]] std::string_view target(std::string_view program) const;
    /// nullptr when it is not loaded. Owned by this object.
    [[nodiscard]] bpf_program* loaded_program(std::string_view name) const;
    /// Owned by this object.
    [[nodiscard]] int map_fd(const char* name) const;
    /// Shared with the programs (bpf/event.h).
    [[nodiscard]] volatile nsscope_control& control() const { return *control_; }
    /// From now on the programs report what `options` say. One that is running now may go by a mixture of what was said
    /// before and this, but keeps nothing back that one of the two lets through. With TraceOptions::is_live only;
    /// `descendants` are as they were.
    void set_filter(const TraceOptions& options);
    /// See EventSource. set_filter() lets all in.
    [[nodiscard]] KeptOut& kept_out() { return *kept_out_; }

  private:
    struct ObjectDeleter {
        void operator()(bpf_object* object) const;
    };
    struct Unmap {
        void operator()(volatile nsscope_control* control) const;
        void operator()(volatile nsscope_filter* filter) const;
        void operator()(volatile nsscope_kept_out* table) const;
    };
    TraceObject() = default;
    [[nodiscard]] bpf_program* program(std::string_view name) const;
    /// Attachment::goes_on_in, of what is loaded.
    [[nodiscard]] Result<void> join_programs() const;

    std::optional<CoreTypes> types_ = CoreTypes(); ///< until it is loaded
    std::shared_ptr<const KernelTypes>
        kernel_; ///< what types_ are taken from, until loaded; nullptr: they are none
    std::unique_ptr<bpf_object, ObjectDeleter> object_;
    std::unique_ptr<volatile nsscope_control, Unmap> control_;
    std::unique_ptr<volatile nsscope_filter, Unmap> filter_;
    std::unique_ptr<volatile nsscope_kept_out, Unmap> table_;
    std::optional<KeptOut> kept_out_; ///< in the table
};

} // namespace nsscope
