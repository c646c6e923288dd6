#include "kernel/attach_plan.hpp"

#include <algorithm>

namespace nsscope {
namespace {

/// The first choice for this place all of whose programs that these events need can be attached; empty when there is none.
std::vector<const Attachment*> best_choice(Place place, EventMask events,
                                           const std::function<Usable(const Attachment&)>& usable) {
    std::vector<const Attachment*> chosen;
    for (int choice = 0;; choice++) {
        bool exists = false, works = true;
        chosen.clear();
        for (const auto& step : attach_plan) {
            if (step.place != place || step.choice != choice) continue;
            exists = true;
            if ((step.only_for & events) == 0) continue;
            const auto answer = usable(step);
            if (answer == Usable::absent && step.optional) continue;
            works = works && answer == Usable::yes;
            chosen.push_back(&step);
        }
        if (!exists) return {};
        if (works) return chosen;
    }
}

} // namespace

AttachPlan plan_for(EventMask events, const std::function<Usable(const Attachment&)>& usable) {
    AttachPlan plan;
    for (const auto& place : places) {
        if (((place.reports | place.supports) & events) == 0) continue;
        const auto chosen = best_choice(place.place, events, usable);
        if (!chosen.empty()) {
            plan.rungs.at(static_cast<std::size_t>(place.place)) = chosen.front()->rung;
            plan.attachments.insert(plan.attachments.end(), chosen.begin(), chosen.end());
        } else if (place.place == Place::deaths) {
            plan.observed |= place.reports & events;
        } else {
            plan.missing |= place.reports & events;
        }
    }
    return plan;
}

std::optional<EventType> lost_unless_run(const Attachment& step, EventMask asked) {
    return step.each && (mask_of(*step.each) & asked) != 0 ? step.each : std::nullopt;
}

std::string_view drawback(Place place, std::optional<Rung> rung) {
    if (!rung)
        return place == Place::deaths
                   ? "no function that frees them can be hooked: they are looked for, and told a moment later"
                   : "cannot be seen";
    if (place == Place::deaths && *rung == Rung::fentry)
        return "one that dies while another's death is being told on the same processor may be missed";
    if (place == Place::calls) {
        switch (*rung) {
        case Rung::fentry: return "calls that seccomp denies never reach the function and are not told";
        case Rung::kprobe:
            return "calls that seccomp denies never reach the function and are not told; nor are those "
                   "beyond the "
                   "number that the kernel follows at a time (twice its processors)";
        case Rung::tracepoint: return "every system call of every process takes some 30 ns longer";
        }
    }
    return {};
}

} // namespace nsscope
