#include "cli/privileges.hpp"

#include <cap-ng.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "cli/stream.hpp"

namespace nsscope {

void drop_privileges(const std::vector<unsigned>& also) {
    std::vector<unsigned> kept{CAP_BPF, CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH};
    rlimit real_time{};
    if (::getrlimit(RLIMIT_RTPRIO, &real_time) != 0 || real_time.rlim_cur < hurry_priority)
        kept.push_back(CAP_SYS_NICE);
    kept.insert(kept.end(), also.begin(), also.end());
    if (capng_get_caps_process() != 0) return;
    std::vector<bool> held(kept.size());
    for (std::size_t i = 0; i < kept.size(); i++)
        held[i] = capng_have_capability(CAPNG_EFFECTIVE, kept[i]) == 1;
    // CAP_SYS_ADMIN stands for CAP_BPF where only that was given
    const bool admin = capng_have_capability(CAPNG_EFFECTIVE, CAP_SYS_ADMIN) == 1;
    const bool may_bound = capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP) == 1;
    if (admin && !held[0]) return;
    capng_clear(CAPNG_SELECT_ALL);
    for (std::size_t i = 0; i < kept.size(); i++)
        if (held[i])
            capng_update(CAPNG_ADD, static_cast<capng_type_t>(CAPNG_EFFECTIVE | CAPNG_PERMITTED), kept[i]);
    static_cast<void>(capng_apply(may_bound ? CAPNG_SELECT_ALL : CAPNG_SELECT_CAPS));
    static_cast<void>(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
}

std::vector<unsigned> to_scan() { return {CAP_PERFMON, CAP_SYS_ADMIN, CAP_SYS_CHROOT, CAP_SYS_RESOURCE}; }

std::vector<unsigned> to_guard() { return {CAP_PERFMON, CAP_SYS_ADMIN, CAP_NET_ADMIN, CAP_SYS_RESOURCE}; }

} // namespace nsscope
