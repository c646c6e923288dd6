#include "inspect/cgroup.hpp"

#include <algorithm>

#include "inspect/proc_dir.hpp"
#include "inspect/visit.hpp"
#include "model/cgroup_membership.hpp"

namespace nsscope {

namespace {

std::optional<std::vector<CgroupMembership>> read_cgroups(const ProcDir& process, Gaps* gaps) {
    const auto text = process.read("cgroup");
    if (text) return parse_cgroup_file(*text);
    if (gaps != nullptr) gaps->add_error("cgroups of a process", text.error(), process.pid());
    return std::nullopt;
}

/// One that is read on both sides of the border.
struct Witness {
    ProcDir process;
    std::vector<CgroupMembership> outside;
    std::optional<std::vector<CgroupMembership>> inside{};
};

/// Members, or, where there is none, whoever there is: one of them may be below the root.
std::vector<Witness> find_witnesses(const Look& look) {
    std::vector<Witness> witnesses;
    const auto add = [&](pid_t pid) {
        auto process = ProcDir::open(look.sources.proc_root, pid);
        if (!process) return look.gaps.add_error("cgroups of a process", process.error(), pid);
        if (auto lines = read_cgroups(*process, &look.gaps))
            witnesses.push_back({std::move(*process), std::move(*lines)});
    };
    if (!look.ns.members.empty()) {
        for (const auto pid : look.ns.members) add(pid);
        return witnesses;
    }
    for (const auto& ns : look.snapshot.namespaces)
        if (ns.type == NsType::cgroup)
            for (const auto pid : ns.members) add(pid);
    return witnesses;
}

std::vector<CgroupPlace> places_of(const Witness& witness) {
    std::vector<CgroupPlace> places;
    for (const auto& line : witness.outside) {
        CgroupPlace place{line.hierarchy, line.controllers, line.path, std::nullopt};
        if (witness.inside)
            for (const auto& other : *witness.inside)
                if (other.hierarchy == line.hierarchy) place.inside = other.path;
        places.push_back(std::move(place));
    }
    std::sort(places.begin(), places.end(),
              [](const auto& one, const auto& other) { return one.hierarchy < other.hierarchy; });
    return places;
}

void learn_roots(std::vector<CgroupRoot>& roots, const std::vector<CgroupPlace>& places) {
    for (const auto& place : places) {
        auto root = std::find_if(roots.begin(), roots.end(),
                                 [&](const auto& r) { return r.hierarchy == place.hierarchy; });
        if (root == roots.end())
            root = roots.insert(roots.end(), {place.hierarchy, place.controllers, std::nullopt});
        if (!root->path && place.inside) root->path = cgroup_root(place.outside, *place.inside);
    }
}

} // namespace

std::optional<std::string> cgroup_root(std::string_view outside, std::string_view inside) {
    const bool above = inside == "/.." || inside.starts_with("/../");
    const bool reader_below = outside == "/.." || outside.starts_with("/../");
    if (above || reader_below) return std::nullopt;
    if (inside == "/") return std::string(outside);
    if (!outside.ends_with(inside)) return std::nullopt; // it was moved in between
    const auto root = outside.substr(0, outside.size() - inside.size());
    return root.empty() ? std::string("/") : std::string(root);
}

CgroupContents inspect_cgroup(const Look& look) {
    CgroupContents contents;
    auto witnesses = find_witnesses(look);
    const auto visited = visit_by_thread(look.held, [&witnesses] {
        for (auto& witness : witnesses) witness.inside = read_cgroups(witness.process, nullptr);
    });
    if (!visited) look.gaps.add_error("cgroup paths as seen from within", visited.error());
    for (auto& witness : witnesses) {
        const auto again = read_cgroups(witness.process, nullptr);
        if (!again || *again == witness.outside) continue; // gone, or still there
        look.gaps.add("cgroups of a process", "it was moved while it was read", witness.process.pid());
        witness.inside.reset();
    }
    for (const auto& witness : witnesses) {
        auto places = places_of(witness);
        learn_roots(contents.roots, places);
        if (!look.ns.members.empty())
            contents.members.push_back({witness.process.pid(), witness.process.comm(), std::move(places)});
    }
    std::sort(contents.roots.begin(), contents.roots.end(),
              [](const auto& one, const auto& other) { return one.hierarchy < other.hierarchy; });
    if (visited)
        for (const auto& root : contents.roots)
            if (!root.path)
                look.gaps.add("root of a cgroup namespace", "no process is at or below it to tell");
    return contents;
}

} // namespace nsscope
