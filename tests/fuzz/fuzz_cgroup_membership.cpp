#include "check.hpp"
#include "model/cgroup_membership.hpp"

/// The input is a /proc/PID/cgroup.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace nsscope;
    using fuzz::check;
    const auto text = fuzz::text_of(data, size);
    const auto all = parse_cgroup_file(text);
    std::string again;
    std::string_view unified;
    for (const auto& one : all) {
        check(one.path.starts_with('/'), "a path starts at the root");
        again += std::to_string(one.hierarchy) + ':';
        for (const auto& controller : one.controllers) again += controller + ',';
        again += ':' + one.path + '\n';
        if (one.hierarchy == 0) unified = one.path;
    }
    check(parse_cgroup_file(again) == all, "what was read is written and read the same");
    check(unified.empty() || !unified_path(text).empty(), "the path in the unified hierarchy is found");
    return 0;
}
