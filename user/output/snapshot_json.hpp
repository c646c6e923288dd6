#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>

#include "model/snapshot.hpp"

namespace nsscope {

/// Appends one object of the schema nsscope.snapshot/1 (docs/json.md) and a newline. `shown` are the
/// positions in snapshot.namespaces that go into it, in that order; each namespace has a line of its own, so
/// that people and diff(1) can read the answer. What is not known is null.
///
/// `drain`, if there is one, is called whenever `out` has become long, to write it elsewhere and leave it empty; when it
/// returns false, this ends at once and returns false as well.
bool append_snapshot_json(std::string& out, const Snapshot& snapshot, std::span<const std::size_t> shown,
                          const std::function<bool(std::string&)>& drain = {});

} // namespace nsscope
