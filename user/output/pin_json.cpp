#include "output/pin_json.hpp"

#include "output/pin_text.hpp"

namespace nsscope {
namespace {

void append_holder(JsonWriter& json, const Pin& pin, std::string_view container) {
    if (pin.pid == 0) return;
    json.key("pid");
    json.value(pin.pid);
    if (pin.tid != 0) {
        json.key("tid");
        json.value(pin.tid);
    }
    if (pin.fd >= 0) {
        json.key("fd");
        json.value(pin.fd);
    }
    if (!pin.comm.empty()) {
        json.key("comm");
        json.value(pin.comm);
    }
    if (!container.empty()) {
        json.key("container");
        json.value(container);
    }
}

} // namespace

void append_pin(JsonWriter& json, const Pin& pin, std::string_view container) {
    json.begin_object();
    json.key("how");
    json.value(name(pin.how));
    switch (pin.how) {
    case Pin::How::process:
    case Pin::How::thread:
    case Pin::How::fd:
    case Pin::How::socket:
    case Pin::How::for_children: append_holder(json, pin, container); break;
    case Pin::How::mount:
        json.key("path");
        if (pin.path.empty())
            json.null();
        else
            json.value(pin.path);
        json.key("mnt_ns");
        if (pin.mnt_ns == 0)
            json.null();
        else
            json.value(pin.mnt_ns);
        break;
    case Pin::How::child:
    case Pin::How::owned:
        json.key("type");
        json.value(name(pin.type));
        json.key("inum");
        json.value(pin.inum);
        break;
    case Pin::How::unknown: break;
    }
    json.end_object();
}

void append_pins(JsonWriter& json, const Namespace& ns) {
    json.key("pinned_by");
    json.begin_array();
    for (const auto& pin : ns.pinned_by) append_pin(json, pin);
    json.end_array();
}

} // namespace nsscope
