#pragma once

#include <string>

#include "engine/live.hpp"
#include "model/scan.hpp"
#include "presenter/look.hpp"

namespace nsscope {

/// What a look tells of a process and a scan does not.
class ProcessFacts {
  public:
    ProcessFacts() = default;
    ProcessFacts(const ProcessFacts&) = delete;
    ProcessFacts& operator=(const ProcessFacts&) = delete;
    virtual ~ProcessFacts() = default;

    /// Fills in command, cpu_ns, rss_bytes and container of a process that the scan knows by its first thread. Called in the
    /// order of their pids.
    virtual void complete(tui::Process& process, const ScannedTask& task) = 0;
};

/// The processes of a scan, by pid; what is said of each is its first thread's.
[[nodiscard]] std::vector<tui::Process> processes_of(const Scan& scan, ProcessFacts& facts);

[[nodiscard]] tui::EventLine line_of(const PastEvent& past);

/// Takes over what has been counted.
void take_counts(tui::Look& look, const LiveCounts& counts);

} // namespace nsscope
