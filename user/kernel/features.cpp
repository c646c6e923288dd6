#include "kernel/features.hpp"

#include <algorithm>
#include <cstdlib>
#include <fmt/format.h>

namespace nsscope {

Result<std::vector<std::string>> disabled_features() {
    std::vector<std::string> disabled;
    const char* variable = std::getenv("NSSCOPE_DISABLE");
    std::string_view rest = variable != nullptr ? variable : "";
    while (!rest.empty()) {
        const auto comma = rest.find(',');
        const auto name = rest.substr(0, comma);
        rest = comma == std::string_view::npos ? "" : rest.substr(comma + 1);
        if (name.empty()) continue;
        if (std::ranges::none_of(features, [&](const Feature& f) { return f.name == name; })) {
            std::string known;
            for (const auto& f : features) known += fmt::format("{}{}", known.empty() ? "" : ", ", f.name);
            return Failure(Error{fmt::format("NSSCOPE_DISABLE: '{}' is not a kernel feature", name),
                                 fmt::format("known are: {}", known), 0});
        }
        disabled.emplace_back(name);
    }
    return disabled;
}

bool is_disabled(const std::vector<std::string>& disabled, std::string_view feature) {
    return std::ranges::find(disabled, feature) != disabled.end();
}

} // namespace nsscope
