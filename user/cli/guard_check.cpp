#include "cli/guard.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/text.hpp"
#include "cli/report.hpp"
#include "kernel/guard_object.hpp"
#include "policy/compile.hpp"
#include "policy/expectations.hpp"
#include "policy/explain.hpp"
#include "policy/load.hpp"
#include "policy/parse_rule.hpp"
#include "policy/review.hpp"
#include "policy/scene.hpp"

namespace nsscope {
namespace {

const std::string sysctl_root = "/proc/sys";

struct CheckOptions {
    std::string policy;
    std::vector<std::string> explain; ///< the name, and the value where it is a write
    std::string test;
    Who who;
    std::string net;
    std::string old;
    std::uint64_t position = 0;
};

int failed(const Error& error) {
    print_error(error);
    return error.error_number == 0 ? exit_usage : exit_failed;
}

/// "a policy.yaml:3:9: ..." for each.
std::string text_of(const Policy& policy, const std::vector<Remark>& remarks) {
    std::string text;
    for (const auto& remark : remarks)
        text += fmt::format("{}: {}: {}\n", to_printable(to_string(policy, remark.place)),
                            remark.kind == Remark::Kind::warning ? "warning" : "note", remark.text);
    return text;
}

std::string summary(const Policy& policy, const std::vector<Remark>& remarks) {
    std::size_t warnings = 0;
    for (const auto& remark : remarks)
        if (remark.kind == Remark::Kind::warning) ++warnings;
    return fmt::format("{} rule{} in {} file{}, {} warning{}\n", policy.rules.size(),
                       policy.rules.size() == 1 ? "" : "s", policy.files.size(),
                       policy.files.size() == 1 ? "" : "s", warnings, warnings == 1 ? "" : "s");
}

int check(const Policy& policy, const CompiledPolicy& compiled) {
    const auto remarks = review(policy, compiled, SysctlNames::of(sysctl_root));
    std::string text = text_of(policy, remarks) + summary(policy, remarks);
    text += "No policy protects from:\n";
    for (const auto& sentence : unprotected()) text += fmt::format("- {}\n", sentence);
    const auto& why_not = why_no_lsm_programs();
    text += why_not.empty()
                ? "Protection that not every kernel allows (lsm), and that is in force here, is from:\n"
                : fmt::format(
                      "Protection that not every kernel allows (lsm), and that is not in force here ({}), "
                      "is from:\n",
                      why_not);
    for (const auto& sentence : protected_by_lsm()) text += fmt::format("- {}\n", sentence);
    return write_answer(text, exit_complete);
}

/// A name as in sysctl(8), or the path of the file.
std::string name_of(std::string_view text) {
    constexpr std::string_view root = "/proc/sys/";
    if (text.starts_with(root)) return std::string(text.substr(root.size()));
    return canonical_name(text);
}

int explain_access(const Policy& policy, const CheckOptions& options, const Scene& scene) {
    Access access;
    auto name = options.explain[0];
    auto value = options.explain.size() > 1 ? std::optional(options.explain[1]) : std::nullopt;
    if (const auto sign = name.find('='); !value && sign != std::string::npos) { // as for sysctl(8)
        value = name.substr(sign + 1);
        name.resize(sign);
    }
    access.name = name_of(name);
    access.old = options.old;
    access.position = options.position;
    access.operation = value ? Operation::write : Operation::read;
    access.written = value.value_or("");
    return write_answer(explain(policy, scene, access), exit_complete);
}

int test(const Policy& policy, const std::string& path) {
    auto files = read_policy_files(path);
    if (!files) return failed(files.error());
    std::size_t count = 0;
    std::size_t unmet = 0;
    std::string text;
    for (const auto& file : *files) {
        const auto expectations = parse_expectations(file.text, file.name);
        if (!expectations) return failed(expectations.error());
        for (const auto& expectation : *expectations) {
            ++count;
            const auto why = disappointment(policy, expectation);
            if (why.empty()) continue;
            ++unmet;
            text += why + "\n";
        }
    }
    text += fmt::format("{} of {} as expected\n", count - unmet, count);
    return write_answer(text, unmet == 0 ? exit_complete : exit_failed);
}

int run(const CheckOptions& options) {
    const auto policy = load_policy(options.policy);
    if (!policy) return failed(policy.error());
    auto who = options.who;
    if (!options.net.empty()) {
        const YamlNode node{.text = options.net};
        const YamlTree nothing;
        const auto inum = parse_net(YamlReader(nothing, "--net"), node);
        if (!inum) return failed(inum.error());
        who.net = *inum;
    }
    const auto scene = make_scene(who);
    // Bad is also what the kernel program cannot hold.
    const auto compiled = compile(*policy, scene.known);
    if (!compiled) return failed(compiled.error());
    if (!options.explain.empty()) return explain_access(*policy, options, scene);
    if (!options.test.empty()) return test(*policy, options.test);
    return check(*policy, *compiled);
}

} // namespace

Command make_guard_check(CLI::App& parent) {
    auto* app = parent.add_subcommand("check", "say what is wrong with a policy, or what it decides and why");
    auto options = std::make_shared<CheckOptions>();
    app->add_option("policy", options->policy, "the policy: a file, or a directory with .yaml files")
        ->type_name("FILE|DIR")
        ->required();
    auto* explain =
        app->add_option("--explain", options->explain,
                        "which rule decides on writing VALUE to the sysctl NAME (without VALUE: reading it)")
            ->type_name("NAME [VALUE]")
            ->expected(1, 2);
    app->add_option("--test", options->test, "compare with a table of expected verdicts")
        ->type_name("FILE|DIR")
        ->excludes(explain);
    const auto add = [&](const char* name, auto& value, const char* what, const char* type) {
        return app->add_option(name, value, what)->type_name(type)->needs(explain);
    };
    add("--container", options->who.container, "explain: the writer is in this container", "ID");
    add("--name", options->who.name, "explain: the container's name", "NAME");
    add("--pod", options->who.pod, "explain: the container's pod", "[NAMESPACE/]NAME|UID");
    add("--cgroup", options->who.cgroup, "explain: the writer's cgroup, from the root of the hierarchy",
        "PATH");
    add("--net", options->net, "explain: the writer's network namespace", "net:[INUM]");
    add("--old", options->old, "explain: the value before", "VALUE");
    add("--position", options->position, "explain: the file position", "BYTES");
    return {app, [options] { return run(*options); }};
}

} // namespace nsscope
