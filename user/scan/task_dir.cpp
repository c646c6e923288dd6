#include "scan/task_dir.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include <fmt/format.h>

#include "scan/nsfs.hpp"

namespace nsscope {

namespace {

/// The user namespace is read last: a task keeps it until it is reaped, so that an answer to it shows that
/// the task was there all the time.
constexpr std::array<NsSlot, ns_slot_count> reading_order{
    NsSlot::cgroup,
    NsSlot::ipc,
    NsSlot::mnt,
    NsSlot::net,
    NsSlot::pid,
    NsSlot::time,
    NsSlot::uts,
    NsSlot::pid_for_children,
    NsSlot::time_for_children,
    NsSlot::user,
};

constexpr SlotSet set_of(NsSlot slot) { return 1ULL << static_cast<std::size_t>(slot); }

/// Those of *_for_children that are what the task itself is in, as far as its stat file tells; to read a link takes the kernel
/// a microsecond. They differ once it has called unshare(2) or setns(2), which takes a capability, and whoever has
/// used one bears a mark until it ends (kernel/capability.c, ns_capable_common(); cleared in who is born, kernel/fork.c). One
/// that was born with the memory of another, clone(2), may also have been given a time_for_children until it executes something.
SlotSet children_as_own(const StatFields& stat) {
    constexpr std::uint32_t forked_no_exec = 0x40, used_privilege = 0x100; // PF_*, include/linux/sched.h
    if (stat.flags == 0 || (stat.flags & used_privilege) != 0) return {};  // 0: these are not told
    auto slots = set_of(NsSlot::pid_for_children);
    if ((stat.flags & forked_no_exec) == 0) slots |= set_of(NsSlot::time_for_children);
    return slots;
}

std::uint32_t& at(TaskReading& reading, NsSlot slot) { return reading.inum[static_cast<std::size_t>(slot)]; }

/// `file` must end with a NUL, as literals and the names of slots do. A link is not followed.
bool exists(int directory, std::string_view file) {
    struct stat st {};
    return ::fstatat(directory, file.data(), &st, AT_SYMLINK_NOFOLLOW) == 0;
}

} // namespace

bool means_gone(int error_number) { return error_number == ENOENT || error_number == ESRCH; }

bool means_denied(int error_number) { return error_number == EACCES || error_number == EPERM; }

tl::expected<TaskDir, int> TaskDir::open(int parent, const char* name) {
    constexpr int flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
    TaskDir task;
    std::array<char, 32> ns{};
    *fmt::format_to_n(ns.data(), ns.size() - 1, "{}/ns", name).out = '\0';
    // With many processes a descriptor less to open and close for each is worth the detour.
    task.base_.reset(::openat(parent, ns.data(), flags));
    if (task.base_) return task;
    task.ns_errno_ = errno;
    task.base_.reset(::openat(parent, name, flags));
    if (!task.base_) return tl::unexpected(errno);
    return task;
}

const char* TaskDir::path(const char* from_ns) const {
    constexpr std::string_view up = "../";
    return ns_errno_ == 0 ? from_ns : from_ns + up.size();
}

UniqueFd TaskDir::open_threads() const {
    return UniqueFd(::openat(base_.get(), path("../task"), O_PATH | O_DIRECTORY | O_CLOEXEC));
}

tl::expected<TaskReading, int> TaskDir::read(const SlotSet& wanted) const {
    TaskReading reading;
    struct stat st {};
    // The owner of the directory itself is the task's effective uid, dumpable or not (fs/proc/base.c,
    // task_dump_owner).
    if (::fstatat(base_.get(), path("../."), &st, 0) != 0) return tl::unexpected(errno);
    reading.uid = st.st_uid;

    const UniqueFd file(::openat(base_.get(), path("../stat"), O_RDONLY | O_CLOEXEC));
    if (!file) return tl::unexpected(errno);
    // One line of at most 52 numbers of 20 digits and a name of 64 bytes: one read gets all of it.
    std::array<char, 2048> text;
    const auto got = ::read(file.get(), text.data(), text.size());
    if (got < 0) return tl::unexpected(errno);
    auto stat = parse_stat({text.data(), static_cast<std::size_t>(got)});
    if (!stat) return tl::unexpected(EBADMSG);
    reading.stat = std::move(*stat);

    if (const int error = read_namespaces(reading, wanted, children_as_own(reading.stat)))
        return tl::unexpected(error);
    return reading;
}

int TaskDir::read_namespaces(TaskReading& into, const SlotSet& wanted, const SlotSet& as_own) const {
    into.inum.fill(0);
    into.denied = false;
    into.unborn_pid_ns = false;
    bool absent = false;
    for (auto& file : into.file) file.reset();
    for (const auto slot : reading_order) {
        if (as_own[static_cast<std::size_t>(slot)]) {
            // These come before it. A zombie has neither mnt nor this.
            if (at(into, NsSlot::mnt) != 0) at(into, slot) = at(into, slot_of(type_of(slot)));
            continue;
        }
        if (wanted[static_cast<std::size_t>(slot)] && open_and_read(slot, into)) continue;
        const int error = ns_errno_ == 0 ? read_link(slot, at(into, slot)) : ns_errno_;
        // The kernel asks for the same permission for all of them (ptrace(2), access mode checking).
        into.denied = means_denied(error);
        if (into.denied) break;
        if (means_gone(error) || error == EINVAL)
            absent = true;
        else if (error != 0)
            return error; // out of memory or descriptors: no answer is better than half of one
    }
    if (!absent && !into.denied) return 0;

    // A task that is gone may answer ENOENT, ESRCH and even EACCES (fs/proc/namespaces.c).
    if (!alive()) return ESRCH;
    if (!absent || at(into, NsSlot::mnt) == 0) return 0;

    // Some are there and some are not: either the kernel lacks these kinds, or the task gave up all but
    // its user and pid namespaces in the midst of the reading. A zombie has none of the others.
    std::uint32_t mnt = 0;
    if (means_gone(read_link(NsSlot::mnt, mnt))) {
        for (const auto slot : reading_order)
            if (slot != NsSlot::pid && slot != NsSlot::user) at(into, slot) = 0;
        return 0;
    }
    // The kernel has the file, yet it names nothing.
    into.unborn_pid_ns = !into.denied && at(into, NsSlot::pid_for_children) == 0 &&
                         exists(base_.get(), name(NsSlot::pid_for_children));
    return 0;
}

bool TaskDir::open_and_read(NsSlot slot, TaskReading& into) const {
    auto file = open_namespace(slot);
    const auto inum = file ? inum_of(file.get()) : std::nullopt;
    if (!inum) return false;
    at(into, slot) = *inum;
    into.file[static_cast<std::size_t>(slot)] = std::move(file);
    return true;
}

int TaskDir::read_link(NsSlot slot, std::uint32_t& inum) const {
    std::array<char, 64> text;
    const auto got = ::readlinkat(base_.get(), name(slot).data(), text.data(), text.size());
    if (got < 0) return errno;
    const auto link = parse_ns_link({text.data(), static_cast<std::size_t>(got)});
    if (!link || link->type != type_of(slot)) return EINVAL;
    inum = link->inum;
    return 0;
}

bool TaskDir::has_namespace(NsSlot slot) const {
    std::uint32_t inum = 0;
    return read_link(slot, inum) == 0;
}

std::optional<std::string> TaskDir::read_cmdline() const {
    std::string text;
    if (!read_whole(path("../cmdline"), text)) return std::nullopt;
    return text;
}

bool TaskDir::read_cgroups(std::string& text) const {
    text.clear();
    return read_whole(path("../cgroup"), text);
}

bool TaskDir::read_whole(const char* name, std::string& text) const {
    const UniqueFd file(::openat(base_.get(), name, O_RDONLY | O_CLOEXEC));
    if (!file) return false;
    std::array<char, 4096> chunk;
    while (true) {
        const auto got = ::read(file.get(), chunk.data(), chunk.size());
        if (got < 0) return false;
        text.append(chunk.data(), static_cast<std::size_t>(got));
        // Less than was asked for is the last of it: fs/proc/base.c, get_mm_cmdline; a seq_file of one element, as
        // "cgroup" is, gives all of it at once.
        if (static_cast<std::size_t>(got) < chunk.size()) return true;
    }
}

bool TaskDir::alive() const { return exists(base_.get(), path("../stat")); }

UniqueFd TaskDir::open_namespace(NsSlot slot) const {
    return UniqueFd(::openat(base_.get(), name(slot).data(), O_RDONLY | O_CLOEXEC));
}

} // namespace nsscope
