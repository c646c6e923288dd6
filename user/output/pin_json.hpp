#pragma once

#include <string_view>

#include "base/json.hpp"
#include "model/snapshot.hpp"

namespace nsscope {

/// Writes a reason to live as an object: {"how":"fd","pid":1,"fd":7}. What is not known is null, and of the process's
/// name there is no word where it was not looked up. `container`: the id of the one that the process is in; empty: in none,
/// or it is not to be said.
void append_pin(JsonWriter& json, const Pin& pin, std::string_view container = {});

/// Adds to an object that is begun the member "pinned_by", an array of these.
void append_pins(JsonWriter& json, const Namespace& ns);

} // namespace nsscope
