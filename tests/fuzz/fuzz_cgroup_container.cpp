#include <algorithm>
#include <array>
#include <string>

#include "check.hpp"
#include "model/cgroup_container.hpp"

/// The input is the path of a cgroup.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace nsscope;
    using fuzz::check;
    constexpr std::array<std::string_view, 7> runtimes{"",       "docker", "containerd", "cri-o",
                                                       "podman", "lxc",    "nspawn"};

    const auto path = fuzz::text_of(data, size);
    const auto found = container_of_cgroup(path);
    if (!found) return 0;
    check(!found->container.id.empty(), "a container has an id");
    check(std::count(runtimes.begin(), runtimes.end(), found->container.runtime) == 1,
          "the runtime is a known one");
    check(found->length > 0 && found->length <= path.size(), "its own cgroup is in the path");
    const std::string own(path.substr(0, found->length));
    if (own.ends_with(" (deleted)")) return 0; // a name that looks removed, and was so besides
    check(container_of_cgroup(own) == found, "its own cgroup tells the same");
    check(container_of_cgroup(own + "/init.scope") == found, "a cgroup below it tells the same");
    return 0;
}
