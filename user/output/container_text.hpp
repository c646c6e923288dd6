#pragma once

#include <string>

#include "model/snapshot.hpp"

namespace nsscope {

/// What to call a container in a line of text: its name, or else its id, one of 64 digits cut to 12 as docker and
/// Podman show them. Raw bytes.
[[nodiscard]] std::string container_label(const Container& container);

/// The column CONTAINER: whose the namespace is, and "+N" where processes of N other containers are in it. Fit for a
/// terminal.
[[nodiscard]] std::string containers_text(const Snapshot& snapshot, const Namespace& ns);

} // namespace nsscope
