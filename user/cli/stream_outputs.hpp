#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "engine/event_stream.hpp"
#include "events/event_source.hpp"
#include "output/output_spec.hpp"

namespace nsscope {

/// What a stream is to be from now on, read and found good, with nothing done yet.
struct OutputChange {
    std::vector<OutputSpec> outputs;
    std::string metrics; ///< see OutputPlan
    /// Does what is left to do at the source, and says what the stream is of then. Called at most once.
    std::function<StreamOptions::Change()> commit;
};

struct OutputPlan {
    std::vector<OutputSpec> outputs;
    std::string metrics; ///< where to serve them, see Metrics; empty: nowhere
    /// Reads the configuration again, on SIGHUP; empty: there is none.
    std::function<Result<OutputChange>()> read_again{};
};

/// As write_stream() to standard output, to several outputs at once (docs/outputs.md). SIGHUP has files opened anew, and the
/// configuration read again: one that is bad is told on standard error, and nothing changes.
[[nodiscard]] int write_stream(EventSource& source, Names& names, const StartInfo& start,
                               const StreamOptions& options, OutputPlan plan, int stop_fd);

} // namespace nsscope
