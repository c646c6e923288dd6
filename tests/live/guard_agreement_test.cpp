// What the kernel program decides is what the evaluator says: random policies, each put in the place of the one before,
// and random writes and reads that really happen.
//
// Settings of the machine, and of its first network namespace, are never written: there a program of the test's own
// refuses what the guard lets through, and only what the guard says of it is compared.
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgroup_dir.hpp"
#include "guard_state.h"
#include "kernel/guard.hpp"
#include "kernel/guard_override.hpp"
#include "kernel/guard_pinned.hpp"
#include "live.hpp"
#include "policy/parse.hpp"
#include "policy/random_policy.hpp"
#include "process.hpp"
#include "sysctl_program.hpp"
#include "sysctl_writers.hpp"

namespace live {
namespace {

using nsscope::Access;
using nsscope::Decision;
using nsscope::Operation;
using nsscope::Verdict;
using How = SysctlWriter::How;

constexpr unsigned nets = 3;
const std::size_t policies = is_brief() ? 3 : 400;
constexpr std::size_t attempts_each = 250;

std::vector<Setting> settings() {
    return {
        {"net/ipv4/ip_forward", 4, false, true},
        {"net/ipv4/conf/all/forwarding", 4, false, true},
        {"net/ipv4/conf/eth0.1/forwarding", 4, false, true},
        {"net/ipv4/conf/*/forwarding", 4, false, true},
        {"net/ipv4/conf/lo/rp_filter"},
        {"net/ipv6/conf/all/forwarding"},
        {"net/ipv4/neigh/lo/base_reachable_time"},
        {"net/ipv4/neigh/lo/base_reachable_time_ms"},
        {"net/ipv4/neigh/eth0.1/base_reachable_time"},
        {"net/ipv4/neigh/eth0.1/base_reachable_time_ms"},
        {"net/ipv6/route/gc_min_interval"},
        {"net/ipv6/route/gc_min_interval_ms"},
        {"net/ipv4/tcp_rmem", 12},
        {"net/ipv4/tcp_wmem", 12},
        {"net/core/somaxconn"},
        {"kernel/hostname", 65},
        {"kernel/core_pattern", 128, true},
        {"kernel/random/uuid", 16, true},
        {"vm/nr_hugepages", 8, true},
        {"vm/nr_hugepages_mempolicy", 8, true},
    };
}

/// One comparison after the other, in a process of its own.
class Comparison {
  public:
    explicit Comparison(const CgroupDir& top)
        : top_(top), writers_(nets, {"eth0.1", "*"}, settings()),
          shield_(top.directory(), SysctlProgram::Does::obey), random_(20261122, words()) {}

    /// Why it failed; empty: all agreed.
    std::string run() {
        if (!writers_.problem().empty()) return writers_.problem();
        if (!shield_.problem().empty()) return shield_.problem();
        for (const auto& path : random_.words().cgroups)
            if (::mkdir((top_.directory() + path).c_str(), 0755) != 0 && errno != EEXIST)
                if (auto why = make_path(path); !why.empty()) return why;
        auto place = nsscope::find_guard_place(top_.path());
        if (!place) return place.error().what;
        if (const auto made = nsscope::make_pin_directory(*place); !made) return made.error().what;
        place_ = std::move(*place);
        for (std::size_t i = 0; i < policies; i++)
            if (auto why = compare_policy(); !why.empty()) return why;
        std::printf(
            "%zu attempts under %zu policies: %zu denied, %zu by a rule, %zu at another network namespace's "
            "setting, %zu really carried out\n",
            attempts_, policies, denied_, by_rule_, targets_, carried_out_);
        if (by_rule_ < attempts_ / 5 || denied_ < attempts_ / 10 || targets_ < attempts_ / 20 ||
            carried_out_ < attempts_ / 10)
            return "nothing is learned from attempts that meet no rule";
        return {};
    }

  private:
    nsscope::testing::RandomWords words() {
        auto words = nsscope::testing::RandomWords::any();
        words.top = top_.path();
        // one is as deep as a policy may know, and one deeper: the top is a level itself
        for (auto& path : std::span(words.cgroups).last(2)) path.resize(path.rfind('/'));
        words.names.clear();
        for (const auto& setting : writers_.settings()) words.names.push_back(setting.name);
        words.nets = writers_.inums();
        return words;
    }

    std::string make_path(const std::string& path) {
        for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
            const auto directory = top_.directory() + path.substr(0, end);
            if (::mkdir(directory.c_str(), 0755) != 0 && errno != EEXIST)
                return "cannot make " + directory + ": " + errno_text();
            if (end == std::string::npos) return {};
        }
    }

    /// A process as the subject is; nullptr: `problem` of the writers.
    SysctlWriter* writer_for(const std::string& cgroup, How how, unsigned net) {
        auto& writer = running_[{cgroup, how, net}];
        if (!writer) {
            writer = writers_.start(top_.directory() + cgroup.substr(top_.path().size()), how, net);
            if (!writer) return nullptr;
            // it came into an empty cgroup, as runtimes do
            const auto pid = static_cast<__u32>(writer->pid());
            bpf_map_delete_elem(map("marks"), &pid);
        }
        return writer.get();
    }

    [[nodiscard]] int map(const char* name) const { return guard_->map_fd(name); }

    std::string compare_policy() {
        text_ = random_.policy(12);
        const auto policy = nsscope::parse_policy(std::vector<nsscope::PolicyFile>{{"random.yaml", text_}});
        if (!policy) return policy.error().what + "\n" + text_;
        const auto known = random_.known();
        const auto compiled = nsscope::compile(*policy, known);
        if (!compiled) return compiled.error().what + "\n" + text_;
        about_.generation++;
        if (const auto pinned = nsscope::pin_guard(place_, *compiled, about_); !pinned)
            return pinned.error().what + "; " + pinned.error().hint + "\n" + text_;
        auto guard = nsscope::open_pinned_guard(place_.pins);
        if (!guard || !*guard) return "the guard is not there";
        guard_ = std::move(*guard);
        hits_.assign(policy->rules.size() + NSSCOPE_GUARD_OTHER_HITS, 0);
        for (const auto until = attempts_ + attempts_each; attempts_ < until;)
            if (auto why = compare_attempt(*policy, known); !why.empty()) return why + " under\n" + text_;
        return {};
    }

    std::string compare_attempt(const nsscope::Policy& policy,
                                const std::vector<nsscope::KnownContainer>& known) {
        auto subject = random_.subject();
        auto access = random_.access();
        const auto net = index_of(subject.net);
        auto how = How::plain;
        if (subject.namespaced) how = random_.once_in(2) ? How::own_pid_ns : How::own_user_ns;
        Attempt attempt{.is_write = access.operation == Operation::write};
        attempt.net = access.target ? index_of(access.target->net) : net;
        if (attempt.net == net) access.target.reset();
        attempt.position = access.position;
        attempt.setting = setting_of(access.name);
        if (attempt.setting == writers_.settings().size()) return {}; // longer than any that there is
        const auto& setting = writers_.settings()[attempt.setting];
        if (!writers_.has(attempt.net, attempt.setting, attempt.is_write)) return {};
        const bool harmless = !attempt.is_write || (!setting.shared && attempt.net != 0);
        if (harmless && attempt.is_write && random_.once_in(4))
            writers_.set(attempt.net, attempt.setting, access.old);
        access.holds = setting.holds;
        access.old = writers_.value_of(attempt.net, attempt.setting);
        auto* writer = writer_for(subject.cgroup, how, net);
        if (writer == nullptr) return writers_.problem();
        shield_.pass(harmless);
        subject.runtime_setup = set_mark(*writer, subject.runtime_setup);
        const auto error = writer->try_it(attempt, access.written);
        if (!error) return "a writer ended";
        auto expected = nsscope::evaluate(policy, subject, access, known);
        if (expected.verdict == Verdict::override && !nsscope::can_override())
            expected.verdict = Verdict::deny;
        attempts_++;
        denied_ += expected.verdict == Verdict::deny;
        by_rule_ += expected.rule.has_value();
        targets_ += access.target.has_value();
        carried_out_ += harmless && attempt.is_write && *error == 0;
        auto why = counted(policy, access, expected, *writer);
        const bool may_be_refused = setting.needs_capability && how == How::own_user_ns;
        if (why.empty() && !may_be_refused &&
            (*error == EPERM) != (!harmless || expected.verdict == Verdict::deny))
            why = "errno " + std::to_string(*error);
        if (why.empty() && harmless && attempt.is_write)
            why = stored(policy, access, expected, attempt, *error);
        if (why.empty()) return {};
        return why + ", not " + std::string(nsscope::to_string(expected.verdict)) + " by rule " +
               std::to_string(expected.rule.value_or(99)) + " for " +
               std::string(to_string(access.operation)) + " of " + access.name + " '" + access.written +
               "' at " + std::to_string(access.position) + " after '" + access.old + "' from " +
               subject.cgroup + (subject.namespaced ? " namespaced" : "") +
               (subject.runtime_setup ? " setup" : "") + " net " + std::to_string(subject.net) +
               (access.target ? " target " + std::to_string(access.target->net) : "");
    }

    /// What the guard counted, and what it remembers; empty: as expected.
    std::string counted(const nsscope::Policy& policy, const Access& access, const Decision& expected,
                        const SysctlWriter& writer) {
        const bool asks_reads = std::any_of(policy.rules.begin(), policy.rules.end(),
                                            [](const auto& rule) { return rule.reads; });
        const auto hit = take_hit();
        if (access.operation == Operation::read && !asks_reads)
            return hit.empty() ? "" : "a read was looked at";
        const auto index = index_of(policy, expected);
        if (hit != std::vector<std::uint32_t>{index})
            return "hit " + (hit.empty() ? "nothing" : std::to_string(hit.front())) + " of " +
                   std::to_string(policy.rules.size());
        learn_start(writer.pid());
        if (expected.verdict == Verdict::allow) return {};
        const auto start = starts_.find(writer.pid());
        if (start == starts_.end()) return "it is not remembered";
        const nsscope_guard_attempt_key key{start->second, static_cast<__u32>(writer.pid()), index};
        nsscope_guard_attempt remembered{};
        if (bpf_map_lookup_elem(map("attempts"), &key, &remembered) != 0) return "it is not remembered";
        if (remembered.verdict != static_cast<std::uint8_t>(expected.verdict))
            return "verdict " + std::to_string(remembered.verdict);
        return {};
    }

    /// What the setting holds now; empty: as expected.
    std::string stored(const nsscope::Policy& policy, const Access& access, const Decision& expected,
                       const Attempt& attempt, int error) const {
        const auto now = writers_.value_of(attempt.net, attempt.setting);
        if (expected.verdict == Verdict::deny && now != access.old) return "stored '" + now + "'";
        if (expected.verdict != Verdict::override || error != 0) return {};
        writers_.set(attempt.net, attempt.setting, access.old);
        writers_.set(attempt.net, attempt.setting,
                     *nsscope::fit_override(policy.rules[*expected.rule].replacement, access));
        const auto wanted = writers_.value_of(attempt.net, attempt.setting);
        return now == wanted ? "" : "stored '" + now + "', and not '" + wanted + "'";
    }

    /// Where in `hits` it is counted.
    static std::uint32_t index_of(const nsscope::Policy& policy, const Decision& decision) {
        const auto rules = static_cast<std::uint32_t>(policy.rules.size());
        switch (decision.reason) {
        case Decision::Reason::rule: return static_cast<std::uint32_t>(*decision.rule);
        case Decision::Reason::runtime_setup: return rules + NSSCOPE_GUARD_HITS_SETUP;
        case Decision::Reason::error: return rules + NSSCOPE_GUARD_HITS_ERROR;
        default: return rules + NSSCOPE_GUARD_HITS_DEFAULT;
        }
    }

    /// What was counted since the last time.
    std::vector<std::uint32_t> take_hit() {
        std::vector<std::uint32_t> grown;
        std::vector<std::uint64_t> each(static_cast<std::size_t>(libbpf_num_possible_cpus()));
        for (std::uint32_t i = 0; i < hits_.size(); i++) {
            if (bpf_map_lookup_elem(map("hits"), &i, each.data()) != 0) continue;
            std::uint64_t all = 0;
            for (const auto count : each) all += count;
            if (all != hits_[i]) grown.push_back(i);
            hits_[i] = all;
        }
        return grown;
    }

    /// When a writer began, as the kernel tells processes apart: found in what the guard remembers.
    void learn_start(pid_t pid) {
        if (starts_.contains(pid)) return;
        nsscope_guard_attempt_key key{};
        const void* from = nullptr;
        while (bpf_map_get_next_key(map("attempts"), from, &key) == 0) {
            if (key.pid == static_cast<__u32>(pid)) starts_[pid] = key.start_ns;
            from = &key;
        }
    }

    /// Makes a runtime of the writer, or none. Whether it is one now.
    bool set_mark(const SysctlWriter& writer, bool yes) const {
        const auto pid = static_cast<__u32>(writer.pid());
        const auto start = starts_.find(writer.pid());
        if (!yes || start == starts_.end()) {
            bpf_map_delete_elem(map("marks"), &pid);
            return false;
        }
        nsscope_guard_mark mark{};
        mark.start_ns = start->second;
        mark.until_ns = ~0ULL;
        return bpf_map_update_elem(map("marks"), &pid, &mark, BPF_ANY) == 0;
    }

    [[nodiscard]] unsigned index_of(std::uint32_t net) const {
        const auto& inums = writers_.inums();
        return static_cast<unsigned>(std::find(inums.begin(), inums.end(), net) - inums.begin());
    }
    [[nodiscard]] unsigned setting_of(const std::string& name) const {
        const auto& all = writers_.settings();
        return static_cast<unsigned>(
            std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.name == name; }) -
            all.begin());
    }

    const CgroupDir& top_;
    SysctlWriters writers_;
    SysctlProgram shield_;
    nsscope::testing::RandomPolicies random_;
    nsscope::GuardPlace place_;
    nsscope::GuardAbout about_;
    std::optional<nsscope::PinnedGuard> guard_;
    std::map<std::tuple<std::string, How, unsigned>, std::unique_ptr<SysctlWriter>> running_;
    std::map<pid_t, std::uint64_t> starts_;
    std::vector<std::uint64_t> hits_;
    std::string text_;
    std::size_t attempts_ = 0, denied_ = 0, by_rule_ = 0, targets_ = 0, carried_out_ = 0;
};

/// Removes the cgroups below, too.
void remove_below(const std::string& directory) {
    static_cast<void>(run({find_in_path("find"), directory, "-mindepth", "1", "-depth", "-type", "d", "-exec",
                           "rmdir", "{}", ";"}));
}

class GuardAgreement : public Live {};

TEST_F(GuardAgreement, OfTheKernelProgramAndTheEvaluator) {
    const CgroupDir top("agree");
    if (!top.problem().empty()) LIVE_SKIP(top.problem());
    std::fflush(nullptr);
    const auto child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        std::string why;
        {
            Comparison comparison(top);
            why = comparison.run();
        }
        if (!why.empty()) std::fprintf(stderr, "%s\n", why.c_str());
        std::fflush(nullptr);
        ::_exit(why.empty() ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    static_cast<void>(nsscope({"guard", "remove", "--cgroup", top.path()}));
    remove_below(top.directory());
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

} // namespace
} // namespace live
