#include "cli/guard.hpp"

#include <memory>
#include <vector>

#include <unistd.h>

#include "cli/report.hpp"

namespace nsscope {

Command make_guard(CLI::App& parent) {
    auto* app = parent.add_subcommand("guard", "policies on what containers write to /proc/sys");
    app->require_subcommand(0, 1); // CLI11 would only say that one is missing
    auto commands = std::make_shared<std::vector<Command>>(std::vector{
        make_guard_check(*app),
        make_guard_run(*app),
        make_guard_apply(*app),
        make_guard_status(*app),
        make_guard_remove(*app),
    });
    return {app, [app, commands] {
                for (const auto& command : *commands)
                    if (command.app->parsed()) return command.run();
                static_cast<void>(write_all(STDERR_FILENO, app->help()));
                return int{exit_usage};
            }};
}

} // namespace nsscope
