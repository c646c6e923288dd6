#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/guard_pinned.hpp"

namespace nsscope {

/// What is kept with a policy that is in force, for people.
struct GuardAbout {
    std::string from;             ///< the file or directory, as it was named
    std::string directory;        ///< where that was
    std::int64_t since_ns = 0;    ///< CLOCK_REALTIME
    std::uint64_t generation = 0; ///< tells one policy from the next
    bool audit_only = false;
    std::string why_no_lsm;         ///< why files are not judged where they are opened; empty: they are
    std::vector<std::string> rules; ///< their names, in order

    bool operator==(const GuardAbout&) const = default;
};
/// The same as bytes, and back; what cannot be read is left empty.
/// NULs behind it mean nothing.
[[nodiscard]] std::string to_blob(const GuardAbout& about);
[[nodiscard]] GuardAbout about_from_blob(std::string_view blob);
[[nodiscard]] GuardAbout about_of(const PinnedGuard& guard);

} // namespace nsscope
