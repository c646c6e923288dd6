#include "output/command_text.hpp"

#include <algorithm>

namespace nsscope {

std::string join_arguments(std::string_view cmdline) {
    const auto last = cmdline.find_last_not_of('\0');
    std::string text(cmdline.substr(0, last == std::string_view::npos ? 0 : last + 1));
    std::replace(text.begin(), text.end(), '\0', ' ');
    return text;
}

std::string command_text(const Leader& leader) {
    if (!leader.cmdline) return leader.comm;
    auto text = join_arguments(*leader.cmdline);
    return text.empty() ? leader.comm : text;
}

} // namespace nsscope
