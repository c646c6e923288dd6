#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model/scan.hpp"

namespace nsscope {

/// A scan as a payload of a recording (docs/record.md).
void append_scan(std::string& out, const Scan& scan);
/// The same, read. nullopt: these bytes are no scan.
[[nodiscard]] std::optional<Scan> read_scan(std::string_view payload);

} // namespace nsscope
