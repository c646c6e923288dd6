// A recording that anybody may have made: what is read of it, and played, at every moment that it has. Check sums are put
// right first, so that what lies behind them is reached.
#include "check.hpp"
#include "events/decode.hpp"
#include "recording/player.hpp"
#include "recording/recording.hpp"
#include "recording/replay_source.hpp"

using nsscope::fuzz::check;

namespace {

/// The same frames with sums that fit: kind, size and payload from the input, eight bytes a head.
std::string framed(std::string_view input) {
    std::string bytes(nsscope::recording_magic), payload;
    nsscope::append_start(payload, {});
    append_frame(bytes, nsscope::FrameKind::start, 1, payload);
    std::uint64_t time = 1;
    while (input.size() >= 4) {
        const auto kind = static_cast<nsscope::FrameKind>(input[0] & 7);
        time += static_cast<unsigned char>(input[1]);
        const auto size = static_cast<std::size_t>(static_cast<unsigned char>(input[2])) |
                          static_cast<std::size_t>(static_cast<unsigned char>(input[3])) << 8;
        input.remove_prefix(4);
        append_frame(bytes, kind, time, input.substr(0, size));
        input.remove_prefix(std::min(size, input.size()));
    }
    return bytes;
}

void play(std::string bytes) {
    const auto recording =
        nsscope::Recording::read(std::make_unique<nsscope::RecordingText>(std::move(bytes)));
    if (!recording) return check(!recording.error().what.empty(), "a refusal says why");
    const auto begin = (*recording)->begin_ns(), end = (*recording)->end_ns();
    check(begin <= end, "time goes on");
    nsscope::Player player(**recording);
    for (const auto at : {begin, begin + (end - begin) / 2, end, begin}) {
        player.go_to(at);
        check(player.now() == at, "the player is where it was sent");
        static_cast<void>(nsscope::build_snapshot(player.scan()));
        for (const auto& past : player.past())
            for (const char c : past.text)
                check(static_cast<unsigned char>(c) >= ' ' && c != 0x7f, "a terminal gets no control byte");
        static_cast<void>(player.next_event());
    }
    nsscope::ReplaySource source(**recording, {.events = ~nsscope::EventMask{0}});
    std::uint64_t told = 0;
    while (!source.has_ended())
        source.read(16, [&told](std::span<const std::byte> record) {
            nsscope::Event event;
            nsscope::ExeName exe;
            if (nsscope::decode(record, event, exe) == nsscope::Decoded::event) ++told;
        });
    std::uint64_t produced = 0;
    for (const auto count : source.counters().produced) produced += count;
    check(produced == told + nsscope::sum_of(source.counters().lost), "nothing is lost untold");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto input = nsscope::fuzz::text_of(data, size);
    play(std::string(input));
    play(std::string(nsscope::recording_magic) + std::string(input));
    play(framed(input));
    return 0;
}
