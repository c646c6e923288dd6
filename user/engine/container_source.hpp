#pragma once

#include <string>

#include "model/find_containers.hpp"
#include "model/scan.hpp"

namespace nsscope {

/// Where what is known of containers is read.
struct ContainerPlaces {
    std::string proc_root = "/proc";
    std::string root{}; ///< under which /run and /var/lib are; empty: the machine's own
    std::string home{}; ///< whose own containers get their names, too; empty: nobody's
};

/// Finds the containers of a scan: reads the cgroups that it lacks and the state of the runtimes, and looks their names up.
/// What could not be read is added to the scan's issues.
[[nodiscard]] ContainerFinding look_for_containers(Scan& scan, const ContainerPlaces& places);

} // namespace nsscope
