#pragma once

#include <string>

#include "model/scan.hpp"

namespace nsscope {

/// Reads the PROC_ROOT/PID/cgroup that the scan lacks, one for each distinct set of cgroups and not one a process. What was read
/// is checked against the id that the scan has, so that neither a pid in use again nor a process that moved on makes a
/// wrong answer; where it does not fit, or nothing can be read, the path in the unified hierarchy is
/// looked up by the id alone. A set of which neither tells stays without text.
void fill_cgroup_texts(Scan& scan, const std::string& proc_root);

} // namespace nsscope
