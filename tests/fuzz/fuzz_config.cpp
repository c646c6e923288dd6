#include <string>

#include <CLI/CLI.hpp>

#include "check.hpp"
#include "cli/config_file.hpp"
#include "cli/events_options.hpp"

/// The configuration of `nsscope events`: any bytes are read to the end or refused with their place.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    nsscope::EventsOptions options;
    CLI::App app;
    nsscope::declare_events_options(app, options);
    const auto taken = nsscope::take_config_text(app, nsscope::fuzz::text_of(data, size), "f");
    if (!taken) {
        nsscope::fuzz::check(taken.error().what.starts_with("f:"), "an error says where");
        return 0;
    }
    nsscope::fuzz::check(options.pid == 0 || app.get_option("--pid")->count() > 0, "nothing else is changed");
    static_cast<void>(nsscope::plan_of(options));
    return 0;
}
