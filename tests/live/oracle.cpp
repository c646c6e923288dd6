#include "oracle.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>
#include <sstream>

#include "stream.hpp"

namespace live {
namespace {

constexpr std::uint64_t ns_per_tick = 10'000'000; // USER_HZ is 100 on all that Linux runs on by now

struct FlagName {
    std::uint64_t bit;
    const char* name;
    std::size_t slot;
};
constexpr std::array<FlagName, 8> flag_names{{
    {0x02000000, "CLONE_NEWCGROUP", 0},
    {0x08000000, "CLONE_NEWIPC", 1},
    {0x00020000, "CLONE_NEWNS", 2},
    {0x40000000, "CLONE_NEWNET", 3},
    {0x20000000, "CLONE_NEWPID", 4},
    {0x00000080, "CLONE_NEWTIME", 5},
    {0x10000000, "CLONE_NEWUSER", 6},
    {0x04000000, "CLONE_NEWUTS", 7},
}};

/// The bits of a call that mean namespaces: clone(2) has its signal where CLONE_NEWTIME is.
std::uint64_t asked(const std::string& call, std::uint64_t flags) {
    std::uint64_t bits = 0;
    for (const auto& flag : flag_names) bits |= flags & flag.bit;
    return call == "clone" ? bits & ~std::uint64_t{0xff} : bits;
}

bool asks_for(std::uint64_t flags, std::size_t slot) {
    if (slot == slot_pid_for_children) slot = slot_pid;
    if (slot == slot_time_for_children) slot = slot_time;
    return std::any_of(flag_names.begin(), flag_names.end(),
                       [&](const FlagName& flag) { return flag.slot == slot && (flags & flag.bit) != 0; });
}

std::string flags_text(const std::string& call, std::optional<std::uint64_t> flags) {
    if (!flags) return "flags null";
    std::ostringstream out;
    out << "flags";
    const auto bits = asked(call, *flags);
    for (const auto& flag : flag_names)
        if ((bits & flag.bit) != 0) out << ' ' << flag.name;
    out << " 0x" << std::hex << *flags;
    return out.str();
}

/// As told: the names that there are, in our order, and those that we do not know.
std::string flags_text(const Call& call) {
    if (!call.flags || !call.flags_raw) return "flags null";
    auto names = *call.flags;
    std::string text = "flags";
    for (const auto& flag : flag_names)
        if (std::erase(names, flag.name) == 1) text += std::string(" ") + flag.name;
    for (const auto& name : names) text += " and " + name;
    return text + ' ' + *call.flags_raw;
}

template <typename Id>
std::string ref_text(std::uint32_t inum, Id id) {
    return std::to_string(inum) + '#' + (id ? std::to_string(id) : "null");
}

std::string who_text(std::uint32_t pid, std::uint32_t tid, std::uint32_t ppid, std::uint32_t ns_pid,
                     std::uint32_t uid, std::uint64_t ticks, const std::string& comm,
                     const std::string& exe) {
    std::ostringstream out;
    out << pid << '/' << tid << " of " << ppid << " inside " << ns_pid << " uid " << uid << " since " << ticks
        << " '" << comm << "' " << exe;
    return out.str();
}

std::string who_text(const SeenWho& who) {
    return who_text(who.pid, who.tid, who.ppid, who.ns_pid, who.uid, who.start_ticks, who.comm, who.exe);
}

std::string who_text(const Task& task) {
    return who_text(task.pid, task.tid, task.ppid, task.ns_pid.value_or(0), task.uid,
                    task.start_ns / ns_per_tick, task.comm, task.exe.value_or("null"));
}

std::string change_text(std::size_t slot, bool created, const SeenRef& from, const SeenRef& to) {
    return std::string(" | ") + slot_names[slot] + ' ' + ref_text(from.inum, from.id) + " -> " +
           ref_text(to.inum, to.id) + (created ? " new" : "");
}

std::string change_text(const Change& change) {
    const auto text = [](const std::optional<NsRef>& ref) {
        return ref ? ref_text(ref->inum.value_or(0), ref->id.value_or(0)) : std::string("unknown");
    };
    return " | " + change.type + (change.for_children ? "_for_children " : " ") + text(change.from) + " -> " +
           text(change.to) + (change.created ? " new" : "");
}

/// Where a change stands in our order.
std::size_t slot_of(const Change& change) {
    const auto name = change.type + (change.for_children ? "_for_children" : "");
    return static_cast<std::size_t>(std::ranges::find(slot_names, name) - slot_names.begin());
}

std::string call_text(const std::string& name, std::int64_t result, const std::string& error,
                      const std::string& flags) {
    return name + " = " + std::to_string(result) + ' ' + error + ' ' + flags;
}

std::string error_text(long result) { return result < 0 ? strerrorname_np(static_cast<int>(-result)) : "ok"; }

/// The caller's namespaces after the call against those before.
std::string own_changes(const Step& step) {
    std::string text;
    for (std::size_t slot = 0; slot < slot_names.size(); slot++)
        if ((*step.before)[slot] != (*step.after)[slot])
            text += change_text(slot, step.call == "unshare", (*step.before)[slot], (*step.after)[slot]);
    return text;
}

/// The child's against the parent's. That its children will be where it is goes without saying.
std::string birth_changes(const Step& step) {
    std::string text;
    const auto& parent = *step.before;
    const auto& child = step.child->view;
    const auto flags = asked(step.call, step.flags.value_or(0));
    for (std::size_t slot = 0; slot < slot_names.size(); slot++) {
        if (child[slot] == parent[slot]) continue;
        if (slot == slot_pid_for_children && child[slot] == child[slot_pid]) continue;
        if (slot == slot_time_for_children && child[slot] == child[slot_time]) continue;
        text += change_text(slot, asks_for(flags, slot), parent[slot], child[slot]);
    }
    return text;
}

/// nullopt: this step is no event.
std::optional<std::string> expected_line(const Step& step) {
    const auto call =
        call_text(step.call, step.result, error_text(step.result), flags_text(step.call, step.flags));
    const auto who = who_text(step.who);
    if (step.call == "unshare" || step.call == "setns")
        return "ns." + step.call + ' ' + who + ": " + call + own_changes(step);
    if (step.result < 0) {
        if (asked(step.call, step.flags.value_or(0)) == 0) return std::nullopt;
        return "ns.clone " + who + ": " + call;
    }
    if (!step.child) return "nshelper lost the child of " + call;
    const auto changes = birth_changes(step);
    if (changes.empty()) return std::nullopt;
    return "ns.clone " + who + ": " + call + " child " + who_text(step.child->who) + changes;
}

/// An exec that took the process into the time namespace that waited for it.
std::optional<std::string> exec_line(const Step& begin, const SeenView& before) {
    const auto& after = (*begin.after)[slot_time];
    if (after == before[slot_time]) return std::nullopt;
    return "ns.setns " + who_text(begin.who) + ": " + call_text("execve", 0, "ok", "flags null") +
           change_text(slot_time, false, before[slot_time], after);
}

/// A pid namespace for children cannot be seen before there is a child. What a thread sees of it later is what it had
/// from the call that asked for it on.
void look_ahead(std::vector<Step>& steps) {
    for (std::size_t i = 0; i < steps.size(); i++) {
        for (std::size_t later = i + 1; later < steps.size(); later++) {
            const auto& next = steps[later];
            if (!steps[i].after || next.who.tid != steps[i].who.tid) continue;
            if ((*steps[i].after)[slot_pid_for_children].inum != 0) break;
            if (next.after) (*steps[i].after)[slot_pid_for_children] = (*next.after)[slot_pid_for_children];
        }
    }
    for (std::size_t i = 0; i < steps.size(); i++) {
        for (std::size_t later = i + 1; later < steps.size(); later++) {
            auto& next = steps[later];
            if (!steps[i].after || next.who.tid != steps[i].who.tid || !next.before) continue;
            auto& unseen = (*next.before)[slot_pid_for_children];
            if (unseen.inum == 0) unseen = (*steps[i].after)[slot_pid_for_children];
            break;
        }
    }
}

} // namespace

std::vector<std::string> expected_lines(std::vector<Step> steps) {
    look_ahead(steps);
    std::vector<std::string> lines;
    const Step* last = nullptr;
    for (const auto& step : steps) {
        std::optional<std::string> line;
        if (!step.call.empty()) line = expected_line(step);
        if (step.note == "begin" && last != nullptr && last->after && last->who.pid == step.who.pid)
            line = exec_line(step, *last->after);
        if (line) lines.push_back(*line);
        if (step.after) last = &step;
    }
    return lines;
}

std::vector<std::string> actual_lines(const std::vector<Record>& records) {
    std::vector<std::string> lines;
    for (const auto& record : records) {
        auto line = record.event + ' ' + (record.process ? who_text(*record.process) : "nobody") + ": ";
        if (record.syscall) {
            const auto& call = *record.syscall;
            line += call_text(call.name, call.result, call.error.value_or("ok"), flags_text(call));
        }
        if (record.child) line += " child " + who_text(*record.child);
        auto changes = record.namespaces;
        std::ranges::stable_sort(changes, {}, slot_of);
        for (const auto& change : changes) line += change_text(change);
        lines.push_back(line);
    }
    return lines;
}

std::vector<Record> expect_told(const std::vector<Step>& steps, const std::vector<Record>& records) {
    auto told = of_processes(records, callers(steps));
    EXPECT_EQ(actual_lines(told), expected_lines(steps));
    return told;
}

std::vector<Record> expect_told(const std::vector<std::string>& steps) {
    Watch stream;
    const auto done = run_helper(steps);
    return expect_told(done, stream.finish());
}

std::string kinds(const Record& record) {
    std::string text;
    for (const auto& change : record.namespaces)
        text += std::string(text.empty() ? "" : " ") + change.type + (change.for_children ? "+" : "");
    return text;
}

std::vector<std::string> summary(const std::vector<Record>& records) {
    std::vector<std::string> all;
    for (const auto& record : records) {
        auto text = record.event;
        if (record.syscall && record.syscall->error) text += ' ' + *record.syscall->error;
        if (const auto what = kinds(record); !what.empty()) text += ' ' + what;
        all.push_back(text);
    }
    return all;
}

} // namespace live
