#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "guard_state.h" // the skeleton needs it
#include "kernel/guard_about.hpp"
#include "kernel/guard_pinned.hpp"
#include "policy/compile.hpp"

struct guard_bpf;

namespace nsscope {

/// Why the kernel does not take programs at its security hooks, or not from who asks; empty: it does. Tried once.
[[nodiscard]] const std::string& why_no_lsm_programs();

/// The programs of bpf/guard.bpf.c with the maps of one policy, loaded and attached to nothing.
class GuardObject {
  public:
    /// Loads the programs and fills the maps. What is to outlast a policy (the marks of runtimes at work, the files that
    /// were opened, the ring and its counters) is taken over from `before`, where there is one and its form is the same;
    /// and what was counted, where that is of the same generation. `about` is kept with the policy, for about_of(); its
    /// generation goes into every record. `cgroup_id`: what is guarded is there and below.
    ///
    /// The programs that judge files where they are opened are loaded where the kernel takes and runs them; where not,
    /// why_no_lsm() says why, and the rest does without them.
    [[nodiscard]] static Result<GuardObject> load(const CompiledPolicy& tables, GuardAbout about,
                                                  std::uint64_t cgroup_id, const PinnedGuard* before);
    GuardObject(GuardObject&&) noexcept;
    GuardObject& operator=(GuardObject&&) noexcept;
    ~GuardObject();

    /// The program that decides; it stays this object's.
    [[nodiscard]] int program() const;
    /// Attaches one of the programs that mark runtimes, by its place in mark_pins. The link's descriptor.
    [[nodiscard]] Result<UniqueFd> attach_mark(std::size_t index) const;
    /// The same for those of lsm_pins; only where why_no_lsm() is empty.
    [[nodiscard]] Result<UniqueFd> attach_lsm(std::size_t index) const;
    [[nodiscard]] const std::string& why_no_lsm() const { return why_no_lsm_; }
    /// A map's descriptor, this object's.
    [[nodiscard]] int map_fd(const char* name) const;

  private:
    struct Deleter {
        void operator()(guard_bpf* skeleton) const;
    };
    GuardObject();
    [[nodiscard]] Result<void> load_programs(const CompiledPolicy& tables, const GuardAbout& about,
                                             std::uint64_t cgroup_id, const PinnedGuard* before);
    std::unique_ptr<guard_bpf, Deleter> skeleton_;
    UniqueFd about_;
    std::string why_no_lsm_;
};

} // namespace nsscope
