#include "recording/replay_source.hpp"

#include <algorithm>
#include <sys/eventfd.h>

#include "events/decode.hpp"

namespace nsscope {

ReplaySource::ReplaySource(const Recording& recording, ReplayFilter filter)
    : recording_(recording), frames_(recording.bytes()), filter_(std::move(filter)),
      ready_(::eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK)), now_(recording.begin_ns()) {}

/// As passes_filters() (bpf/lib/task.bpf.h) decides it.
bool ReplaySource::is_wanted(const Event& event) const {
    const auto names = [&event](auto fits) {
        return (event.task && fits(*event.task)) || (event.child && fits(*event.child));
    };
    if (filter_.pid != 0 && !names([this](const TaskIdentity& task) { return task.pid == filter_.pid; }))
        return false;
    if (!filter_.comm.empty() && !(event.task && event.task->comm == filter_.comm)) return false;
    if (filter_.ns_types == 0) return true;
    const auto changes = event.namespaces();
    return std::any_of(changes.begin(), changes.end(), [this](const NsChange& change) {
        return (filter_.ns_types >> static_cast<unsigned>(type_of(change.slot)) & 1U) != 0;
    });
}

std::size_t ReplaySource::read(std::size_t most, const Sink& sink) {
    std::size_t count = 0;
    while (count < most && !ended_) {
        const auto frame = frames_.next();
        if (!frame || frame->kind == FrameKind::end) {
            ended_ = true;
            break;
        }
        now_ = frame->mono_ns;
        if (frame->kind == FrameKind::loss) {
            if (const auto lost = read_lost(frame->payload)) {
                for (std::size_t cause = 0; cause < lost->size(); ++cause)
                    for (std::size_t type = 0; type < event_type_count; ++type) {
                        if ((filter_.events >> type & 1U) == 0) continue;
                        counters_.produced[type] += (*lost)[cause][type] - counters_.lost[cause][type];
                        counters_.lost[cause][type] = (*lost)[cause][type];
                    }
            }
            continue;
        }
        if (frame->kind != FrameKind::event) continue;
        const auto record = std::as_bytes(std::span(frame->payload));
        Event event;
        ExeName exe;
        const auto decoded = decode(record, event, exe);
        if (decoded == Decoded::malformed) {
            frames_.refuse(*frame, "what it says makes no sense");
            ended_ = true;
            break;
        }
        if (decoded == Decoded::event) {
            if ((filter_.events & mask_of(event.type)) == 0) continue;
            const auto type = static_cast<std::size_t>(event.type);
            ++counters_.produced[type];
            if (!is_wanted(event)) {
                ++counters_.filtered[type];
                continue;
            }
        }
        sink(record);
        ++count;
    }
    return count;
}

} // namespace nsscope
