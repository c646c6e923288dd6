#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <optional>
#include <string>
#include <tuple>

#include <fmt/format.h>

#include "policy/compile_names.hpp"

namespace nsscope {
namespace {

using Kind = Scope::Kind;

bool is_about_cgroups(Kind kind) {
    return kind == Kind::cgroup || kind == Kind::container || kind == Kind::pod ||
           kind == Kind::kubernetes_namespace;
}

using Bits = std::array<std::uint64_t, NSSCOPE_GUARD_SCOPES / 64>;

void merge(Bits& into, const Bits& from) {
    for (std::size_t i = 0; i < into.size(); ++i) into[i] |= from[i];
}

nsscope_guard_who wire(const Bits& bits, std::uint32_t flags) {
    nsscope_guard_who who{};
    std::copy(bits.begin(), bits.end(), who.scopes);
    who.flags = flags;
    return who;
}

/// A node of the tree of paths that scopes speak of.
struct PathNode {
    Bits bits{};
    bool known = false;
    std::uint32_t number = 0;
    std::map<std::string, PathNode, std::less<>> below;
};

class Scopes {
  public:
    Scopes(std::span<const KnownContainer> known, CompiledPolicy& out) : known_(known), out_(out) {}

    /// The number of a scope that cgroups decide; nullopt: there are too many.
    std::optional<std::uint16_t> number(const Scope& scope) {
        const auto [entry, is_new] =
            numbers_.emplace(std::tuple(scope.kind, scope.text, scope.ns), numbers_.size());
        if (numbers_.size() > NSSCOPE_GUARD_SCOPES) return std::nullopt;
        const auto number = entry->second;
        if (is_new) add(scope, number);
        if (needs_names(scope)) has_names_ = true;
        return static_cast<std::uint16_t>(number);
    }

    void finish() {
        out_.config.has_cgroups = !numbers_.empty();
        if (has_names_)
            for (const auto& one : known_)
                if (auto* node = path(one.cgroup)) node->known = true;
        write_paths(top_, 0);
        write_components();
        write_ids();
    }

  private:
    void add(const Scope& scope, std::size_t number) {
        Bits bit{};
        bit[number / 64] = std::uint64_t{1} << (number % 64);
        if (scope.kind == Kind::cgroup) {
            if (auto* node = path(scope.text)) merge(node->bits, bit);
            return;
        }
        if (scope.kind == Kind::container) add_container(scope.text, bit);
        if (scope.kind == Kind::pod && is_pod_uid(scope.text))
            for (const auto& name : pod_cgroup_names(scope.text)) add_component(name, bit);
        for (const auto& one : known_)
            if (is_about(scope, one.container))
                if (auto* node = path(one.cgroup)) merge(node->bits, bit);
    }

    void add_container(const std::string& text, const Bits& bit) {
        if (is_id_prefix(text)) merge(ids_[text], bit);
        for (const auto& mark : cgroup_marks()) {
            const std::string name = mark.escaped ? escape_unit_name(text) : text;
            switch (mark.kind) {
            case CgroupMark::Kind::any: add_named(mark, std::string(mark.prefix) + name, bit); break;
            case CgroupMark::Kind::scope:
                add_named(mark, std::string(mark.prefix) + name + ".scope", bit);
                break;
            case CgroupMark::Kind::service:
                add_named(mark, std::string(mark.prefix) + name + ".service", bit);
                break;
            case CgroupMark::Kind::below:
                if (auto* node = path(std::string(mark.prefix) + "/" + name)) merge(node->bits, bit);
                break;
            default: break;
            }
        }
    }

    /// Unless another mark, a longer one, says what a component of this name is.
    void add_named(const CgroupMark& mark, const std::string& component, const Bits& bit) {
        const std::array<std::string_view, 1> path{component};
        if (identify(path).mark == &mark) add_component(component, bit);
    }

    void add_component(const std::string& component, const Bits& bit) {
        if (component.size() < NSSCOPE_GUARD_CGROUP_LEN) merge(components_[component], bit);
    }

    /// The node of a cgroup; nullptr for the root, and where no cgroup can have this path.
    PathNode* path(std::string_view text) {
        const auto parts = split_cgroup(text);
        if (parts.empty() || parts.size() > NSSCOPE_GUARD_DEPTH) return nullptr;
        for (const auto part : parts)
            if (part.size() >= NSSCOPE_GUARD_CGROUP_LEN) return nullptr;
        auto* node = &top_;
        for (const auto part : parts) node = &node->below[std::string(part)];
        return node;
    }

    void write_paths(const PathNode& node, std::uint32_t number) {
        for (const auto& [name, child] : node.below) {
            nsscope_guard_cgroup_key key{};
            key.parent = number;
            std::memcpy(key.name, name.data(), name.size());
            nsscope_guard_cgroup value{};
            value.who = wire(child.bits, child.known ? NSSCOPE_GUARD_KNOWN : 0);
            if (!child.below.empty()) value.node = ++last_node_;
            out_.cgroups.emplace_back(key, value);
            if (value.node != 0) write_paths(child, value.node);
        }
    }

    /// What a mark says, for the component that bears it.
    static nsscope_guard_component component_of(const CgroupMark* mark, const Bits& bits) {
        nsscope_guard_component value{};
        if (mark != nullptr) {
            value.skip = static_cast<std::uint8_t>(mark->prefix.size());
            switch (mark->kind) {
            case CgroupMark::Kind::is_not: value.id = NSSCOPE_GUARD_ID_NOT; break;
            case CgroupMark::Kind::any: value.id = NSSCOPE_GUARD_ID_ANY; break;
            case CgroupMark::Kind::scope: value.id = NSSCOPE_GUARD_ID_SCOPE; break;
            case CgroupMark::Kind::service: value.id = NSSCOPE_GUARD_ID_SERVICE; break;
            case CgroupMark::Kind::below: value.next = NSSCOPE_GUARD_NEXT_IS; break;
            case CgroupMark::Kind::below_not: value.next = NSSCOPE_GUARD_NEXT_NOT; break;
            }
        }
        value.who = wire(bits, 0);
        return value;
    }

    static nsscope_guard_component_key component_key(std::string_view text, std::size_t bytes) {
        nsscope_guard_component_key key{};
        key.bits = static_cast<std::uint32_t>(8 * bytes);
        std::memcpy(key.name, text.data(), text.size());
        return key;
    }

    void write_components() {
        for (const auto& mark : cgroup_marks()) {
            const bool whole =
                mark.kind == CgroupMark::Kind::below || mark.kind == CgroupMark::Kind::below_not;
            // A whole name is matched with the NUL behind it. No scope speaks of just these names.
            out_.components.emplace_back(component_key(mark.prefix, mark.prefix.size() + whole),
                                         component_of(&mark, {}));
        }
        for (const auto& [name, bits] : components_) {
            const std::array<std::string_view, 1> path{name};
            out_.components.emplace_back(component_key(name, name.size() + 1),
                                         component_of(identify(path).mark, bits));
        }
    }

    /// The longest prefix is all that the kernel finds, so it says what the shorter ones say as well.
    void write_ids() {
        for (const auto& [id, own] : ids_) {
            Bits bits = own;
            for (std::size_t length = 1; length < id.size(); ++length)
                if (const auto shorter = ids_.find(id.substr(0, length)); shorter != ids_.end())
                    merge(bits, shorter->second);
            nsscope_guard_id_key key{};
            key.bits = static_cast<std::uint32_t>(8 * id.size());
            std::memcpy(key.id, id.data(), id.size());
            out_.ids.emplace_back(key, wire(bits, 0));
        }
    }

    std::span<const KnownContainer> known_;
    CompiledPolicy& out_;
    std::map<std::tuple<Kind, std::string, std::string>, std::size_t> numbers_;
    bool has_names_ = false;
    PathNode top_;
    std::uint32_t last_node_ = 0;
    std::map<std::string, Bits> components_;
    std::map<std::string, Bits> ids_;
};

} // namespace

Result<void> compile_scopes(const Policy& policy, std::span<const KnownContainer> known,
                            RuleCandidates& rules, CompiledPolicy& out) {
    Scopes scopes(known, out);
    std::map<std::uint32_t, std::uint32_t> nets;
    for (std::size_t i = 0; i < policy.rules.size(); ++i) {
        const auto& scope = policy.rules[i].scope;
        auto& candidate = rules[i];
        switch (scope.kind) {
        case Kind::all: candidate.kind = NSSCOPE_GUARD_ALL; break;
        case Kind::containers: candidate.kind = NSSCOPE_GUARD_CONTAINERS; break;
        case Kind::host: candidate.kind = NSSCOPE_GUARD_HOST; break;
        case Kind::net:
            candidate.kind = NSSCOPE_GUARD_NET;
            candidate.scope = static_cast<std::uint16_t>(
                nets.emplace(scope.inum, static_cast<std::uint32_t>(nets.size())).first->second);
            break;
        default: candidate.kind = needs_names(scope) ? NSSCOPE_GUARD_NAMED : NSSCOPE_GUARD_CGROUP; break;
        }
        if (!is_about_cgroups(scope.kind)) continue;
        const auto number = scopes.number(scope);
        if (!number)
            return Failure(Error{fmt::format("{}: rule '{}' has the {}th different scope",
                                             to_string(policy, policy.rules[i].place), policy.rules[i].name,
                                             NSSCOPE_GUARD_SCOPES + 1),
                                 fmt::format("expected {} at most that speak of cgroups, containers or pods",
                                             NSSCOPE_GUARD_SCOPES)});
        candidate.scope = *number;
    }
    scopes.finish();
    for (const auto& [inum, scope] : nets) out.nets.emplace_back(inum, scope);
    out.config.nr_nets = static_cast<std::uint32_t>(nets.size());
    return {};
}

} // namespace nsscope
