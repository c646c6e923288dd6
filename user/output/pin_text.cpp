#include "output/pin_text.hpp"

#include <iterator>

#include <fmt/format.h>

#include "base/text.hpp"

namespace nsscope {

std::string_view name(Pin::How how) {
    switch (how) {
    case Pin::How::process: return "process";
    case Pin::How::thread: return "thread";
    case Pin::How::fd: return "fd";
    case Pin::How::socket: return "socket";
    case Pin::How::mount: return "mount";
    case Pin::How::for_children: return "for_children";
    case Pin::How::child: return "child";
    case Pin::How::owned: return "owned";
    case Pin::How::unknown: break;
    }
    return "unknown";
}

void append_pin_text(std::string& out, const Pin& pin) {
    const auto end = std::back_inserter(out);
    out += name(pin.how);
    switch (pin.how) {
    case Pin::How::process: fmt::format_to(end, " {}", pin.pid); break;
    case Pin::How::thread: fmt::format_to(end, " {} of pid {}", pin.tid, pin.pid); break;
    case Pin::How::fd:
    case Pin::How::socket:
    case Pin::How::for_children:
        if (pin.fd >= 0) fmt::format_to(end, " {}", pin.fd);
        if (pin.tid != 0) fmt::format_to(end, " of thread {}", pin.tid);
        if (pin.pid != 0) fmt::format_to(end, " of pid {}", pin.pid);
        break;
    case Pin::How::mount:
        out += ' ';
        if (pin.path.empty())
            out += "somewhere";
        else
            append_printable(out, pin.path);
        break;
    case Pin::How::child:
    case Pin::How::owned: fmt::format_to(end, " {}:[{}]", name(pin.type), pin.inum); break;
    case Pin::How::unknown: break;
    }
}

} // namespace nsscope
