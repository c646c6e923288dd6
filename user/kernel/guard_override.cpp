#include "kernel/guard_override.hpp"

#include <array>
#include <bpf/bpf.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/unique_fd.hpp"
#include "kernel/guard_place.hpp"
#include "kernel/instructions.hpp"

namespace nsscope {
namespace {

/// Makes "b\n" of everything that is written.
UniqueFd load_program() {
    constexpr int written = 'b' | '\n' << 8;
    const std::array code{bpf::store(BPF_REG_10, -8, written),
                          bpf::move(BPF_REG_2, BPF_REG_10),
                          bpf::add(BPF_REG_2, -8),
                          bpf::set(BPF_REG_3, 2),
                          bpf::call(BPF_FUNC_sysctl_set_new_value),
                          bpf::set(BPF_REG_0, 1),
                          bpf::leave()};
    return UniqueFd(bpf_prog_load(BPF_PROG_TYPE_CGROUP_SYSCTL, "nsscope_probe", "Dual BSD/GPL", code.data(),
                                  code.size(), nullptr));
}

bool write_to(int directory, const char* path, std::string_view text) {
    const UniqueFd file(::openat(directory, path, O_WRONLY | O_CLOEXEC));
    return file && ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

/// In the child: 0 when the other value was stored.
int try_it(int cgroup) {
    constexpr const char* setting = "/proc/sys/kernel/domainname";
    std::array<char, 2> stored{};
    if (!write_to(cgroup, "cgroup.procs", "0") || ::unshare(CLONE_NEWUTS) != 0 ||
        !write_to(AT_FDCWD, setting, "a\n"))
        return 1;
    const UniqueFd file(::open(setting, O_RDONLY | O_CLOEXEC));
    return file && ::read(file.get(), stored.data(), stored.size()) == 2 && stored[0] == 'b' ? 0 : 1;
}

bool try_in_child(int cgroup) {
    const auto child = ::fork();
    if (child == 0) ::_exit(try_it(cgroup));
    int status = 0;
    return child > 0 && ::waitpid(child, &status, 0) == child && WIFEXITED(status) &&
           WEXITSTATUS(status) == 0;
}

bool find_out() {
    const auto program = load_program();
    const auto root = open_cgroup_root();
    if (!program || !root) return false;
    const auto name = fmt::format("nsscope-probe-{}", ::getpid());
    if (::mkdirat(root->get(), name.c_str(), 0700) != 0) return false;
    bool works = false;
    {
        const UniqueFd cgroup(::openat(root->get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        const UniqueFd link(cgroup ? bpf_link_create(program.get(), cgroup.get(), BPF_CGROUP_SYSCTL, nullptr)
                                   : -1);
        works = link && try_in_child(cgroup.get());
    }
    // who was in it may still be on its way out
    for (int i = 0; i < 100 && ::unlinkat(root->get(), name.c_str(), AT_REMOVEDIR) != 0; i++) ::usleep(1000);
    return works;
}

} // namespace

bool can_override() {
    static const bool works = find_out();
    return works;
}

} // namespace nsscope
