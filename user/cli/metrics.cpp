#include "cli/metrics.hpp"

#include <arpa/inet.h>
#include <charconv>
#include <exception>
#include <limits>
#include <mutex>
#include <utility>

#include <prometheus/collectable.h>
#include <prometheus/exposer.h>
#include <prometheus/metric_family.h>

#include "base/clock.hpp"
#include "cli/version.hpp"

namespace nsscope {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

constexpr double seconds_per_ns = 1e-9;

MetricFamily family(std::string name, std::string help, MetricType type) {
    MetricFamily made;
    made.name = std::move(name);
    made.help = std::move(help);
    made.type = type;
    return made;
}

void add(MetricFamily& family, std::vector<std::pair<std::string, std::string>> labels, std::uint64_t value) {
    ClientMetric metric;
    for (auto& [name, text] : labels) metric.label.push_back({std::move(name), std::move(text)});
    metric.counter.value = metric.gauge.value = static_cast<double>(value);
    family.metric.push_back(std::move(metric));
}

class Collector : public prometheus::Collectable {
  public:
    Collector(const StreamStats& stats, Metrics::Outputs outputs, Metrics::Namespaces namespaces)
        : stats_(stats), outputs_(std::move(outputs)), namespaces_(std::move(namespaces)) {}

    [[nodiscard]] std::vector<MetricFamily> Collect() const override {
        std::vector<MetricFamily> all;
        all.push_back(family("nsscope_build_info", "Which nsscope this is", MetricType::Gauge));
        add(all.back(), {{"version", std::string(version)}}, 1);
        all.push_back(family("nsscope_events_total", "Events that passed the filters", MetricType::Counter));
        for (const auto& type : event_types)
            add(all.back(), {{"event", std::string(type.name)}},
                stats_.delivered.at(static_cast<std::size_t>(type.type)));
        all.push_back(family("nsscope_events_filtered_total", "Events that did not", MetricType::Counter));
        add(all.back(), {}, stats_.filtered);
        all.push_back(family("nsscope_events_lost_total", "Events that were lost before any output",
                             MetricType::Counter));
        for (std::size_t cause = 0; cause < all_loss_cause_count; ++cause)
            for (std::size_t type = 0; type < all_event_type_count; ++type)
                if (const std::uint64_t count = stats_.lost.at(cause).at(type); count != 0)
                    add(all.back(),
                        {{"event", std::string(event_types.at(type).name)},
                         {"cause", std::string(loss_cause_names.at(cause))}},
                        count);
        all.push_back(family("nsscope_containers", "Containers that are remembered", MetricType::Gauge));
        add(all.back(), {}, stats_.containers);
        all.push_back(family("nsscope_syncs_total", "Pictures of all that exists", MetricType::Counter));
        add(all.back(), {}, stats_.syncs);
        all.push_back(family("nsscope_reloads_total", "How often the configuration was read again",
                             MetricType::Counter));
        add(all.back(), {{"result", "good"}}, stats_.reloads);
        add(all.back(), {{"result", "bad"}}, stats_.failed_reloads);
        all.push_back(latency());
        add_namespaces(all);
        add_outputs(all);
        return all;
    }

  private:
    [[nodiscard]] MetricFamily latency() const {
        auto made = family("nsscope_event_latency_seconds",
                           "From the event until it is passed on to the outputs", MetricType::Histogram);
        ClientMetric metric;
        std::uint64_t count = 0;
        for (std::size_t part = 0; part < stats_.latency.size(); ++part) {
            count += stats_.latency.at(part);
            const bool is_last = part == StreamStats::latency_bounds_ns.size();
            metric.histogram.bucket.push_back(
                {.cumulative_count = count,
                 .upper_bound = is_last ? std::numeric_limits<double>::infinity()
                                        : static_cast<double>(StreamStats::latency_bounds_ns.at(part)) *
                                              seconds_per_ns});
        }
        metric.histogram.sample_count = count;
        metric.histogram.sample_sum =
            static_cast<double>(stats_.latency_sum_ns.load(std::memory_order_relaxed)) * seconds_per_ns;
        made.metric.push_back(std::move(metric));
        return made;
    }

    /// Whoever asks often is told what was so a moment ago.
    void add_namespaces(std::vector<MetricFamily>& all) const {
        constexpr std::uint64_t pace_ns = 1'000'000'000;
        if (!namespaces_) return;
        const std::scoped_lock lock(mutex_);
        if (const auto now = monotonic_ns(); looked_ns_ == 0 || now - looked_ns_ >= pace_ns) {
            counted_ = namespaces_();
            looked_ns_ = now;
        }
        if (!counted_) return;
        auto namespaces = family("nsscope_namespaces", "Namespaces that exist", MetricType::Gauge);
        auto processes = family("nsscope_namespace_processes", "Processes in namespaces", MetricType::Gauge);
        for (const auto& one : *counted_) {
            const std::string type(name(one.type));
            add(namespaces, {{"type", type}}, one.namespaces);
            add(processes, {{"type", type}, {"initial", "true"}}, one.initial_processes);
            add(processes, {{"type", type}, {"initial", "false"}}, one.other_processes);
        }
        all.push_back(std::move(namespaces));
        all.push_back(std::move(processes));
    }

    void add_outputs(std::vector<MetricFamily>& all) const {
        if (!outputs_) return;
        auto written =
            family("nsscope_output_records_total", "Records that an output has written", MetricType::Counter);
        auto waiting =
            family("nsscope_output_queue_bytes", "Bytes that wait for an output", MetricType::Gauge);
        auto records =
            family("nsscope_output_queue_records", "Records that wait for an output", MetricType::Gauge);
        auto lost = family("nsscope_output_lost_total", "Events that an output was too slow for",
                           MetricType::Counter);
        auto failed =
            family("nsscope_output_failures_total", "Attempts to write that failed", MetricType::Counter);
        for (const auto& output : outputs_()) {
            add(written, {{"output", output.name}}, output.queue.written);
            add(waiting, {{"output", output.name}}, output.queue.bytes);
            add(records, {{"output", output.name}}, output.queue.records);
            add(lost, {{"output", output.name}}, output.lost);
            add(failed, {{"output", output.name}}, output.queue.troubles);
        }
        for (auto* made : {&written, &waiting, &records, &lost, &failed}) all.push_back(std::move(*made));
    }

    const StreamStats& stats_;
    Metrics::Outputs outputs_;
    Metrics::Namespaces namespaces_;

    mutable std::mutex mutex_; ///< of what follows
    mutable std::uint64_t looked_ns_ = 0;
    mutable std::optional<std::vector<Metrics::NamespaceCount>> counted_;
};

} // namespace

struct Metrics::Impl {
    std::shared_ptr<Collector> collector; ///< the exposer holds it weakly
    std::unique_ptr<prometheus::Exposer> exposer;
};

Metrics::Metrics(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Metrics::~Metrics() = default;

std::optional<std::string> metrics_address(const std::string& where) {
    const auto colon = where.rfind(':');
    const auto port = colon == std::string::npos ? where : where.substr(colon + 1);
    std::uint16_t number = 0;
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
    if (error != std::errc() || end != port.data() + port.size() || number == 0) return std::nullopt;
    if (colon == std::string::npos) return "127.0.0.1:" + where;
    in_addr parsed{};
    return ::inet_pton(AF_INET, where.substr(0, colon).c_str(), &parsed) == 1 ? std::optional(where)
                                                                              : std::nullopt;
}

Result<std::unique_ptr<Metrics>> Metrics::serve(const std::string& where, const StreamStats& stats,
                                                Outputs outputs, Namespaces namespaces) {
    const auto address = metrics_address(where).value_or(where);
    auto impl = std::make_unique<Impl>();
    impl->collector = std::make_shared<Collector>(stats, std::move(outputs), std::move(namespaces));
    const std::vector<std::string> settings{"listening_ports",    address, "num_threads", "2",
                                            "request_timeout_ms", "5000"};
    try {
        impl->exposer = std::make_unique<prometheus::Exposer>(settings);
        impl->exposer->RegisterCollectable(impl->collector);
    } catch (const std::exception&) { // says no more than that it could not
        return Failure(Error{"cannot listen at " + address + " to serve metrics",
                             "give an address of this machine, and a port from 1024 on that nobody has"});
    }
    return std::unique_ptr<Metrics>(new Metrics(std::move(impl)));
}

} // namespace nsscope
