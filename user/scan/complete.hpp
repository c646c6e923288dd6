#pragma once

#include <string>

#include "model/scan.hpp"
#include "scan/ns_catalog.hpp"

namespace nsscope {

/// Adds to a scan that came from elsewhere (the BPF iterator) what only files tell: where nsfs is mounted, in every mount
/// namespace; the descriptors that it could not list; and, of namespaces that no task is in, the owners and parents
/// that it lacks. Does nothing else, so that it costs little where there is little of that. What cannot be read becomes
/// an Issue. Returns whether it found anything. What mounts refer to is held open by `held`, if that is given.
bool complete_by_files(Scan& scan, const std::string& proc_root, NsCatalog* held = nullptr);

} // namespace nsscope
