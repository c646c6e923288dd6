#include "inspect/look.hpp"

#include <system_error>

#include "scan/nsfs.hpp"
#include "scan/task_dir.hpp"

namespace nsscope {

void Gaps::add(std::string what, std::string why, pid_t pid) {
    auto& entry = entries_[{std::move(what), std::move(why)}];
    ++entry.times;
    if (pid != 0) entry.processes.add(pid);
}

void Gaps::add_error(std::string what, int error_number, pid_t pid) {
    if (!means_gone(error_number)) add(std::move(what), reason(error_number), pid);
}

void Gaps::add_error(std::string what, const Error& error) {
    add(std::move(what), error.hint.empty() ? error.what : error.what + "; " + error.hint);
}

void Gaps::report(std::vector<Issue>& issues) const {
    for (const auto& [name, entry] : entries_) {
        std::vector<Issue> of_processes;
        entry.processes.report(of_processes, name.first, name.second, "");
        if (of_processes.empty())
            issues.push_back({name.first, entry.times, name.second});
        else
            issues.push_back(std::move(of_processes.front()));
    }
}

std::optional<unsigned> depth_of(const HeldNamespace& ns) {
    unsigned depth = 0;
    auto inum = std::optional(ns.ref.inum);
    for (auto parent = open_parent(ns.file.get()); parent; parent = open_parent(parent.get())) {
        ++depth;
        inum = inum_of(parent.get());
    }
    if (inum != info(ns.type).initial_inum) return std::nullopt;
    return depth;
}

std::string reason(int error_number) {
    auto text = std::generic_category().message(error_number);
    if (means_denied(error_number)) text += "; run as root or with CAP_SYS_PTRACE";
    return text;
}

} // namespace nsscope
