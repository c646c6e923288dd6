#include "presenter/nsenter.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace nsscope::tui {
namespace {

std::string option_of(NsType type) {
    if (type == NsType::mnt) return "--mount";
    return fmt::format("--{}", name(type));
}

std::vector<std::string> all_of(pid_t pid) { return {"nsenter", "--target", std::to_string(pid), "--all"}; }

bool is_plain(unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-_./=:,@%+").find(static_cast<char>(c)) != std::string_view::npos;
}

void append_quoted(std::string& out, const std::string& word) {
    if (!word.empty() && std::all_of(word.begin(), word.end(),
                                     [](char c) { return is_plain(static_cast<unsigned char>(c)); })) {
        out += word;
        return;
    }
    out += "$'";
    for (const char c : word) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 32 && byte < 127 && c != '\'' && c != '\\')
            out += c;
        else
            out += fmt::format("\\x{:02x}", byte);
    }
    out += '\'';
}

} // namespace

std::vector<std::string> nsenter_words(const World& world, const Key& key) {
    const auto place = world.find(key);
    if (place == none) return {};
    if (key.kind == Kind::process) {
        const auto& item = world.processes[place];
        return item.presence.gone_ns == 0 ? all_of(item.process.pid) : std::vector<std::string>();
    }
    if (key.kind == Kind::container) {
        for (std::size_t i = 0; i < world.live_processes; ++i)
            if (world.processes[i].process.container == place) return all_of(world.processes[i].process.pid);
        return {};
    }
    if (key.kind != Kind::ns || world.namespaces[place].presence.gone_ns != 0) return {};
    const auto& ns = world.namespaces[place].ns;
    if (ns.leader) return {"nsenter", "--target", std::to_string(ns.leader->pid), option_of(ns.type)};
    for (const auto& pin : ns.pinned_by) {
        if (pin.how == Pin::How::mount) return {"nsenter", option_of(ns.type) + "=" + pin.path};
        if (pin.how == Pin::How::fd)
            return {"nsenter", fmt::format("{}=/proc/{}/fd/{}", option_of(ns.type), pin.pid, pin.fd)};
        if (pin.how == Pin::How::for_children)
            return {"nsenter", fmt::format("{}=/proc/{}/ns/{}_for_children", option_of(ns.type), pin.pid,
                                           name(ns.type))};
    }
    return {};
}

std::string shell_line(const std::vector<std::string>& words) {
    std::string line;
    for (const auto& word : words) {
        if (!line.empty()) line += ' ';
        append_quoted(line, word);
    }
    return line;
}

void append_character(std::string& out, std::uint32_t code) {
    const auto put = [&out](std::uint32_t byte) { out += static_cast<char>(byte); };
    if (code < 0x80) return put(code);
    if (code < 0x800) {
        put(0xC0 | code >> 6);
    } else if (code < 0x10000) {
        if (code >= 0xD800 && code < 0xE000) return;
        put(0xE0 | code >> 12);
        put(0x80 | (code >> 6 & 0x3F));
    } else if (code < 0x110000) {
        put(0xF0 | code >> 18);
        put(0x80 | (code >> 12 & 0x3F));
        put(0x80 | (code >> 6 & 0x3F));
    } else {
        return;
    }
    put(0x80 | (code & 0x3F));
}

} // namespace nsscope::tui
