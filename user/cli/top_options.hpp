#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "presenter/presenter.hpp"

namespace nsscope {

/// The command line of `nsscope top`.
struct TopOptions {
    double delay_s = 1;
    std::uint64_t count = 0; ///< 0: without end
    bool batch = false;
    bool no_mouse = false;
    std::string view = "tree";
    std::string filter;
    std::string btf_file{}; ///< TraceOptions::btf_file
    std::string replay{};   ///< a recording to show; empty: the machine
    std::string at{};    ///< where in it to begin, a time as parse_time() reads it; empty: at its beginning
    bool paused = false; ///< the recording stands still at first
};

} // namespace nsscope
