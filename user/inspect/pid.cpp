#include "inspect/pid.hpp"

#include <charconv>

#include "inspect/parse.hpp"
#include "inspect/proc_dir.hpp"
#include "scan/files.hpp"

namespace nsscope {

namespace {

std::optional<std::uint32_t> read_number(const std::string& path) {
    const auto text = read_file(path);
    if (!text) return std::nullopt;
    std::uint32_t number = 0;
    const auto [stop, error] = std::from_chars(text->data(), text->data() + text->size(), number);
    if (error != std::errc{} || stop == text->data()) return std::nullopt;
    return number;
}

void read_members(const Look& look, PidContents& contents) {
    for (const auto pid : look.ns.members) {
        const auto process = ProcDir::open(look.sources.proc_root, pid);
        const auto text = process ? process->read("status") : tl::unexpected(process.error());
        if (!text) {
            look.gaps.add_error("pids of a process", text.error(), pid);
            continue;
        }
        auto status = parse_status(*text);
        if (!status) {
            look.gaps.add("pids of a process", "its status is not as proc_pid_status(5) has it", pid);
            continue;
        }
        if (status->ns_pids.back() == 1) contents.init = pid;
        contents.members.push_back({pid, process->comm(), std::move(status->ns_pids)});
    }
}

/// From within, which is where nsscope is.
void read_own_numbers(const std::string& proc_root, PidContents& contents) {
    contents.last_pid = read_number(proc_root + "/sys/kernel/ns_last_pid");
    contents.pid_max = read_number(proc_root + "/sys/kernel/pid_max");
}

void ask_kernel(const Look& look, PidContents& contents) {
    if (!look.sources.task_numbers) return;
    for (const auto& member : contents.members) {
        const auto numbers = look.sources.task_numbers(member.pid);
        if (!numbers) return look.gaps.add_error("last pid", numbers.error());
        if (numbers->pid_ns != look.ns.ref.inum) continue; // it has ended
        contents.last_pid = numbers->last_pid;
        contents.pid_max =
            numbers->pid_max ? numbers->pid_max : read_number(look.sources.proc_root + "/sys/kernel/pid_max");
        return;
    }
}

} // namespace

PidContents inspect_pid(const Look& look) {
    PidContents contents;
    contents.depth = depth_of(look.held);
    if (!contents.depth)
        look.gaps.add("depth of a pid namespace", "nsscope is not in the initial pid namespace");
    read_members(look, contents);
    const auto self = ProcDir::open(look.sources.proc_root, ::getpid());
    if (self && self->namespace_inum(NsSlot::pid) == look.ns.ref.inum)
        read_own_numbers(look.sources.proc_root, contents);
    else
        ask_kernel(look, contents);
    if (!contents.last_pid || !contents.pid_max)
        look.gaps.add("last pid and limit", contents.members.empty()
                                                ? "no process is in it that the kernel could be asked about"
                                                : "they are seen from within alone, or by the BPF iterator");
    return contents;
}

} // namespace nsscope
