#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <map>
#include <memory>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "kernel/attach_plan.hpp"
#include "kernel/trace_object.hpp"

namespace nsscope {
namespace {

using Object = std::unique_ptr<bpf_object, decltype(&bpf_object__close)>;
Object parse(const std::string& name) {
    const std::string path = NSSCOPE_BPF_DIR "/" + name + ".bpf.o";
    Object object(bpf_object__open_file(path.c_str(), nullptr), bpf_object__close);
    EXPECT_TRUE(object) << "cannot parse " << path;
    return object;
}

/// The programs of an object that the tracer embeds, by name, with the section that says where each is attached. The
/// object is parsed, not loaded: that takes no privilege.
std::map<std::string, std::string> programs(const std::string& name) {
    const auto object = parse(name);
    std::map<std::string, std::string> programs;
    if (!object) return programs;
    bpf_program* program = nullptr;
    while ((program = bpf_object__next_program(object.get(), program)) != nullptr)
        programs.emplace(bpf_program__name(program), bpf_program__section_name(program));
    return programs;
}

/// The maps by which its programs go on in others.
std::set<std::string> program_arrays(const std::string& name) {
    const auto object = parse(name);
    std::set<std::string> arrays;
    if (!object) return arrays;
    const bpf_map* map = nullptr;
    bpf_object__for_each_map(map, object.get()) {
        if (bpf_map__type(map) == BPF_MAP_TYPE_PROG_ARRAY) arrays.insert(bpf_map__name(map));
    }
    return arrays;
}

/// Programs for one architecture alone may be missing.
bool is_elsewhere(const Attachment& step) {
#if defined(__x86_64__)
    return step.program.empty();
#else
    return step.optional;
#endif
}

TEST(TraceObject, HasEveryProgramOfThePlan) {
    for (const auto& [object, tracepoint] :
         {std::pair<std::string, std::string>{"trace", "tp_btf/"}, {"trace_probe", "raw_tp/"}}) {
        const auto all = programs(object);
        const auto arrays = program_arrays(object);
        for (const auto& step : attach_plan) {
            const auto found = all.find(std::string(step.program));
            if (found == all.end() && is_elsewhere(step)) continue;
            ASSERT_NE(found, all.end()) << step.program;
            const std::string next(step.goes_on_in);
            EXPECT_TRUE(next.empty() || (all.contains(next) && arrays.contains("to_" + next))) << next;
            const auto& section = found->second;
            switch (step.rung) {
            case Rung::fentry:
                EXPECT_TRUE(section.starts_with("fentry/") || section.starts_with("fexit/"));
                break;
            case Rung::kprobe:
                EXPECT_TRUE(section.starts_with("kprobe/") || section.starts_with("kretprobe/"));
                break;
            case Rung::tracepoint: EXPECT_TRUE(section.starts_with(tracepoint)) << section; break;
            }
        }
    }
}

TEST(TraceObject, HasNoTracingProgramThatThePlanForgot) {
    std::set<std::string_view> planned;
    for (const auto& step : attach_plan) planned.insert({step.program, step.goes_on_in});
    for (const auto& object : {"trace", "trace_probe"}) {
        for (const auto& [program, section] : programs(object)) {
            if (section.starts_with("iter/")) continue; // run by reading them, not attached by the plan
            EXPECT_TRUE(planned.contains(program)) << program << " in " << section;
        }
    }
}

TEST(TraceObject, SaysWhatAProgramIsAttachedTo) {
    for (const auto flavour : {Flavour::typed, Flavour::probe}) {
        const auto object = TraceObject::open(flavour, nullptr);
        ASSERT_TRUE(object);
        EXPECT_TRUE(object->target("fexit_unshare").ends_with("_sys_unshare"));
        EXPECT_EQ(object->target("kprobe_proc_free_inum"), "proc_free_inum");
        EXPECT_EQ(object->target("sys_exit"), "sys_exit");
        EXPECT_EQ(object->target("no_such"), "");
    }
}

TEST(TraceObject, AFileThatIsNoBtfIsRefusedAtLoading) {
    auto object = TraceObject::open(Flavour::probe, nullptr, "/dev/null");
    if (!object) return; // some versions of libbpf read it here
    TraceOptions options;
    options.events = ns_events;
    EXPECT_FALSE(object->load({"sys_exit"}, options, false));
}

} // namespace
} // namespace nsscope
