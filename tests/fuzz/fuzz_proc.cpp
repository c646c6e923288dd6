// What is read of /proc for each process and for the machine: stat, links in ns/, names of directories, mountinfo's escapes.
#include <string>

#include "check.hpp"
#include "scan/mountinfo.hpp"
#include "scan/netnsid.hpp"
#include "scan/parse.hpp"
#include "scan/usage.hpp"

using namespace nsscope;
using fuzz::check;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = fuzz::text_of(data, size);
    if (const auto stat = parse_stat(text)) {
        check(stat->ppid >= 0, "a parent has a pid, or is out of sight");
        check(text.find('(' + stat->comm + ')') != std::string_view::npos, "the name stands in brackets");
    }
    if (const auto link = parse_ns_link(text)) {
        check(link->inum != 0, "a namespace has a number");
        const auto again = std::string(name(link->type)) + ":[" + std::to_string(link->inum) + "]";
        check(parse_ns_link(again) == link, "what was read is written and read the same");
    }
    if (const auto pid = parse_pid(text)) check(std::to_string(*pid) == text, "so is a pid");
    static_cast<void>(parse_process_usage(text));
    const auto half = text.size() / 2;
    const auto machine = parse_machine_usage(text.substr(0, half), text.substr(half));
    check(machine.busy_ticks <= machine.cpu_ticks, "busy is a part of all");
    check(undo_octal_escapes(text).size() <= text.size(), "a path grows no longer");
    if (const auto place = find_mount_point(text, "cgroup2")) check(!place->empty(), "a mount has a place");
    // An answer of rtnetlink comes from the kernel, in pieces that say how long they are.
    static_cast<void>(find_nsid(text));
    return 0;
}
