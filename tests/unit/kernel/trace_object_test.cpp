#include <bpf/libbpf.h>
#include <map>
#include <memory>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "kernel/attach_plan.hpp"

namespace nsscope {
namespace {

/// The programs of the object that the tracer embeds, by name, with the section that says where each is attached. The
/// object is parsed, not loaded: that takes no privilege.
std::map<std::string, std::string> programs() {
    const std::unique_ptr<bpf_object, decltype(&bpf_object__close)> object(
        bpf_object__open_file(NSSCOPE_BPF_DIR "/trace.bpf.o", nullptr), bpf_object__close);
    std::map<std::string, std::string> programs;
    if (!object) {
        ADD_FAILURE() << "cannot parse trace.bpf.o";
        return programs;
    }
    const bpf_program* program = nullptr;
    while ((program = bpf_object__next_program(object.get(), const_cast<bpf_program*>(program))) != nullptr)
        programs.emplace(bpf_program__name(program), bpf_program__section_name(program));
    return programs;
}

TEST(TraceObject, HasEveryProgramOfThePlan) {
    const auto all = programs();
    for (const auto& step : attach_plan) {
        const std::string program(step.program);
        const auto found = all.find(program);
        ASSERT_NE(found, all.end()) << program;
        if (step.rung != Rung::tracepoint) continue;
        EXPECT_EQ(found->second, "tp_btf/" + program);
    }
}

TEST(TraceObject, HasNoTracingProgramThatThePlanForgot) {
    std::set<std::string_view> planned;
    for (const auto& step : attach_plan) planned.insert(step.program);
    for (const auto& [program, section] : programs()) {
        if (section.starts_with("iter/")) continue; // run by reading them, not attached by the plan
        EXPECT_TRUE(planned.contains(program)) << program << " in " << section;
    }
}

} // namespace
} // namespace nsscope
