#include "cli/guard.hpp"

#include <memory>
#include <vector>

namespace nsscope {

Command make_guard(CLI::App& parent) {
    auto* app = parent.add_subcommand("guard", "policies on what containers write to /proc/sys");
    app->require_subcommand(1);
    auto commands = std::make_shared<std::vector<Command>>(std::vector{
        make_guard_check(*app),
    });
    return {app, [commands] {
                for (const auto& command : *commands)
                    if (command.app->parsed()) return command.run();
                return int{exit_usage};
            }};
}

} // namespace nsscope
