#include "cli/list_select.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace nsscope {
namespace {

bool is_named(const Namespace& ns, const NamespaceArg& arg) {
    return ns.ref.inum == arg.inum && (!arg.type || *arg.type == ns.type);
}

bool has_task(const Namespace& ns, pid_t pid) {
    return std::binary_search(ns.members.begin(), ns.members.end(), pid);
}

bool has_type(const Namespace& ns, const std::vector<NsType>& types) {
    return types.empty() || std::find(types.begin(), types.end(), ns.type) != types.end();
}

std::string kinds_text(const std::vector<NsType>& types) {
    std::string text;
    for (const auto type : types) {
        text += text.empty() ? " of kind " : " or ";
        text += name(type);
    }
    return text;
}

} // namespace

Result<std::vector<std::size_t>> select_namespaces(const Snapshot& snapshot, const ListRequest& request) {
    std::vector<std::size_t> selected;
    bool task_found = false, name_found = false;
    for (std::size_t i = 0; i < snapshot.namespaces.size(); ++i) {
        const auto& ns = snapshot.namespaces[i];
        if (request.task) {
            if (!has_task(ns, *request.task)) continue;
            task_found = true;
        }
        if (request.name && !is_named(ns, *request.name)) continue;
        if (!has_type(ns, request.types)) continue;
        name_found = true;
        if (request.persistent && !ns.members.empty()) continue;
        selected.push_back(i);
    }
    if (request.task && !task_found)
        return Failure(
            Error{fmt::format("process {} is in none of the namespaces that were found", *request.task),
                  "it may be a zombie, only a thread, or not yours to look at"});
    if (request.name && !name_found)
        return Failure(
            Error{fmt::format("no namespace {}{}", to_text(*request.name), kinds_text(request.types)),
                  "'nsscope list' shows all there are"});
    return selected;
}

} // namespace nsscope
