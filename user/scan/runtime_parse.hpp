#pragma once

#include <functional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "model/container_record.hpp"

namespace nsscope {

/// The files in which container runtimes keep what they know, read without a system call. Each function takes any bytes; the
/// error says what is wrong with them. Fields of no use here are passed over, and a field of the wrong type is as one
/// that is not there, but for what makes a record: an id, a pid.
template <typename T>
using Parsed = tl::expected<T, std::string>;

/// A record, and where the rest of what its runtime was told is to be found.
struct OciRecord {
    ContainerRecord record;
    std::string bundle; ///< the directory with config.json; empty: not told
};

/// state.json of runc, libcontainer/container_linux.go, struct State. Its labels hold the container's annotations.
[[nodiscard]] Parsed<OciRecord> parse_runc_state(std::string_view text);

/// status of crun, src/libcrun/status.c. The name of its directory is the container's id, which is left for the caller.
[[nodiscard]] Parsed<OciRecord> parse_crun_status(std::string_view text);

/// Takes what a config.json (config.md of the OCI runtime specification) says into `record`: the annotations of the managers,
/// and linux.cgroupsPath where no cgroup is known yet.
[[nodiscard]] Parsed<void> read_oci_config(std::string_view text, ContainerRecord& record);

/// config.v2.json of docker, container/container.go: the name, and the pod where a kubelet named it by labels.
[[nodiscard]] Parsed<void> read_docker_config(std::string_view text, Container& container);

/// containers.json of containers/storage (containers.go): calls `take` with the id and the first name of each container.
[[nodiscard]] Parsed<void>
read_storage_names(std::string_view text,
                   const std::function<void(std::string_view id, std::string_view name)>& take);

/// A file of systemd-machined under /run/systemd/machines (src/machine/machine.c, machine_save()). A virtual machine gives
/// a record without init_pid.
[[nodiscard]] Parsed<ContainerRecord> parse_machine(std::string_view text);

} // namespace nsscope
