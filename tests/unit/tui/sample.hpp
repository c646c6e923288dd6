#pragma once

#include <map>
#include <string>
#include <vector>

#include "model/snapshot.hpp"
#include <algorithm>

#include "presenter/nsenter.hpp"
#include "presenter/presenter.hpp"

namespace nsscope::tui {

/// A small machine, put together by hand.
class Sample {
  public:
    static constexpr std::uint32_t host_net = 4026531833, host_user = 0xEFFFFFFD, host_mnt = 4026531832;
    static constexpr std::uint64_t second = 1'000'000'000;

    Sample() {
        look_.time_ns = 1'795'312'065'000'000'001;
        look_.mono_ns = 1000 * second;
        look_.machine = {.host = "vm",
                         .kernel = "6.18.44",
                         .boot_id = "b",
                         .rung = "tracepoint",
                         .boot_ns = 1000 * second,
                         .cpus = 2,
                         .cpu_ns = 2000 * second,
                         .busy_ns = 0,
                         .memory = 8ULL << 30,
                         .available = 6ULL << 30};
        scan_.source = "bpf";
        scan_.namespaces.push_back({.type = NsType::user, .ref = {host_user, 5}});
        process(1, 0, "init");
        process(2, 0, "kthreadd").kernel_thread = true;
    }

    /// A process in the host's namespaces, but for those that `moved` says.
    Process& process(pid_t pid, pid_t ppid, std::string comm, std::map<NsType, std::uint32_t> moved = {}) {
        Process process{.pid = pid,
                        .ppid = ppid,
                        .start_ns = static_cast<std::uint64_t>(pid) * second,
                        .threads = 1,
                        .comm = std::move(comm)};
        ScannedTask task;
        task.pid = task.tid = pid;
        task.ppid = ppid;
        task.comm = process.comm;
        const std::map<NsType, std::uint32_t> host{
            {NsType::net, host_net}, {NsType::user, host_user}, {NsType::mnt, host_mnt}};
        for (auto [type, inum] : host) {
            if (const auto other = moved.find(type); other != moved.end()) inum = other->second;
            const auto slot = static_cast<std::size_t>(type);
            task.ns[slot] = process.ns[slot] = {inum, inum == host_user ? 5U : inum - 4026531800U};
            if (inum != host_user) known_[inum] = type;
        }
        scan_.tasks.push_back(task);
        look_.processes.push_back(process);
        return look_.processes.back();
    }
    void remove(pid_t pid) {
        std::erase_if(look_.processes, [pid](const Process& p) { return p.pid == pid; });
        std::erase_if(scan_.tasks, [pid](const ScannedTask& t) { return t.pid == pid; });
        std::erase_if(known_, [this](const auto& entry) {
            for (const auto& task : scan_.tasks)
                if (task.ns[static_cast<std::size_t>(entry.second)].inum == entry.first) return false;
            return true;
        });
    }
    Look& look() { return look_; }
    void event(EventType type, pid_t pid, std::string text) {
        look_.events.push_back(
            {.seq = ++seq_, .time_ns = look_.time_ns, .type = type, .pid = pid, .text = std::move(text)});
        ++look_.counts.events[static_cast<std::size_t>(type)];
    }

    /// The world now, after the one before; then a second passes.
    std::shared_ptr<const World> next() {
        auto scan = scan_;
        for (const auto& [inum, type] : known_)
            scan.namespaces.push_back(
                {.type = type, .ref = {inum, inum - 4026531800U}, .owner_user_ns = host_user});
        auto look = look_;
        look.snapshot = build_snapshot(std::move(scan));
        world_ = next_world(world_.get(), std::move(look));
        look_.events.clear();
        look_.mono_ns += second;
        look_.machine.boot_ns += second;
        look_.machine.cpu_ns += 2 * second;
        return world_;
    }

  private:
    Look look_;
    Scan scan_;
    std::map<std::uint32_t, NsType> known_;
    std::uint64_t seq_ = 0;
    std::shared_ptr<const World> world_;
};

inline std::string text_of(const Page& page) {
    std::string text;
    for (const auto& line : page.lines) text += text_of(line) + "\n";
    return text;
}
inline void type(Presenter& presenter, std::string_view keys) {
    for (const char c : keys) static_cast<void>(presenter.press(static_cast<KeyCode>(c)));
}

} // namespace nsscope::tui
