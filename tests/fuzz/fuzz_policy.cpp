#include "check.hpp"
#include "policy/compile.hpp"
#include "policy/expectations.hpp"
#include "policy/parse.hpp"
#include "policy/review.hpp"

/// Any text is a policy or an error that says where; what is a policy can be compiled or is too much for the kernel, and
/// says something of any write.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace nsscope;
    using fuzz::check;
    const std::vector<PolicyFile> files{{"fuzz", std::string(fuzz::text_of(data, size))}};
    static_cast<void>(parse_expectations(files.front().text, "fuzz"));
    const auto policy = parse_policy(files);
    if (!policy) {
        check(policy.error().what.starts_with("fuzz:"), "an error says where");
        check(!policy.error().hint.empty(), "an error says what was expected");
        return 0;
    }
    const auto compiled = compile(*policy, {});
    if (!compiled) return 0;
    check(compiled->rules.size() == policy->rules.size(), "every rule is compiled");
    for (const auto& candidate : compiled->candidates)
        check(candidate.rule < policy->rules.size(), "a candidate is a rule");
    static_cast<void>(
        review(*policy, *compiled, SysctlNames({"net/ipv4/conf/lo/forwarding", "kernel/panic"})));
    const Access access{.name = "net/ipv4/ip_forward", .written = "1\n", .old = "0\n"};
    const auto decision = evaluate(*policy, {.namespaced = true}, access, {});
    check(!decision.rule || *decision.rule < policy->rules.size(), "a rule decides");
    return 0;
}
