#pragma once

#include "base/json.hpp"
#include "model/container.hpp"

namespace nsscope {

/// Writes a container as one JSON object: id, runtime, name, pod; what is not known is null.
void append_container(JsonWriter& json, const Container& container);

} // namespace nsscope
