#include "inspect/enter_rules.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "inspect/capabilities.hpp"

namespace nsscope {

namespace {

constexpr std::string_view setns_page = "setns(2)";

std::optional<bool> negated(const std::optional<bool>& fact) {
    if (!fact) return {};
    return !*fact;
}

/// Why the process has, or has not, a capability in the namespace that rules the target.
std::string capable_text(const EnterFacts& facts, unsigned capability, std::optional<bool> holds) {
    const auto name = capability_names[capability];
    if (facts.rulers.empty())
        return fmt::format("{} in the user namespace that rules it, which nsscope cannot see", name);
    const auto ruler = fmt::format("user:[{}]", facts.rulers.front().inum);
    if (facts.rulers.front().inum == facts.user_ns)
        return fmt::format("{} in {}, which rules it and is the process's own: the process {} it", name,
                           ruler, has_capability(facts.effective_caps, capability) ? "has" : "lacks");
    const auto own = std::ranges::find(facts.rulers, facts.user_ns, &UserNsLink::inum);
    if (own == facts.rulers.end())
        return fmt::format("{} in {}, which rules it: {}", name, ruler,
                           holds ? "that is no descendant of the process's own, where alone it can have any"
                                 : "whether it descends from the process's own cannot be seen");
    const auto top = own - 1; // the child of the process's own on the way down
    if (top->owner_uid == facts.effective_uid)
        return fmt::format(
            "{} in {}, which rules it: the process has it, as owner (uid {}) of user:[{}] and so of all "
            "below",
            name, ruler, facts.effective_uid, top->inum);
    return fmt::format(
        "{} in {}, which rules it and descends from the process's own: the process {} it there", name, ruler,
        has_capability(facts.effective_caps, capability) ? "has" : "lacks");
}

class Judge {
  public:
    explicit Judge(const EnterFacts& facts) : facts_(facts) {}

    EnterVerdict judge() {
        seccomp();
        switch (facts_.type) {
        case NsType::user: user(); break;
        case NsType::mnt: mnt(); break;
        case NsType::pid: pid(); break;
        case NsType::time: time(); break;
        case NsType::cgroup:
            own_capability(cap_sys_admin);
            target_capability();
            break;
        case NsType::ipc:
        case NsType::net:
        case NsType::uts:
            target_capability();
            own_capability(cap_sys_admin);
            break;
        }
        conclude();
        return std::move(verdict_);
    }

  private:
    void rule(std::string_view name, std::optional<bool> holds, std::string text, std::string_view error,
              std::string_view cites = setns_page) {
        verdict_.rules.push_back({name, holds, std::move(text), error, cites});
    }

    /// The strict mode kills who calls setns(2); what a filter says is nobody's business but the kernel's.
    void seccomp() {
        if (facts_.seccomp == 0) return;
        const bool strict = facts_.seccomp == 1;
        rule("seccomp", strict ? std::optional(false) : std::nullopt,
             strict ? "seccomp's strict mode allows no setns(2)" : "a seccomp filter may deny setns(2)",
             strict ? "SIGKILL" : "", "seccomp(2)");
    }

    void target_capability() {
        const auto holds = is_capable(facts_, cap_sys_admin);
        rule("target_cap_sys_admin", holds, capable_text(facts_, cap_sys_admin, holds), "EPERM",
             facts_.type == NsType::user ? "setns(2), user_namespaces(7)" : setns_page);
    }

    void own_capability(unsigned capability) {
        const bool holds = has_capability(facts_.effective_caps, capability);
        rule(capability == cap_sys_chroot ? "own_cap_sys_chroot" : "own_cap_sys_admin", holds,
             fmt::format("{} in user:[{}], the process's own: the process {} it",
                         capability_names[capability], facts_.user_ns, holds ? "has" : "lacks"),
             "EPERM");
    }

    void own_fs() {
        const auto how = facts_.shares_fs ? (*facts_.shares_fs ? "it does" : "it does not") : "not known";
        rule("unshared_fs", negated(facts_.shares_fs),
             fmt::format("it must not share its root and working directory (CLONE_FS) with another thread or "
                         "process: {}",
                         how),
             "EINVAL");
    }

    /// Not asked by setns(2), though many expect it.
    void chroot() {
        if (!facts_.chrooted) return;
        rule("chroot", true,
             "its root directory is not that of its mount namespace (chroot(2)): this keeps it from making a "
             "user "
             "namespace, not from joining one",
             "", "clone(2), unshare(2)");
    }

    void user() {
        rule("other_user_ns", facts_.inum != facts_.user_ns,
             facts_.inum != facts_.user_ns ? "it must not be in that user namespace already: it is not"
                                           : "it must not be in that user namespace already: it is",
             "EINVAL", "setns(2), user_namespaces(7)");
        rule("single_threaded", facts_.threads == 1,
             fmt::format("it must have one thread: it has {}", facts_.threads), "EINVAL");
        own_fs();
        target_capability();
        chroot();
    }

    void mnt() {
        target_capability();
        own_capability(cap_sys_chroot);
        own_capability(cap_sys_admin);
        own_fs();
        chroot();
    }

    void pid() {
        target_capability();
        own_capability(cap_sys_admin);
        const bool descends = std::ranges::find(facts_.pid_chain, facts_.pid_ns) != facts_.pid_chain.end();
        rule("pid_descent", descends,
             fmt::format(
                 "it must be the pid namespace that the process is in, pid:[{}], or a descendant of it: {}",
                 facts_.pid_ns, descends ? "it is" : "it is not"),
             "EINVAL", "setns(2), pid_namespaces(7)");
    }

    void time() {
        const bool alone = facts_.threads == 1;
        const auto holds = alone ? negated(facts_.shares_memory) : std::optional(false);
        rule("single_threaded", holds,
             fmt::format(
                 "it must have one thread (it has {}) and share its memory (CLONE_VM) with no other process "
                 "({})",
                 facts_.threads,
                 facts_.shares_memory ? (*facts_.shares_memory ? "it does" : "it does not") : "not known"),
             "EUSERS", "timens_install(), kernel/time/namespace.c; no manual page of 2023 says so");
        target_capability();
        own_capability(cap_sys_admin);
    }

    void conclude() {
        bool known = true;
        for (const auto& rule : verdict_.rules) {
            if (rule.holds == false) {
                verdict_.can_enter = false;
                if (known) verdict_.error = rule.error;
                return;
            }
            known = known && rule.holds.has_value();
        }
        if (known) verdict_.can_enter = true;
    }

    const EnterFacts& facts_;
    EnterVerdict verdict_;
};

} // namespace

std::optional<bool> is_capable(const EnterFacts& facts, unsigned capability) {
    if (facts.rulers.empty()) return std::nullopt;
    const auto own = std::ranges::find(facts.rulers, facts.user_ns, &UserNsLink::inum);
    // What rules it does not descend from the process's own. (Whoever sees the process's own user namespace sees all
    // that descend from it, whole chains of them: ioctl_nsfs(2).)
    if (own == facts.rulers.end()) return false;
    if (has_capability(facts.effective_caps, capability)) return true;
    if (own == facts.rulers.begin()) return false;
    const auto& top = *(own - 1);
    if (!top.owner_uid) return std::nullopt;
    return top.owner_uid == facts.effective_uid;
}

EnterVerdict judge_entry(const EnterFacts& facts) { return Judge(facts).judge(); }

} // namespace nsscope
