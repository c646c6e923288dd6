#pragma once

#include "base/json.hpp"
#include "model/snapshot.hpp"

namespace nsscope {

/// Adds what says which namespace it is: `type`, `inum` and `id`, null where the kernel has none.
void append_namespace_name(JsonWriter& json, const Namespace& ns);

/// Adds to an object that is begun what every schema says of a namespace: type, inum, id, initial, parent, owner. What is
/// not known is null.
void append_namespace_facts(JsonWriter& json, const Namespace& ns);

/// Adds whose it is, "container", an object or null; and "containers", the ids of all that have a process in it.
void append_containers(JsonWriter& json, const Snapshot& snapshot, const Namespace& ns);

} // namespace nsscope
