#include "engine/container_source.hpp"

#include <unistd.h>

#include "scan/cgroup_texts.hpp"
#include "scan/container_names.hpp"
#include "scan/runtime_state.hpp"

namespace nsscope {

ContainerFinding look_for_containers(Scan& scan, const ContainerPlaces& places) {
    fill_cgroup_texts(scan, places.proc_root);
    auto state = read_runtime_state(places.root);
    scan.issues.insert(scan.issues.end(), state.issues.begin(), state.issues.end());
    auto finding = find_containers(scan, state.records, static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK)));
    ContainerNames names(places.root, places.home);
    for (auto& found : finding.containers) names.complete(found.container);
    names.report(scan.issues);
    return finding;
}

} // namespace nsscope
