#include "cli/stream_outputs.hpp"

#include <cerrno>
#include <fmt/format.h>
#include <memory>
#include <optional>
#include <utility>

#include "cli/command.hpp"
#include "cli/look.hpp"
#include "cli/metrics.hpp"
#include "cli/report.hpp"
#include "cli/stream.hpp"
#include "model/snapshot.hpp"
#include "output/fan_out.hpp"

namespace nsscope {
namespace {

std::optional<std::vector<Metrics::NamespaceCount>> count_namespaces() {
    auto scan = scan_machine();
    if (!scan) return std::nullopt;
    std::vector<Metrics::NamespaceCount> counts;
    counts.reserve(ns_types.size());
    for (const auto& type : ns_types) counts.push_back({.type = type.type});
    for (const auto& ns : build_snapshot(*std::move(scan)).namespaces) {
        auto& count = counts.at(static_cast<std::size_t>(ns.type));
        ++count.namespaces;
        (ns.initial ? count.initial_processes : count.other_processes) += ns.members.size();
    }
    return counts;
}

/// A stream's outputs and metrics, and what becomes of them when the configuration is read again.
class Outputs {
  public:
    Outputs(OutputPlan plan, std::string host, int stop_fd)
        : plan_(std::move(plan)), host_(std::move(host)), stop_fd_(stop_fd) {}

    [[nodiscard]] Result<void> open() {
        auto opened = open_targets(std::exchange(plan_.outputs, {}), {});
        if (!opened) return Failure(opened.error());
        sink_.emplace(*std::move(opened));
        auto served = serve(plan_.metrics);
        if (!served) return Failure(served.error());
        server_ = *std::move(served);
        return {};
    }

    [[nodiscard]] FanOut& sink() { return *sink_; }
    [[nodiscard]] StreamStats& stats() { return stats_; }

    /// Everything that can fail comes before anything that changes.
    [[nodiscard]] std::optional<StreamOptions::Change> reload() {
        auto changed = try_reload();
        if (changed) {
            stats_.reloads.fetch_add(1, std::memory_order_relaxed);
            return *std::move(changed);
        }
        stats_.failed_reloads.fetch_add(1, std::memory_order_relaxed);
        print_error(changed.error());
        print_notice("the configuration stays as it was");
        return std::nullopt;
    }

  private:
    [[nodiscard]] Result<std::vector<FanOut::Output>> open_targets(std::vector<OutputSpec> specs,
                                                                   const std::vector<bool>& go_on) const {
        std::vector<FanOut::Output> opened;
        for (auto& spec : specs) {
            std::unique_ptr<RecordTarget> target;
            if (go_on.empty() || !go_on[opened.size()]) {
                auto made = open_target(spec, host_, stop_fd_);
                if (!made) return Failure(made.error());
                target = *std::move(made);
                target->reopen(); // an output that writes there now has to end before
            }
            opened.push_back({std::move(spec), std::move(target)});
        }
        return opened;
    }

    [[nodiscard]] Result<std::unique_ptr<Metrics>> serve(const std::string& where) {
        if (where.empty()) return nullptr;
        return Metrics::serve(
            where, stats_, [this] { return sink_->states(); }, count_namespaces);
    }

    [[nodiscard]] Result<StreamOptions::Change> try_reload() {
        auto next = plan_.read_again();
        if (!next) return Failure(next.error());
        const auto go_on = sink_->which_go_on(next->outputs);
        auto outputs = open_targets(std::move(next->outputs), go_on);
        if (!outputs) return Failure(outputs.error());
        if (next->metrics != plan_.metrics) {
            auto served = serve(next->metrics);
            if (!served) return Failure(served.error());
            server_ = *std::move(served);
            plan_.metrics = next->metrics;
        }
        sink_->stage(*std::move(outputs));
        return next->commit();
    }

    OutputPlan plan_;
    std::string host_;
    int stop_fd_;
    StreamStats stats_;
    std::optional<FanOut> sink_;
    std::unique_ptr<Metrics> server_; ///< asks the sink
};

} // namespace

int write_stream(EventSource& source, Names& names, const StartInfo& start, const StreamOptions& options,
                 OutputPlan plan, int stop_fd) {
    const auto hangup = hangup_as_fd(); // before there are threads that it could end
    const bool can_reload = static_cast<bool>(plan.read_again);
    Outputs outputs(std::move(plan), start.host, stop_fd);
    if (auto opened = outputs.open(); !opened) {
        print_error(opened.error());
        return exit_failed;
    }
    auto own = options;
    own.hangup_fd = hangup.get();
    own.stats = &outputs.stats();
    if (can_reload) own.reload = [&outputs] { return outputs.reload(); };
    EventStream stream(source, outputs.sink(), names, own);
    const auto totals = stream.run(start, stop_fd);
    if (!totals) {
        if (totals.error().error_number == EPIPE) return exit_complete;
        print_error(totals.error());
        return exit_failed;
    }
    std::uint64_t unwritten = 0;
    for (const auto& left : outputs.sink().drain()) {
        unwritten += left.events;
        print_notice(fmt::format("output '{}': {} events could not be written{}", left.output, left.events,
                                 left.error ? ": " + left.error->what : ""));
    }
    const auto lost = outputs.sink().lost() + unwritten;
    print_notice(fmt::format("{} produced, {} delivered, {} filtered, {} lost by the kernel, {} by outputs",
                             totals->produced, totals->delivered, totals->filtered, totals->lost, lost));
    return totals->lost + lost > 0 ? exit_partial : exit_complete;
}

} // namespace nsscope
