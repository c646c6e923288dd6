#pragma once

#include <memory>
#include <string_view>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "guard_state.h" // the skeleton needs it
#include "kernel/guard_pinned.hpp"
#include "policy/compile.hpp"

struct guard_bpf;

namespace nsscope {

/// The programs of bpf/guard.bpf.c with the maps of one policy, loaded and attached to nothing.
class GuardObject {
  public:
    /// Loads the programs and fills the maps. What is to outlast a policy (the marks of runtimes at work, the ring and
    /// its counters) is taken over from `before`, where there is one and its form is the same; and what was counted,
    /// where that is of the same generation. `about` is kept with the policy, for read_blob(guard, "policy");
    /// `generation` goes into every record.
    [[nodiscard]] static Result<GuardObject> load(const CompiledPolicy& tables, std::string_view about,
                                                  std::uint64_t generation, const PinnedGuard* before);
    GuardObject(GuardObject&&) noexcept;
    GuardObject& operator=(GuardObject&&) noexcept;
    ~GuardObject();

    /// The program that decides; it stays this object's.
    [[nodiscard]] int program() const;
    /// Attaches one of the programs that mark runtimes, by its place in mark_pins. The link's descriptor.
    [[nodiscard]] Result<UniqueFd> attach_mark(std::size_t index) const;
    /// A map's descriptor, this object's.
    [[nodiscard]] int map_fd(const char* name) const;

  private:
    struct Deleter {
        void operator()(guard_bpf* skeleton) const;
    };
    explicit GuardObject(std::unique_ptr<guard_bpf, Deleter> skeleton);
    std::unique_ptr<guard_bpf, Deleter> skeleton_;
    UniqueFd about_;
};

} // namespace nsscope
