#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "model/snapshot.hpp"

namespace nsscope {

/// Appends one object of the schema nsscope.snapshot/1 (docs/json.md) and a newline. `shown` are the
/// positions in snapshot.namespaces that go into it, in that order; each namespace has a line of its own, so
/// that people and diff(1) can read the answer. What is not known is null.
void append_snapshot_json(std::string& out, const Snapshot& snapshot, std::span<const std::size_t> shown);

} // namespace nsscope
