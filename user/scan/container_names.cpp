#include "scan/container_names.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>
#include <unistd.h>

#include "model/cgroup_container.hpp"
#include "scan/runtime_parse.hpp"
#include "scan/state_file.hpp"

namespace nsscope {

void ContainerNames::complete(Container& container) {
    if (container.runtime == "docker" && container.name.empty())
        complete_docker(container);
    else if (container.runtime == "podman" && container.name.empty())
        complete_podman(container);
    else if (container.runtime == "lxc")
        complete_lxc(container);
}

void ContainerNames::complete_docker(Container& container) {
    if (!is_container_id(container.id)) return; // it becomes a part of a path
    const auto path = fmt::format("{}/var/lib/docker/containers/{}/config.v2.json", root_, container.id);
    const auto text = read_state_file(path);
    if (!text) {
        if (!text.error().gone()) issues_.add(path, text.error().what);
    } else if (const auto done = read_docker_config(*text, container); !done) {
        issues_.add(path, done.error());
    }
}

void ContainerNames::load_storage(const std::string& path) {
    const auto text = read_state_file(path);
    if (!text) {
        if (!text.error().gone()) issues_.add(path, text.error().what);
        return;
    }
    const auto take = [this](std::string_view id, std::string_view name) {
        storage_->try_emplace(std::string(id), name);
    };
    if (const auto done = read_storage_names(*text, take); !done) issues_.add(path, done.error());
}

void ContainerNames::complete_podman(Container& container) {
    if (!storage_) {
        storage_.emplace();
        // The graph driver is a part of the name: containers/storage, store.go. What is named first holds.
        for (const std::string_view driver : {"overlay", "vfs", "btrfs"}) {
            load_storage(
                fmt::format("{}/var/lib/containers/storage/{}-containers/containers.json", root_, driver));
            load_storage(fmt::format("{}/run/containers/storage/{}-containers/volatile-containers.json",
                                     root_, driver));
            if (!home_.empty())
                load_storage(fmt::format("{}/.local/share/containers/storage/{}-containers/containers.json",
                                         home_, driver));
        }
    }
    const auto found = storage_->find(container.id);
    if (found != storage_->end()) container.name = found->second;
}

void ContainerNames::complete_lxc(Container& container) const {
    // While a cgroup of the name is still there, "-N" is put behind it: cgfsng_payload_create(), src/lxc/cgroups/cgfsng.c.
    const auto known = [this](std::string_view name) {
        return ::access(fmt::format("{}/var/lib/lxc/{}/config", root_, name).c_str(), F_OK) == 0;
    };
    const std::string_view id = container.id;
    const auto dash = id.rfind('-');
    if (dash == std::string_view::npos || dash + 1 == id.size()) return;
    const auto number = id.substr(dash + 1);
    if (number.find_first_not_of("0123456789") != std::string_view::npos) return;
    if (known(id) || !known(id.substr(0, dash))) return;
    container.name = container.id = std::string(id.substr(0, dash));
}

} // namespace nsscope
