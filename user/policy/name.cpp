#include "policy/name.hpp"

#include <algorithm>
#include <cstdint>

#include <fmt/format.h>

namespace nsscope {
namespace {

using Kind = NameComponent::Kind;

Error refuse(std::string what, std::string hint) { return {std::move(what), std::move(hint)}; }

/// One component, its separators already put right. `text` may have escapes.
Result<NameComponent> parse_component(std::string_view text) {
    if (text == "*") return NameComponent{Kind::one};
    if (text == "**") return NameComponent{Kind::any};
    NameComponent component;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '*')
            return Failure(refuse(fmt::format("'*' is only a part of '{}'", text),
                                  "'*' for a whole component, '**' for any number of them; a backslash "
                                  "before a star makes it an ordinary one"));
        if (text[i] == '\\') {
            ++i;
            if (i == text.size() || (text[i] != '*' && text[i] != '\\'))
                return Failure(refuse(fmt::format("a backslash in '{}'", text),
                                      "one only before a star or another backslash"));
        }
        component.text += text[i];
    }
    if (component.text == "." || component.text == "..")
        return Failure(
            refuse(fmt::format("the component '{}'", component.text), "the name of a sysctl, without them"));
    if (component.text.size() > longest_sysctl_component)
        return Failure(refuse(fmt::format("a component of {} bytes", component.text.size()),
                              fmt::format("{} at most", longest_sysctl_component)));
    return component;
}

/// Swaps dots and slashes where the first of them is a dot.
std::string with_slashes(std::string_view text) {
    std::string name(text);
    const auto first = name.find_first_of("./");
    if (first == std::string::npos || name[first] == '/') return name;
    for (char& c : name) {
        if (c == '.')
            c = '/';
        else if (c == '/')
            c = '.';
    }
    return name;
}

void spread_rest(const std::vector<NameComponent>& components, std::size_t next,
                 std::vector<NameComponent>& so_far, std::vector<std::vector<NameComponent>>& out) {
    if (next == components.size()) {
        if (!so_far.empty() && so_far.size() <= most_sysctl_components) out.push_back(so_far);
        return;
    }
    const auto size = so_far.size();
    if (components[next].kind != Kind::any) {
        if (size == most_sysctl_components) return;
        so_far.push_back(components[next]);
        spread_rest(components, next + 1, so_far, out);
    } else {
        while (true) {
            spread_rest(components, next + 1, so_far, out);
            if (so_far.size() == most_sysctl_components) break;
            so_far.push_back({Kind::one});
        }
    }
    so_far.resize(size);
}

} // namespace

bool NamePattern::is_literal() const {
    return std::all_of(components.begin(), components.end(),
                       [](const auto& component) { return component.kind == Kind::literal; });
}

Result<NamePattern> parse_name_pattern(std::string_view text) {
    if (text.empty()) return Failure(refuse("an empty name", "the name of a sysctl, as in sysctl(8)"));
    // with a backslash before each byte; this one is not repeated in a message
    if (text.size() > 2 * longest_sysctl_name)
        return Failure(refuse(fmt::format("a name of {} bytes", text.size()),
                              fmt::format("{} at most", longest_sysctl_name)));
    if (text.find('\0') != std::string_view::npos || text.find('\n') != std::string_view::npos)
        return Failure(refuse(fmt::format("a line's end in '{}'", text), "the name of a sysctl"));
    NamePattern pattern;
    pattern.written = text;
    const auto name = with_slashes(text);
    std::size_t length = 0; // of the shortest name that it could stand for
    std::size_t count = 0;
    for (const auto part : split_name(name)) {
        if (part.empty())
            return Failure(refuse(fmt::format("an empty component in '{}'", text),
                                  "names with one dot or slash between components, none at the ends"));
        auto component = parse_component(part);
        if (!component) return Failure(component.error());
        const bool any = component->kind == Kind::any;
        // two of them are as good as one
        if (any && !pattern.components.empty() && pattern.components.back().kind == Kind::any) continue;
        if (!any) {
            ++count;
            length += 1 + std::max<std::size_t>(component->text.size(), 1);
        }
        pattern.components.push_back(std::move(*component));
    }
    if (count > most_sysctl_components)
        return Failure(
            refuse(fmt::format("{} components", count), fmt::format("{} at most", most_sysctl_components)));
    if (length > longest_sysctl_name + 1)
        return Failure(refuse(fmt::format("a name of {} bytes", length - 1),
                              fmt::format("{} at most", longest_sysctl_name)));
    if (std::count_if(pattern.components.begin(), pattern.components.end(),
                      [](const auto& component) { return component.kind == Kind::any; }) > 2)
        return Failure(refuse(fmt::format("more than two '**' in '{}'", text), "two at most"));
    return pattern;
}

bool matches(const NamePattern& pattern, std::span<const std::string_view> parts,
             std::optional<std::size_t> anything_at) {
    if (parts.size() >= 64) return false;
    const std::uint64_t all = (std::uint64_t{2} << parts.size()) - 1;
    std::uint64_t reach = 1; // bit i: the components so far can stand for the first i parts
    for (const auto& component : pattern.components) {
        if (component.kind == Kind::any) {
            reach = all & ~((reach & -reach) - 1); // the lowest, and all above
            continue;
        }
        std::uint64_t next = reach << 1 & all;
        if (component.kind == Kind::literal)
            for (std::size_t i = 0; i < parts.size(); ++i)
                if (i != anything_at && component.text != parts[i]) next &= ~(std::uint64_t{2} << i);
        reach = next;
        if (reach == 0) return false;
    }
    return (reach >> parts.size() & 1) != 0;
}

bool matches(const NamePattern& pattern, std::string_view name) {
    return matches(pattern, split_name(name), std::nullopt);
}

std::vector<std::string_view> split_name(std::string_view name) {
    std::vector<std::string_view> parts;
    for (std::size_t start = 0;;) {
        const auto end = name.find('/', start);
        parts.push_back(name.substr(start, end == std::string_view::npos ? end : end - start));
        if (end == std::string_view::npos) return parts;
        start = end + 1;
    }
}

std::string canonical_name(std::string_view text) { return with_slashes(text); }

std::vector<std::vector<NameComponent>> spread(const NamePattern& pattern) {
    std::vector<std::vector<NameComponent>> out;
    std::vector<NameComponent> so_far;
    spread_rest(pattern.components, 0, so_far, out);
    // "**.*" and the like reach the same pattern in more than one way
    std::vector<std::vector<NameComponent>> unique;
    for (auto& one : out)
        if (std::find(unique.begin(), unique.end(), one) == unique.end()) unique.push_back(std::move(one));
    return unique;
}

} // namespace nsscope
