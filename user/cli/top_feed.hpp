#pragma once

#include <memory>
#include <string>
#include <unordered_map>

#include "engine/live.hpp"
#include "presenter/look.hpp"
#include "scan/cgroup.hpp"
#include "scan/usage.hpp"

namespace nsscope {

/// What `nsscope top` shows of this machine: the live graph, and what /proc and the cgroups tell of use.
class LiveFeed : public tui::Feed {
  public:
    /// Attaches, scans and begins; without the privilege for events it scans every second, and says so in the notices.
    [[nodiscard]] static Result<std::unique_ptr<LiveFeed>> start(const std::string& proc_root);

    [[nodiscard]] Result<tui::Look> look(const tui::Wants& wants) override;

  private:
    explicit LiveFeed(const std::string& proc_root);
    void take_machine(tui::Look& look);
    void take_processes(tui::Look& look, const Scan& scan, bool usage);
    void take_events(tui::Look& look);
    void take_cgroups(tui::Look& look);
    [[nodiscard]] std::uint32_t container_of(tui::Look& look, const ScannedCgroups& cgroups);
    [[nodiscard]] const std::string& command_of(const ScannedTask& task);

    struct Command {
        std::uint64_t start_ns = 0;
        std::string comm, text;
        bool used = false;
    };

    std::string proc_root_;
    UsageReader usage_;
    CgroupTree cgroups_;
    std::uint64_t tick_ns_;
    std::uint64_t page_size_;
    std::vector<std::string> notices_;
    std::unordered_map<std::uint64_t, std::string> cgroup_paths_; ///< by id; of this look
    std::unordered_map<std::string, std::uint32_t> containers_;   ///< places, by id; of this look
    std::unordered_map<pid_t, Command> commands_;
    std::map<uid_t, std::string> users_;
    std::uint64_t last_seq_ = 0, last_count_ = 0;
    std::unique_ptr<Live> live_; ///< last: its threads end first
};

} // namespace nsscope
