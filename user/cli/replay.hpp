#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"
#include "model/snapshot.hpp"
#include "recording/recording.hpp"

namespace nsscope {

/// What a recording tells of the machine at a time, as parse_time() reads it; empty: at its end. Damage is one of the
/// snapshot's issues, told if the time is the recording's last, as more is missing then. Fails as Recording::open() and
/// parse_time() do.
[[nodiscard]] Result<Snapshot> replay_snapshot(const std::string& path, const std::string& time);

/// The notice that a recording is damaged; empty: it is whole.
[[nodiscard]] std::string damage_notice(const std::string& path, const std::optional<Damage>& damage);

} // namespace nsscope
