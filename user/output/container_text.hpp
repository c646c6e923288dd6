#pragma once

#include <string>

#include "model/snapshot.hpp"

namespace nsscope {

/// What to call a container in a line of text: its name, or else its id, one of 64 digits cut to 12 as docker and
/// Podman show them. Raw bytes.
[[nodiscard]] std::string container_label(const Container& container);
/// The same of a container of a snapshot, by its place there, fit for a terminal.
[[nodiscard]] std::string container_label(const Snapshot& snapshot, std::uint32_t place);

/// All that is known of who it is: "web (3f5a0c1d2e4b) of docker, pod shop/web-7f9 burstable". Fit for a terminal.
[[nodiscard]] std::string container_description(const Container& container);

/// Who else is in a namespace, in the words of a list that goes on: containers that it does not belong to
/// (", shared with web, db and 2 more"), and processes of the host in what is a container's (", with 1 process of the
/// host"). Fit for a terminal.
[[nodiscard]] std::string sharers_text(const Snapshot& snapshot, const Namespace& ns);

/// "1 process", "2 processes".
[[nodiscard]] std::string process_count_text(std::size_t count);

/// The column CONTAINER: whose the namespace is, and "+N" where processes of N other containers are in it. Fit for a
/// terminal.
[[nodiscard]] std::string containers_text(const Snapshot& snapshot, const Namespace& ns);

} // namespace nsscope
