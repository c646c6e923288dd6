#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "kernel/guard_about.hpp"
#include "kernel/guard_object.hpp"
#include "kernel/guard_place.hpp"

namespace nsscope {

/// What is attached beside the program that judges writes, by the places in mark_pins and lsm_pins.
struct GuardLinks {
    std::array<UniqueFd, std::size(mark_pins)> marks;
    std::array<UniqueFd, std::size(lsm_pins)> lsm; ///< none where the object has no such programs
};

/// Links that are held by this process alone, and end with it.
struct HeldGuard {
    GuardObject object;
    UniqueFd link;
    GuardLinks rest;
};

/// Puts a policy in force for as long as the result lives. Programs of others stay where they are. Fails with EPERM
/// where somebody attached a program to the place that allows no other (BPF_F_ALLOW_MULTI).
[[nodiscard]] Result<HeldGuard> hold_guard(const GuardPlace& place, const CompiledPolicy& tables,
                                           const GuardAbout& about);

/// Swaps what is held for another policy, at once, as pin_guard() does.
[[nodiscard]] Result<void> replace_held(HeldGuard& held, const CompiledPolicy& tables,
                                        const GuardAbout& about);

/// Puts a policy in force that stays when this process has ended: everything is pinned in place.pins. Where one is in
/// force there, the kernel replaces it at once, with no write judged by neither (BPF_LINK_UPDATE); when anything
/// fails before that, it stays as it is. What goes on when that is done is only tidying up.
[[nodiscard]] Result<void> pin_guard(const GuardPlace& place, const CompiledPolicy& tables,
                                     const GuardAbout& about);

/// Takes away what is pinned there. False: there was nothing.
[[nodiscard]] Result<bool> remove_guard(const std::string& pins);

} // namespace nsscope
