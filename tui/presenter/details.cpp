#include <fmt/format.h>

#include "base/text.hpp"
#include "output/pin_text.hpp"
#include "presenter/figures.hpp"
#include "presenter/nsenter.hpp"
#include "presenter/presenter.hpp"

namespace nsscope::tui {
namespace {

constexpr std::size_t most_members = 1000, most_own_events = 100;

/// Collects what is to be told about a thing.
class Sheet {
  public:
    Sheet(const World& world, std::vector<Panel::Entry>& entries) : world_(world), entries_(entries) {}

    void fact(std::string_view label, std::string text, std::optional<Key> link = {}) {
        if (text.empty()) text = "not known";
        entries_.push_back({.text = fmt::format("{:<11} {}", label, text), .link = link});
    }
    void heading(std::string text) {
        entries_.push_back({});
        entries_.push_back({.text = std::move(text), .style = Style::title});
    }
    void line(std::string text, std::optional<Key> link = {}) {
        entries_.push_back({.text = "  " + std::move(text), .link = link});
    }

    void cells(const Row& row, View view) {
        for (const auto column : columns_of(view, true)) {
            if (column == ColumnId::name) continue;
            std::string text;
            append_cell(text, column, world_, view, row);
            if (!text.empty()) fact(heading_of(column, view), std::move(text), link_of(column, row));
        }
    }

    void nsenter(const Key& key) {
        const auto words = nsenter_words(world_, key);
        if (!words.empty()) fact("enter", shell_line(words));
    }

    void members(const Namespace& ns) {
        heading(fmt::format("Processes ({})", ns.members.size()));
        std::size_t count = 0;
        for (const auto pid : ns.members) {
            if (++count > most_members)
                return line(fmt::format("and {} more", ns.members.size() - most_members));
            process(world_.find_process(pid), pid);
        }
    }

    void process(std::uint32_t place, pid_t pid) {
        if (place == none) return line(std::to_string(pid));
        const auto& found = world_.processes[place].process;
        line(fmt::format("{:>8} {}", found.pid, command_of(found)), key_of(found));
    }

    void ns(NsType type, std::uint32_t inum, std::string_view label) {
        const auto place = world_.find_namespace(type, inum);
        const auto text = fmt::format("{}:[{}]", name(type), inum);
        if (place == none) return fact(label, text);
        const auto& found = world_.namespaces[place];
        fact(label, found.ns.initial ? text + " the host's" : text, key_of(type, found.ns.ref));
    }

    void told(std::vector<std::string> lines) {
        for (auto& line : lines) {
            const auto style = line.starts_with(' ') ? Style::plain : Style::title;
            entries_.push_back({.text = std::move(line), .style = style});
        }
    }

    template <typename Wanted>
    void events(Wanted is_wanted) {
        std::vector<std::size_t> found;
        for (std::size_t i = world_.events(); i-- > 0 && found.size() < most_own_events;)
            if (is_wanted(world_.event(i))) found.push_back(i);
        if (found.empty()) return;
        heading("Its latest events, the last one first");
        for (const auto i : found) line(world_.event(i).text);
    }

  private:
    static std::string_view heading_of(ColumnId column, View view) { return tui::heading(column, view); }

    [[nodiscard]] std::optional<Key> link_of(ColumnId column, const Row& row) const {
        const auto to = [this](NsType type, std::uint32_t inum) -> std::optional<Key> {
            const auto place = world_.find_namespace(type, inum);
            if (place == none) return std::nullopt;
            return key_of(type, world_.namespaces[place].ns.ref);
        };
        if (row.place.key.kind == Kind::process) {
            const auto& process = world_.processes[row.index].process;
            if (column >= ColumnId::ns_cgroup && column <= ColumnId::ns_uts) {
                const auto type =
                    static_cast<std::size_t>(column) - static_cast<std::size_t>(ColumnId::ns_cgroup);
                return to(static_cast<NsType>(type), process.ns[type].inum);
            }
            if (column == ColumnId::ppid && world_.processes[row.index].parent != none)
                return key_of(world_.processes[world_.processes[row.index].parent].process);
            if (column == ColumnId::container && process.container < world_.containers.size())
                return key_of(world_.containers[process.container].container);
        }
        if (row.place.key.kind == Kind::ns) {
            const auto& item = world_.namespaces[row.index];
            if (column == ColumnId::owner && item.ns.owner_user_ns)
                return to(NsType::user, *item.ns.owner_user_ns);
            if (column == ColumnId::parent && item.ns.parent) return to(item.ns.type, *item.ns.parent);
            if (column == ColumnId::leader && item.ns.leader)
                if (const auto place = world_.find_process(item.ns.leader->pid); place != none)
                    return key_of(world_.processes[place].process);
            if (column == ColumnId::container && item.container < world_.containers.size())
                return key_of(world_.containers[item.container].container);
        }
        return std::nullopt;
    }

    const World& world_;
    std::vector<Panel::Entry>& entries_;
};

Row row_of(const Key& key, std::uint32_t index) {
    Row row;
    row.place.key = key;
    row.index = index;
    return row;
}

std::string tell_namespace(Sheet& tell, const World& world, const Key& key, std::uint32_t place) {
    const auto& item = world.namespaces[place];
    const auto& ns = item.ns;
    tell.cells(row_of(key, place), View::namespaces);
    if (ns.initial) tell.fact("initial", "yes: the machine booted with it");
    tell.nsenter(key);
    if (!ns.pinned_by.empty()) {
        tell.heading("What keeps it alive");
        for (const auto& pin : ns.pinned_by) {
            std::string text;
            append_pin_text(text, pin);
            std::optional<Key> link;
            if (pin.inum != 0 && (pin.how == Pin::How::child || pin.how == Pin::How::owned))
                if (const auto other = world.find_namespace(pin.type, pin.inum); other != none)
                    link = key_of(pin.type, world.namespaces[other].ns.ref);
            if (pin.pid != 0)
                if (const auto process = world.find_process(pin.pid); process != none)
                    link = key_of(world.processes[process].process);
            tell.line(std::move(text), link);
        }
    }
    return name_of(ns);
}

void tell_owned(Sheet& tell, const World& world, const Namespace& ns) {
    bool is_first = true;
    for (std::size_t i = 0; i < world.live_namespaces; ++i) {
        const auto& other = world.namespaces[i].ns;
        const bool is_child = other.type == ns.type && other.parent == ns.ref.inum;
        const bool is_owned = ns.type == NsType::user && other.owner_user_ns == ns.ref.inum;
        if (!is_child && !is_owned) continue;
        if (is_first) tell.heading(ns.type == NsType::user ? "Namespaces that it owns" : "Its children");
        is_first = false;
        tell.line(name_of(other), key_of(other.type, other.ref));
    }
}

} // namespace

void Presenter::open_details(const Key& key) {
    trail_.push_back(key);
    panel_ = Panel{.what = Panel::What::details, .title = {}};
    fill_details(key);
}

void Presenter::fill_details(const Key& key) {
    auto& panel = *panel_;
    const auto place = world_->find(key);
    if (place == none) {
        if (!panel.title.ends_with("(gone)")) panel.title += " (gone)";
        return;
    }
    const auto before = panel.at < panel.entries.size() ? panel.entries[panel.at] : Panel::Entry{};
    panel.entries.clear();
    Sheet tell(*world_, panel.entries);
    switch (key.kind) {
    case Kind::ns: {
        panel.title = tell_namespace(tell, *world_, key, place);
        const auto& ns = world_->namespaces[place].ns;
        if (teller_) tell.told(teller_(*world_, key));
        tell_owned(tell, *world_, ns);
        if (!ns.members.empty()) tell.members(ns);
        tell.events([&ns](const EventLine& event) {
            for (const auto& [type, inum] : event.namespaces)
                if (type == ns.type && inum == ns.ref.inum) return true;
            return false;
        });
        break;
    }
    case Kind::process: {
        const auto& item = world_->processes[place];
        const auto pid = item.process.pid;
        panel.title = fmt::format("process {}", pid);
        tell.fact("command", command_of(item.process));
        tell.fact("name", to_printable(item.process.comm));
        tell.cells(row_of(key, place), View::processes);
        tell.nsenter(key);
        if (teller_) tell.told(teller_(*world_, key));
        bool is_first = true;
        for (std::uint32_t i = 0; i < world_->live_processes; ++i) {
            if (world_->processes[i].parent != place) continue;
            if (is_first) tell.heading("Children");
            is_first = false;
            tell.process(i, world_->processes[i].process.pid);
        }
        tell.events([pid](const EventLine& event) { return event.pid == pid || event.child == pid; });
        break;
    }
    case Kind::container: {
        const auto& container = world_->containers[place].container;
        panel.title = "container " + name_of(container);
        tell.fact("id", to_printable(container.id));
        tell.fact("runtime", to_printable(container.runtime));
        if (!container.name.empty()) tell.fact("name", to_printable(container.name));
        if (container.pod) {
            tell.fact("pod", to_printable(container.pod->name));
            tell.fact("namespace", to_printable(container.pod->ns));
            tell.fact("pod uid", to_printable(container.pod->uid));
        }
        tell.cells(row_of(key, place), View::tree);
        tell.nsenter(key);
        if (teller_) tell.told(teller_(*world_, key));
        tell.heading("Its namespaces");
        for (std::size_t i = 0; i < world_->live_namespaces; ++i)
            if (world_->namespaces[i].container == place)
                tell.line(name_of(world_->namespaces[i].ns),
                          key_of(world_->namespaces[i].ns.type, world_->namespaces[i].ns.ref));
        tell.heading("Processes");
        for (std::uint32_t i = 0; i < world_->live_processes; ++i)
            if (world_->processes[i].process.container == place)
                tell.process(i, world_->processes[i].process.pid);
        break;
    }
    case Kind::cgroup:
        panel.title = "cgroup " + to_printable(world_->cgroups[place].cgroup.name);
        tell.fact("id", std::to_string(key.a));
        tell.cells(row_of(key, place), View::cgroups);
        break;
    case Kind::guard: {
        const auto& line = world_->guard[place];
        panel.title = "guard";
        tell.fact("what", line.text);
        if (line.hits) tell.fact("hits", std::to_string(*line.hits));
        if (line.pid != 0) tell.process(world_->find_process(line.pid), line.pid);
        break;
    }
    case Kind::event: {
        const auto& event = world_->event(place);
        panel.title = fmt::format("event {}", event.seq);
        tell.fact("what", event.text);
        if (event.pid != 0) tell.process(world_->find_process(event.pid), event.pid);
        if (event.child != 0) tell.process(world_->find_process(event.child), event.child);
        for (const auto& [type, inum] : event.namespaces) tell.ns(type, inum, "namespace");
        break;
    }
    case Kind::nothing:
    case Kind::group: break;
    }
    panel.stay_at(before);
    panel.move(0);
}

} // namespace nsscope::tui
