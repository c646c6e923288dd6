#include "scan/own_threads.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <unistd.h>

#include "scan/files.hpp"
#include "scan/parse.hpp"

namespace nsscope {

OwnThreads::OwnThreads(int proc) {
    std::array<char, 16> text;
    const auto got = ::readlinkat(proc, "self", text.data(), text.size());
    if (got < 0) return;
    const auto pid = parse_pid({text.data(), static_cast<std::size_t>(got)});
    auto listing = Listing::open(proc, "self/task");
    if (!pid || !listing) return;
    while (const char* name = listing->next())
        if (const auto tid = parse_pid(name)) tids_.push_back(*tid);
    pid_ = *pid;
}

bool OwnThreads::is_new(pid_t pid, pid_t tid) const {
    return pid == pid_ && std::find(tids_.begin(), tids_.end(), tid) == tids_.end();
}

} // namespace nsscope
