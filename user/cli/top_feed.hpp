#pragma once

#include <memory>
#include <string>
#include <unordered_map>

#include "cli/top_containers.hpp"
#include "cli/top_look.hpp"
#include "cli/top_usage.hpp"
#include "engine/live.hpp"
#include "presenter/look.hpp"
#include "recording/recorder.hpp"
#include "scan/cgroup.hpp"

namespace nsscope {

/// What `nsscope top` shows of this machine: the live graph, and what /proc and the cgroups tell of use.
class LiveFeed : public tui::Feed, private ProcessFacts {
  public:
    /// Attaches, scans and begins; without the privilege for events it scans every second, and says so in the notices.
    /// `btf_file`: see TraceOptions. `recorder`, which is the caller's and outlives this, gets all scans, events and looks;
    /// nullptr: nobody does.
    [[nodiscard]] static Result<std::unique_ptr<LiveFeed>>
    start(const std::string& proc_root, const std::string& btf_file, Recorder* recorder = nullptr);

    [[nodiscard]] Result<tui::Look> look(const tui::Wants& wants) override;
    /// The machine now, with the pins of all namespaces. From any thread.
    [[nodiscard]] Snapshot snapshot() const;

  private:
    LiveFeed(const std::string& proc_root, Recorder* recorder);
    void take_machine(tui::Look& look);
    void take_processes(tui::Look& look, Scan& scan);
    void complete(tui::Process& process, const ScannedTask& task) override;
    void take_events(tui::Look& look);
    void take_cgroups(tui::Look& look);
    void record(const tui::Look& look) const;
    [[nodiscard]] const std::string& command_of(const ScannedTask& task);

    struct Command {
        std::uint64_t start_ns = 0;
        std::string comm, text;
        bool used = false;
    };

    std::string proc_root_;
    UsageTracker usage_;
    CgroupTree cgroups_;
    std::vector<std::string> notices_;
    ContainerTracker containers_;
    Recorder* recorder_;
    const Scan* scan_ = nullptr; ///< of this look
    bool wants_usage_ = true;    ///< the same
    std::unordered_map<pid_t, Command> commands_;
    std::map<uid_t, std::string> users_;
    std::uint64_t last_seq_ = 0, last_count_ = 0;
    std::unique_ptr<Live> live_; ///< last: its threads end first
};

} // namespace nsscope
