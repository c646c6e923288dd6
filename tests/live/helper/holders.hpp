#pragma once

#include <string>

namespace nshelper {

/// Steps that leave something behind which holds one of the namespaces that the caller is in: `kind` is a file of
/// /proc/self/ns. All stay until the process ends. A note tells of what does not work.

/// An open file.
int hold_by_file(const std::string& kind);
/// A socket, which holds the network namespace.
int hold_by_socket(const std::string&);
/// A file that is only on its way from one socket to another: no table of descriptors has it.
int hold_in_flight(const std::string& kind);
/// KIND:PATH. A bind mount; the mount namespace must be the caller's own.
int hold_by_mount(const std::string& argument);
/// From now on the thread has a table of descriptors of its own.
int own_files(const std::string&);

} // namespace nshelper
