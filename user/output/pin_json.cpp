#include "output/pin_json.hpp"

#include "output/pin_text.hpp"

namespace nsscope {
namespace {

void append_holder(JsonWriter& json, const Pin& pin) {
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
}

} // namespace

void append_pin(JsonWriter& json, const Pin& pin) {
    json.begin_object();
    json.key("how");
    json.value(name(pin.how));
    switch (pin.how) {
    case Pin::How::process:
    case Pin::How::thread:
    case Pin::How::fd:
    case Pin::How::socket:
    case Pin::How::for_children: append_holder(json, pin); break;
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

} // namespace nsscope
