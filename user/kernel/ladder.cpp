#include "kernel/ladder.hpp"

#include <fmt/format.h>
#include <utility>

namespace nsscope {
namespace {

void add_programs(const Attachment& step, std::set<std::string, std::less<>>& programs) {
    programs.emplace(step.program);
    if (!step.goes_on_in.empty()) programs.emplace(step.goes_on_in);
}

} // namespace

Result<Flavour> Ladder::choose_flavour() {
    if (!typed_refused_ && probe_.has("tp_btf") && probe_.has("task_btf")) return Flavour::typed;
    if (probe_.has("raw_tp")) return Flavour::probe;
    const auto& why = probe_.look("raw_tp");
    std::string hint;
    if (why.error_number == EPERM || why.error_number == EACCES)
        hint = "run as root, or give the program CAP_BPF and CAP_PERFMON (setcap cap_bpf,cap_perfmon=ep)";
    return Failure(Error{fmt::format("no BPF program can be attached to tracepoints ({})", why.why),
                         std::move(hint), why.error_number});
}

void Ladder::read_functions(const TraceObject& object) {
    if (functions_read_) return;
    functions_read_ = true;
    std::set<std::string, std::less<>> wanted;
    for (const auto& step : attach_plan)
        if (step.rung != Rung::tracepoint) wanted.emplace(object.target(step.program));
    functions_ = probe_.existing_functions(wanted);
}

bool Ladder::can_hook(Rung rung) {
    if (rung == Rung::fentry && probe_.kernel_types() == nullptr) return false; // of its own, not of a file
    return is_by_trial_ ? probe_.has(name(rung)) : !probe_.is_switched_off(name(rung));
}

Usable Ladder::usable(const Attachment& step, const TraceObject& object) {
    if (ruled_out_.contains(step.program)) return Usable::no;
    if (step.rung == Rung::tracepoint) return Usable::yes; // the flavour was chosen by what there is
    if (!can_hook(step.rung)) return Usable::no;
    read_functions(object);
    return functions_.contains(object.target(step.program)) ? Usable::yes : Usable::absent;
}

Result<AttachPlan> Ladder::plan(EventMask events, const std::string& btf_file) {
    if (auto checked = check_types(btf_file); !checked) return Failure(checked.error());
    const auto flavour = choose_flavour();
    if (!flavour) return Failure(flavour.error());
    const auto object = TraceObject::open(*flavour, probe_.kernel_types(), btf_file);
    if (!object) return Failure(object.error());
    is_by_trial_ = true;
    return plan_for(events, [&](const Attachment& step) { return usable(step, *object); });
}

Result<void> Ladder::check_types(const std::string& btf_file) {
    if (!btf_file.empty() || probe_.has("btf")) return {};
    return Failure(
        Error{"this kernel has no type information of its own (" + probe_.look("btf").why + ")",
              "give events that of this very kernel with --btf FILE (pahole -J, btfhub); `nsscope list` "
              "does without",
              0});
}

Result<Ladder::Loaded> Ladder::load(const TraceOptions& options) {
    if (auto checked = check_types(options.btf_file); !checked) return Failure(checked.error());
    for (;;) {
        const auto flavour = choose_flavour();
        if (!flavour) return Failure(flavour.error());
        auto object = TraceObject::open(*flavour, probe_.kernel_types(), options.btf_file);
        if (!object) return Failure(object.error());
        const auto of_families = options.descendants ? process_events : EventMask{0}; // who is whose child
        auto plan = plan_for(options.events | of_families,
                             [&](const Attachment& step) { return usable(step, *object); });
        plan.missing &= options.events;
        if ((plan.observed != 0) && !(probe_.has("iter_task") && probe_.has("iter_map_elem"))) {
            plan.missing |= plan.observed; // nobody can look
            plan.observed = 0;
        }
        if (plan.missing == options.events)
            return Failure(Error{"no way is left to see any of these events", "see `nsscope doctor`", 0});

        std::set<std::string, std::less<>> programs;
        for (const auto* step : plan.attachments) add_programs(*step, programs);
        const bool watches = (options.events & mask_of(EventType::ns_destroy)) != 0;
        const bool told = watches && ((plan.observed | plan.missing) & mask_of(EventType::ns_destroy)) == 0;
        if (probe_.has("iter_task")) programs.emplace("census");
        if (watches && !told && probe_.has("iter_map_elem")) programs.emplace("sweep");
        if (!probe_.has("task_btf")) object->preallocate_maps();
        const auto loaded = object->load(programs, options, told);
        if (loaded) return Loaded{std::move(*object), std::move(plan)};

        if (!std::exchange(is_by_trial_, true)) continue;
        // One that is refused has the whole object refused: which is it?
        bool found = false;
        for (const auto* step : plan.attachments) {
            auto alone = TraceObject::open(*flavour, probe_.kernel_types(), options.btf_file);
            std::set<std::string, std::less<>> its_programs;
            add_programs(*step, its_programs);
            if (!alone || alone->load(its_programs, options, told)) continue;
            rule_out(*step);
            found = true;
        }
        if (found && *flavour == Flavour::probe) continue;
        if (*flavour == Flavour::probe || typed_refused_) return Failure(loaded.error());
        ruled_out_.clear();
        typed_refused_ = true;
    }
}

} // namespace nsscope
