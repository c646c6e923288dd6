#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "engine/stream_stats.hpp"
#include "model/ns_type.hpp"
#include "output/fan_out.hpp"

namespace nsscope {

/// Tells Prometheus how a stream does (docs/outputs.md), over HTTP, in threads of its own.
class Metrics {
  public:
    using Outputs = std::function<std::vector<FanOut::OutputState>()>;
    /// What there is, counted; may fail, and is then left out.
    struct NamespaceCount {
        NsType type{};
        std::uint64_t namespaces = 0;
        std::uint64_t initial_processes = 0, other_processes = 0; ///< in the initial ones, and in all others
    };
    using Namespaces = std::function<std::optional<std::vector<NamespaceCount>>()>;
    /// `where`: PORT of the loopback address, or ADDRESS:PORT, of IPv4, as Debian's civetweb, the server, knows no other. `stats` is the caller's and outlives this; `outputs` and
    /// `namespaces` are called from other threads, one at a time each, the second once a second at the most; both may be empty.
    [[nodiscard]] static Result<std::unique_ptr<Metrics>>
    serve(const std::string& where, const StreamStats& stats, Outputs outputs, Namespaces namespaces);
    ~Metrics();
    Metrics(const Metrics&) = delete;
    Metrics& operator=(const Metrics&) = delete;

  private:
    struct Impl;
    explicit Metrics(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// "127.0.0.1:PORT" of "PORT"; what is ADDRESS:PORT already as it is; nullopt: neither.
[[nodiscard]] std::optional<std::string> metrics_address(const std::string& where);

} // namespace nsscope
