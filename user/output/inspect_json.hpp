#pragma once

#include <string>

#include "base/json.hpp"
#include "inspect/inspection.hpp"

namespace nsscope {

/// Puts the fields "complete" and "issues", which every answer has, into an open object.
void put_issues(JsonWriter& json, const std::vector<Issue>& issues);
/// Puts the fields "time", "host", "boot_id" and "kernel".
void put_machine(JsonWriter& json, const Snapshot& snapshot);

/// Puts one namespace, an object.
void put_inspected(JsonWriter& json, const InspectedNamespace& inspected, const Snapshot& snapshot);
/// Puts what is inside, an object whose fields depend on the kind.
void put_contents(JsonWriter& json, const Contents& contents);

/// Appends one object of the schema nsscope.inspect/1 (docs/schema/inspect-1.schema.json) and a newline; each namespace
/// has a line of its own. `snapshot`, which it was looked up in, tells of the machine and the containers.
void append_inspection_json(std::string& out, const Inspection& inspection, const Snapshot& snapshot);

} // namespace nsscope
