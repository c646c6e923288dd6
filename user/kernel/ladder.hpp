#pragma once

#include <functional>
#include <set>
#include <string>

#include "base/result.hpp"
#include "kernel/attach_plan.hpp"
#include "kernel/feature_probe.hpp"
#include "kernel/trace_object.hpp"

namespace nsscope {

/// Finds the best way in which this kernel lets itself be traced, and loads what it takes.
class Ladder {
  public:
    /// The probe is the caller's and outlives the ladder.
    explicit Ladder(FeatureProbe& probe) : probe_(probe) {}

    struct Loaded {
        TraceObject object;
        AttachPlan plan;
    };
    /// Plans and loads. A program that the kernel refuses to load is ruled out, and the next best way taken; an
    /// Error when nothing is left to see any of the wanted events.
    [[nodiscard]] Result<Loaded> load(const TraceOptions& options);

    /// This one cannot be attached.
    void rule_out(const Attachment& step) {
        ruled_out_.insert(step.program);
        is_by_trial_ = true;
    }

    /// The plan alone, by features, each tried, and functions, without loading.
    [[nodiscard]] Result<AttachPlan> plan(EventMask events, const std::string& btf_file = {});

  private:
    /// The programs are fitted to the kernel's types: its own, or those in a file.
    [[nodiscard]] Result<void> check_types(const std::string& btf_file);
    [[nodiscard]] Result<Flavour> choose_flavour();
    [[nodiscard]] bool can_hook(Rung rung);
    [[nodiscard]] Usable usable(const Attachment& step, const TraceObject& object);
    void read_functions(const TraceObject& object);

    FeatureProbe& probe_;
    std::set<std::string_view> ruled_out_;
    std::set<std::string, std::less<>> functions_;
    bool functions_read_ = false;
    bool typed_refused_ = false;
    /// What functions are hooked by is tried out with the real programs, until one is refused: to hook a function and let go
    /// of it again for a trial takes the kernel a quarter of a second (6.1).
    bool is_by_trial_ = false;
};

} // namespace nsscope
