#include "cli/guard_names.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "cli/look.hpp"

namespace nsscope {

Result<std::vector<KnownContainer>> find_known_containers(Source& source) {
    auto snapshot = look(source, PinsOf::unpopulated, Containers::yes);
    if (!snapshot) return Failure(snapshot.error());
    source = source_from_name(snapshot->source == "proc" ? "proc" : "auto");
    std::vector<KnownContainer> known;
    for (auto& found : snapshot->containers)
        if (!found.cgroup.empty()) known.push_back({std::move(found.container), std::move(found.cgroup)});
    std::sort(known.begin(), known.end(), [](const auto& a, const auto& b) {
        return std::tie(a.cgroup, a.container.id) < std::tie(b.cgroup, b.container.id);
    });
    return known;
}

bool needs_names(const Policy& policy) {
    return std::any_of(policy.rules.begin(), policy.rules.end(),
                       [](const Rule& rule) { return needs_names(rule.scope); });
}

Result<void> NameWatch::look() {
    auto now = find_known_containers(source_);
    if (!now) return Failure(now.error());
    if (*now == known_) return {};
    const auto compiled = compile(policy_, *now);
    if (!compiled) return Failure(compiled.error());
    if (auto done = put_(*compiled); !done) return done;
    known_ = std::move(*now);
    return {};
}

} // namespace nsscope
