#pragma once

#include "base/json.hpp"
#include "model/snapshot.hpp"

namespace nsscope {

/// Writes a reason to live as an object: {"how":"fd","pid":1,"fd":7}. What is not known is null, and of the process's
/// name there is no word where it was not looked up.
void append_pin(JsonWriter& json, const Pin& pin);

} // namespace nsscope
