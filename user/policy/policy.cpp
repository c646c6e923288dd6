#include "policy/policy.hpp"

#include <fmt/format.h>

namespace nsscope {

std::string_view to_string(Verdict verdict) {
    switch (verdict) {
    case Verdict::allow: return "allow";
    case Verdict::audit: return "audit";
    case Verdict::override: return "override";
    case Verdict::deny: break;
    }
    return "deny";
}

std::string_view to_string(Operation operation) { return operation == Operation::read ? "read" : "write"; }

std::string to_string(const Scope& scope) {
    switch (scope.kind) {
    case Scope::Kind::all: return "all";
    case Scope::Kind::containers: return "containers";
    case Scope::Kind::host: return "host";
    case Scope::Kind::cgroup: return fmt::format("{{cgroup: {}}}", scope.text);
    case Scope::Kind::container: return fmt::format("{{container: {}}}", scope.text);
    case Scope::Kind::pod:
        return fmt::format("{{pod: {}{}{}}}", scope.ns, scope.ns.empty() ? "" : "/", scope.text);
    case Scope::Kind::kubernetes_namespace: return fmt::format("{{kubernetes_namespace: {}}}", scope.text);
    case Scope::Kind::net: break;
    }
    return fmt::format("{{net: \"net:[{}]\"}}", scope.inum);
}

std::string to_string(const Policy& policy, const PolicyPlace& place) {
    return fmt::format("{}:{}:{}", policy.files[place.file], place.line, place.column);
}

} // namespace nsscope
