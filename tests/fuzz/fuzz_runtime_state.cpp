#include <string>

#include "check.hpp"
#include "scan/runtime_parse.hpp"

/// The input is a file of a container runtime; the first byte says of which.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace nsscope;
    using fuzz::check;
    if (size == 0) return 0;
    const auto text = fuzz::text_of(data + 1, size - 1);
    const auto check_record = [](const ContainerRecord& record) {
        check(record.init_pid >= 0, "a pid is one");
        for (const auto& cgroup : record.cgroups)
            check(cgroup.starts_with('/'), "a cgroup's path starts at a root");
    };
    ContainerRecord record;
    Container container;
    switch (data[0] % 6) {
    case 0:
        if (const auto found = parse_runc_state(text)) {
            check(!found->record.container.id.empty(), "a container has an id");
            check_record(found->record);
        }
        break;
    case 1:
        if (const auto found = parse_crun_status(text)) check_record(found->record);
        break;
    case 2:
        if (read_oci_config(text, record)) check_record(record);
        break;
    case 3: static_cast<void>(read_docker_config(text, container)); break;
    case 4:
        static_cast<void>(read_storage_names(text, [](std::string_view id, std::string_view) {
            check(!id.empty(), "a container has an id");
        }));
        break;
    default:
        if (const auto found = parse_machine(text)) check_record(*found);
    }
    return 0;
}
