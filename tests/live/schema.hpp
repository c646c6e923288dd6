#pragma once

#include <rapidjson/document.h>
#include <string>

namespace live {

/// docs/schema/event-1.schema.json as it is shipped.
extern const char* const event_schema_text;

/// What in `record`, whose "event" is `event`, is against that schema; empty: nothing. (The schema's choice of a
/// definition by "event" is made here, as RapidJSON speaks draft 04.)
[[nodiscard]] std::string violation(const rapidjson::Document& record, const std::string& event);

} // namespace live
