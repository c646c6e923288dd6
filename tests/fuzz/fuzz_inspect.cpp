// What is read of /proc to tell what is inside a namespace.
#include "check.hpp"
#include "inspect/cgroup.hpp"
#include "inspect/nsenter_line.hpp"
#include "inspect/parse.hpp"

using nsscope::fuzz::check;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = nsscope::fuzz::text_of(data, size);
    if (const auto map = nsscope::parse_id_map(text)) {
        check(map->size() <= 340, "an id map has 340 lines at the most");
        for (const auto& range : *map) check(range.count != 0, "a line of an id map has a count");
    }
    if (const auto offsets = nsscope::parse_timens_offsets(text))
        check(offsets->monotonic.nsec < 1000000000 && offsets->boottime.nsec < 1000000000,
              "nanoseconds are less than a second");
    if (const auto status = nsscope::parse_status(text))
        check(!status->ns_pids.empty() && status->ns_pids.size() <= 33, "1 to 33 levels of pid namespaces");
    const auto half = text.size() / 2;
    if (const auto root = nsscope::cgroup_root(text.substr(0, half), text.substr(half)))
        check(text.substr(0, half).starts_with(*root) || *root == "/", "a root is what a path begins with");
    const auto word = nsscope::shell_word(text);
    for (const char c : word)
        check(static_cast<unsigned char>(c) >= ' ' && c != 0x7f, "a word has no control bytes");
    return 0;
}
