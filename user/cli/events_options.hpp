#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "engine/event_filter.hpp"
#include "kernel/trace_object.hpp"
#include "output/output_spec.hpp"

namespace CLI {
class App;
}

namespace nsscope {

/// What `nsscope events` was asked for, as it was said.
struct EventsOptions {
    std::vector<std::string> types;
    std::vector<std::string> ns_types;
    std::uint32_t pid = 0;
    bool descendants = false;
    std::optional<std::uint32_t> uid{};
    std::string comm;
    std::string cgroup;
    std::string container{};
    std::string filter;
    std::string format = "json";
    double duration_s = 0;
    std::uint64_t count = 0;
    std::uint64_t ring_bytes = 8U << 20;
    std::string btf_file;
    std::string replay{}; ///< a recording; empty: what happens now
    bool snapshot = false;
    std::vector<std::string> outputs{};
    std::string config{}; ///< a file of options; empty: none
    bool check = false;
    std::string metrics{}; ///< where to serve them; empty: nowhere
};

/// Declares them as options of `app`, which writes them there.
void declare_events_options(CLI::App& app, EventsOptions& options);

/// `--type all`: what a guard tells comes with it where there is one.
[[nodiscard]] bool is_all(const EventsOptions& options);

/// What they come to.
struct EventsPlan {
    EventFilter wanted; ///< what the kernel sorts out already, it need not look at
    TraceOptions trace;
    std::vector<OutputSpec> outputs; ///< empty: standard output, and nothing else
};
/// Fails with what is wrong, and with which option.
[[nodiscard]] Result<EventsPlan> plan_of(const EventsOptions& options);

/// The options as the command line said them, before any file: to be read again together with the file.
class GivenOptions {
  public:
    /// `app` has parsed the command line, and nothing else.
    explicit GivenOptions(const CLI::App& app);
    /// These and, for what they leave open, those of the file (take_config()).
    [[nodiscard]] Result<EventsOptions> with_file(const std::string& file) const;

  private:
    struct Given {
        std::string name;
        std::vector<std::string> results;
    };
    std::vector<Given> given_;
};

} // namespace nsscope
