#include "cli/privileges.hpp"

#include <array>
#include <cap-ng.h>
#include <sys/prctl.h>

namespace nsscope {

void drop_privileges() {
    constexpr std::array<unsigned, 3> kept{CAP_BPF, CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH};
    if (capng_get_caps_process() != 0) return;
    std::array<bool, kept.size()> held{};
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

} // namespace nsscope
