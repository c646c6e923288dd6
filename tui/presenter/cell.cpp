#include "presenter/cell.hpp"

#include <fmt/format.h>
#include <iterator>

#include "base/text.hpp"
#include "output/pin_text.hpp"
#include "presenter/figures.hpp"

namespace nsscope::tui {
namespace {

template <typename... Args>
void put(std::string& out, fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(out), format, std::forward<Args>(args)...);
}

void put_use(std::string& out, ColumnId column, const Use& use) {
    if (column == ColumnId::cpu && use.cpu) append_percent(out, *use.cpu);
    if (column == ColumnId::memory && use.memory) append_bytes(out, *use.memory);
    if (column == ColumnId::forks && use.forks) append_rate(out, *use.forks);
    if (column == ColumnId::events && use.events) append_rate(out, *use.events);
}

void put_age(std::string& out, const World& world, std::uint64_t start_ns) {
    if (start_ns != 0 && world.machine.boot_ns >= start_ns)
        append_span(out, world.machine.boot_ns - start_ns);
}

void put_container(std::string& out, ColumnId column, const World& world, std::uint32_t place) {
    if (place >= world.containers.size()) return;
    const auto& container = world.containers[place].container;
    if (column == ColumnId::container) out += name_of(container);
    if (column == ColumnId::pod && container.pod) {
        if (!container.pod->ns.empty()) {
            append_printable(out, container.pod->ns);
            out += '/';
        }
        append_printable(out, container.pod->name.empty() ? container.pod->uid : container.pod->name);
    }
}

void put_user(std::string& out, const World& world, uid_t uid) {
    const auto found = world.users.find(uid);
    if (found == world.users.end() || found->second.empty())
        put(out, "{}", uid);
    else
        append_printable(out, found->second);
}

void put_pins(std::string& out, const Namespace& ns) {
    const char* separator = "";
    for (const auto& pin : ns.pinned_by) {
        out += separator;
        append_pin_text(out, pin);
        separator = ", ";
    }
}

/// Who is in it, or what keeps it alive.
void put_tenant(std::string& out, const World& world, const Namespace& ns) {
    if (ns.leader) {
        const auto place = world.find_process(ns.leader->pid);
        if (place != none)
            out += command_of(world.processes[place].process);
        else
            append_printable(out, ns.leader->comm);
    } else {
        out += "pinned by ";
        put_pins(out, ns);
    }
}

void put_namespace(std::string& out, ColumnId column, const World& world, View view, const NsItem& item) {
    const auto& ns = item.ns;
    switch (column) {
    case ColumnId::type: out += name(ns.type); break;
    case ColumnId::inum: put(out, "{}", ns.ref.inum); break;
    case ColumnId::id:
        if (ns.ref.id != 0) put(out, "{}", ns.ref.id);
        break;
    case ColumnId::processes: put(out, "{}", ns.members.size()); break;
    case ColumnId::threads: put(out, "{}", ns.nthreads); break;
    case ColumnId::ouid:
        if (ns.owner_uid) put(out, "{}", *ns.owner_uid);
        break;
    case ColumnId::owner:
        if (ns.owner_user_ns) put(out, "{}", *ns.owner_user_ns);
        break;
    case ColumnId::parent:
        if (ns.parent) put(out, "{}", *ns.parent);
        break;
    case ColumnId::leader:
        if (ns.leader) put(out, "{}", ns.leader->pid);
        break;
    case ColumnId::age: put_age(out, world, item.oldest_ns); break;
    case ColumnId::pins: put_pins(out, ns); break;
    case ColumnId::container:
    case ColumnId::pod: put_container(out, column, world, item.container); break;
    case ColumnId::name:
        if (view != View::namespaces) {
            out += name_of(ns);
            out += ' ';
        }
        put_tenant(out, world, ns);
        break;
    default: put_use(out, column, item.use);
    }
}

void put_differs(std::string& out, std::uint16_t differs) {
    constexpr std::string_view letters = "cimnptUu";
    for (std::size_t type = 0; type < letters.size(); ++type)
        out += (differs >> type & 1U) != 0 ? letters[type] : '.';
}

void put_process(std::string& out, ColumnId column, const World& world, const ProcessItem& item) {
    const auto& process = item.process;
    if (column >= ColumnId::ns_cgroup && column <= ColumnId::ns_uts) {
        const auto type = static_cast<std::size_t>(column) - static_cast<std::size_t>(ColumnId::ns_cgroup);
        if (process.ns[type].inum != 0)
            put(out, "{}{}", process.ns[type].inum, (item.differs >> type & 1U) != 0 ? '*' : ' ');
        return;
    }
    switch (column) {
    case ColumnId::pid: put(out, "{}", process.pid); break;
    case ColumnId::ppid: put(out, "{}", process.ppid); break;
    case ColumnId::user: put_user(out, world, process.uid); break;
    case ColumnId::threads: put(out, "{}", process.threads); break;
    case ColumnId::age: put_age(out, world, process.start_ns); break;
    case ColumnId::differs: put_differs(out, item.differs); break;
    case ColumnId::container:
    case ColumnId::pod: put_container(out, column, world, process.container); break;
    case ColumnId::name: out += command_of(process); break;
    default: put_use(out, column, item.use);
    }
}

void put_container_row(std::string& out, ColumnId column, const ContainerItem& item) {
    switch (column) {
    case ColumnId::processes: put(out, "{}", item.processes); break;
    case ColumnId::name: {
        const auto& container = item.container;
        append_printable(out, container.runtime.empty() ? "container" : container.runtime);
        out += ' ';
        out += name_of(container);
        if (!container.name.empty() && container.id != container.name) {
            out += " (";
            append_printable(out, container.id.substr(0, 12));
            out += ')';
        }
        break;
    }
    default: put_use(out, column, item.use);
    }
}

void put_cgroup(std::string& out, ColumnId column, const CgroupItem& item) {
    const auto pressure = [&out](const std::optional<double>& value) {
        if (value) append_percent(out, *value);
    };
    switch (column) {
    case ColumnId::pids:
        if (item.cgroup.pids) put(out, "{}", *item.cgroup.pids);
        break;
    case ColumnId::cpu_pressure: pressure(item.cgroup.cpu_pressure); break;
    case ColumnId::memory_pressure: pressure(item.cgroup.memory_pressure); break;
    case ColumnId::io_pressure: pressure(item.cgroup.io_pressure); break;
    case ColumnId::name: append_printable(out, item.cgroup.name); break;
    default: put_use(out, column, item.use);
    }
}

std::string_view title(Group group) {
    switch (group) {
    case Group::containers: return "containers";
    case Group::namespaces: return "namespaces, below their owners";
    case Group::processes: return "processes";
    }
    return {};
}

} // namespace

std::string name_of(const Namespace& ns) { return fmt::format("{}:[{}]", name(ns.type), ns.ref.inum); }

std::string command_of(const Process& process) {
    std::string text;
    if (process.kernel_thread || process.command.empty()) {
        text += process.kernel_thread ? "[" : "";
        append_printable(text, process.comm);
        text += process.kernel_thread ? "]" : "";
    } else {
        append_printable(text, process.command);
    }
    return text;
}

std::string name_of(const Container& container) {
    return to_printable(container.name.empty() ? container.id.substr(0, 12) : container.name);
}

void append_cell(std::string& out, ColumnId column, const World& world, View view, const Row& row) {
    switch (row.place.key.kind) {
    case Kind::group:
        if (column == ColumnId::name) put(out, "{} ({})", title(static_cast<Group>(row.index)), row.children);
        break;
    case Kind::container: put_container_row(out, column, world.containers[row.index]); break;
    case Kind::ns: put_namespace(out, column, world, view, world.namespaces[row.index]); break;
    case Kind::process:
        if (view == View::tree && column == ColumnId::name)
            put(out, "{} ", world.processes[row.index].process.pid);
        put_process(out, column, world, world.processes[row.index]);
        break;
    case Kind::cgroup: put_cgroup(out, column, world.cgroups[row.index]); break;
    case Kind::event:
        if (column == ColumnId::name) out += world.event(row.index).text;
        break;
    case Kind::guard:
        if (column == ColumnId::name) out += world.guard[row.index].text;
        if (column == ColumnId::hits && world.guard[row.index].hits)
            put(out, "{}", *world.guard[row.index].hits);
        break;
    case Kind::nothing: break;
    }
}

const Presence* presence_of(const World& world, const Row& row) {
    switch (row.place.key.kind) {
    case Kind::container: return &world.containers[row.index].presence;
    case Kind::ns: return &world.namespaces[row.index].presence;
    case Kind::process: return &world.processes[row.index].presence;
    default: return nullptr;
    }
}

} // namespace nsscope::tui
