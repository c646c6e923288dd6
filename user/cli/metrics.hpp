#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "engine/stream_stats.hpp"
#include "output/fan_out.hpp"

namespace nsscope {

/// Tells Prometheus how a stream does (docs/outputs.md), over HTTP, in threads of its own.
class Metrics {
  public:
    using Outputs = std::function<std::vector<FanOut::OutputState>()>;
    /// `where`: PORT of the loopback address, or ADDRESS:PORT, of IPv4, as Debian's civetweb, the server, knows no other. `stats` is the caller's and outlives this; `outputs` is called
    /// from another thread, and may be empty.
    [[nodiscard]] static Result<std::unique_ptr<Metrics>> serve(const std::string& where,
                                                                const StreamStats& stats, Outputs outputs);
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
