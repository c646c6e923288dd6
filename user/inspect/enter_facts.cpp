#include "inspect/enter_facts.hpp"

#include <array>
#include <cerrno>

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/kcmp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "inspect/parse.hpp"
#include "inspect/proc_dir.hpp"
#include "scan/files.hpp"
#include "scan/nsfs.hpp"
#include "scan/parse.hpp"

namespace nsscope {

namespace {

/// A user namespace and all above it that can be seen.
std::vector<UserNsLink> user_chain(UniqueFd user_ns) {
    std::vector<UserNsLink> chain;
    for (auto file = std::move(user_ns); file; file = open_parent(file.get()))
        chain.push_back({inum_of(file.get()).value_or(0), owner_uid_of(file.get())});
    return chain;
}

std::vector<std::uint32_t> pid_chain(const HeldNamespace& pid_ns) {
    std::vector<std::uint32_t> chain{pid_ns.ref.inum};
    for (auto file = open_parent(pid_ns.file.get()); file; file = open_parent(file.get()))
        chain.push_back(inum_of(file.get()).value_or(0));
    return chain;
}

/// Says which tasks share something with one thread, kcmp(2).
class Sharing {
  public:
    /// What is known already is not asked.
    Sharing(pid_t tid, std::optional<bool> known_fs, std::optional<bool> known_memory)
        : fs(known_fs), memory(known_memory), tid_(tid) {}

    std::optional<bool> fs, memory;

    void compare(pid_t pid, pid_t tid) {
        if (tid == tid_) return;
        note(fs, KCMP_FS, tid);
        if (pid != tid_) note(memory, KCMP_VM, tid); // its own threads share its memory in any case
    }
    /// What was never found to be shared is not, unless somebody could not be asked.
    void conclude(Gaps& gaps) {
        if (!fs && refused_ == 0) fs = false;
        if (!memory && refused_ == 0) memory = false;
        if (refused_ == 0 || (fs && memory)) return;
        gaps.add("with whom the process shares memory and file system attributes", reason(refused_), tid_);
    }

  private:
    void note(std::optional<bool>& shared, int what, pid_t tid) {
        if (shared) return;
        const long result = ::syscall(SYS_kcmp, tid_, tid, what, 0, 0);
        if (result == 0) shared = true;
        if (result < 0 && errno != ESRCH) refused_ = errno;
    }

    pid_t tid_;
    int refused_ = 0;
};

void compare_all(const std::string& proc_root, Sharing& sharing) {
    auto processes = Listing::open(AT_FDCWD, proc_root.c_str());
    if (!processes) return;
    while (const char* name = processes->next()) {
        const auto pid = parse_pid(name);
        if (!pid) continue;
        auto threads = Listing::open(AT_FDCWD, fmt::format("{}/{}/task", proc_root, name).c_str());
        if (!threads) continue;
        while (const char* thread = threads->next())
            if (const auto tid = parse_pid(thread)) sharing.compare(*pid, *tid);
    }
}

/// The kernel's own count, where it can be had, else by comparison.
void find_sharing(const InspectSources& sources, pid_t pid, EnterFacts& facts, Gaps& gaps) {
    const auto numbers = sources.task_numbers ? sources.task_numbers(pid) : Failure(Error{});
    if (numbers && numbers->fs_users != 0) facts.shares_fs = numbers->fs_users != 1;
    if (numbers && numbers->mm_users == 1) facts.shares_memory = false;
    const bool wants_memory = facts.type == NsType::time && !facts.shares_memory;
    if (facts.shares_fs && !wants_memory) return;
    Sharing sharing(pid, facts.shares_fs, wants_memory ? std::nullopt : std::optional(false));
    compare_all(sources.proc_root, sharing);
    sharing.conclude(gaps);
    facts.shares_fs = sharing.fs;
    if (wants_memory) facts.shares_memory = sharing.memory;
}

bool is_chrooted(const ProcDir& process) {
    std::array<char, 2> path{};
    const auto length = ::readlinkat(process.fd(), "root", path.data(), path.size());
    return length > 0 && (length > 1 || path[0] != '/');
}

} // namespace

Result<EnterFacts> gather_enter_facts(const InspectSources& sources, pid_t pid, const HeldNamespace& target,
                                      Gaps& gaps) {
    const auto process = ProcDir::open(sources.proc_root, pid);
    if (!process) return Failure(Error{fmt::format("no process {}", pid)});
    const auto text = process->read("status");
    const auto status = text ? parse_status(*text) : std::nullopt;
    const auto user_ns = process->namespace_inum(NsSlot::user);
    const auto pid_ns = process->namespace_inum(NsSlot::pid);
    if (!status || !user_ns || !pid_ns)
        return errno_failure(
            errno, fmt::format("cannot read the namespaces and capabilities of process {}", pid),
            "run as root or with CAP_SYS_PTRACE; a process that has ended cannot enter anything");
    EnterFacts facts;
    facts.effective_uid = status->effective_uid;
    facts.effective_caps = status->effective;
    facts.threads = status->threads;
    facts.seccomp = status->seccomp;
    facts.user_ns = *user_ns;
    facts.pid_ns = *pid_ns;
    facts.chrooted = is_chrooted(*process);
    facts.type = target.type;
    facts.inum = target.ref.inum;
    if (target.type == NsType::user)
        facts.rulers = user_chain(UniqueFd(::fcntl(target.file.get(), F_DUPFD_CLOEXEC, 0)));
    else
        facts.rulers = user_chain(open_owner(target.file.get()));
    if (facts.rulers.empty())
        gaps.add("owner of the namespace", "it is not in sight of nsscope's user namespace");
    if (target.type == NsType::pid) facts.pid_chain = pid_chain(target);
    if (target.type == NsType::user || target.type == NsType::mnt || target.type == NsType::time) {
        find_sharing(sources, pid, facts, gaps);
    }
    return facts;
}

} // namespace nsscope
