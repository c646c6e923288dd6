#include "recording/start_payload.hpp"

#include "events/decode.hpp"
#include "recording/pack.hpp"

namespace nsscope {

void append_start(std::string& out, const RecordingStart& start) {
    Packer packer(out);
    packer.number(wire_version());
    packer.signed_number(start.clock_offset);
    for (const auto& text : {start.info.version, start.info.kernel, start.info.host, start.info.boot_id})
        packer.text(text);
    packer.text(start.info.rung);
    for (const auto mask : {start.info.events, start.info.observed, start.info.missing}) packer.number(mask);
    packer.number(start.controllers.size());
    for (const auto& [hierarchy, controllers] : start.controllers) {
        packer.number(hierarchy);
        packer.number(controllers.size());
        for (const auto& controller : controllers) packer.text(controller);
    }
}

std::optional<RecordingStart> read_start(std::string_view payload) {
    Unpacker unpacker(payload);
    RecordingStart start;
    if (unpacker.number() != wire_version()) return std::nullopt;
    start.clock_offset = unpacker.signed_number();
    for (auto* text :
         {&start.info.version, &start.info.kernel, &start.info.host, &start.info.boot_id, &start.rung_text})
        *text = unpacker.text();
    for (auto* mask : {&start.info.events, &start.info.observed, &start.info.missing})
        *mask = unpacker.small<EventMask>();
    for (auto left = unpacker.count(2); left > 0; --left) {
        auto& controllers = start.controllers[unpacker.small<std::uint32_t>()];
        for (auto names = unpacker.count(1); names > 0 && unpacker.good(); --names)
            controllers.emplace_back(unpacker.text());
    }
    if (!unpacker.finished()) return std::nullopt;
    return start;
}

void append_lost(std::string& out, const Lost& lost) {
    Packer packer(out);
    for (std::size_t cause = 0; cause < lost.size(); ++cause)
        for (std::size_t type = 0; type < lost[cause].size(); ++type) {
            if (lost[cause][type] == 0) continue;
            packer.text(loss_cause_names[cause]);
            packer.text(event_types[type].name);
            packer.number(lost[cause][type]);
        }
}

std::optional<Lost> read_lost(std::string_view payload) {
    Unpacker unpacker(payload);
    Lost lost{};
    while (unpacker.good() && !unpacker.finished()) {
        const auto cause_name = unpacker.text(), type_name = unpacker.text();
        const auto count = unpacker.number();
        const auto type = event_type_from_name(type_name);
        for (std::size_t cause = 0; cause < lost.size(); ++cause)
            if (type && cause_name == loss_cause_names[cause])
                lost[cause][static_cast<std::size_t>(*type)] = count;
    }
    if (!unpacker.good()) return std::nullopt;
    return lost;
}

std::uint64_t sum_of(const Lost& lost) {
    std::uint64_t sum = 0;
    for (const auto& cause : lost)
        for (const auto count : cause) sum += count;
    return sum;
}

} // namespace nsscope
