#pragma once

#include <optional>

#include "inspect/look.hpp"
#include "inspect/parse.hpp"

namespace nsscope {

/// A time namespace, time_namespaces(7).
struct TimeContents {
    std::optional<TimeOffsets> offsets;
    /// Whether its offsets can still be written: not once a process has been in it. nullopt: nobody is in it now, and
    /// whether somebody was could not be learned.
    std::optional<bool> settable;
};
/// From the timens_offsets of a process whose children are born in it. It is never entered: that would freeze the
/// offsets of one that nobody has entered yet (kernel/time/namespace.c, timens_set_vvar_page).
[[nodiscard]] TimeContents inspect_time(const Look& look);

} // namespace nsscope
