#pragma once

#include <span>
#include <string>

#include "model/snapshot.hpp"

namespace nsscope {

/// What holds each of these namespaces of the snapshot, for people: a line on the namespace and whose it is, then an indented
/// one for each reason, with the container of the process that it names. Fit for a terminal.
void append_why_text(std::string& out, const Snapshot& snapshot,
                     std::span<const Namespace* const> namespaces);

/// The same as one object of the schema nsscope.why/1 and a newline; what `snapshot` lacks comes with it.
void append_why_json(std::string& out, const Snapshot& snapshot,
                     std::span<const Namespace* const> namespaces);

} // namespace nsscope
