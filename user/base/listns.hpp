#pragma once

#include <cstddef>
#include <cstdint>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

namespace nsscope {

/// What listns(2) is asked, include/uapi/linux/nsfs.h (6.19), struct ns_id_req.
struct NsIdRequest {
    std::uint32_t size = sizeof(NsIdRequest);
    std::uint32_t spare = 0;
    std::uint64_t after_id = 0; ///< those that come after this one; 0: from the first on
    std::uint32_t type = 0;     ///< CLONE_NEW*, several or'ed; 0: all
    std::uint32_t spare2 = 0;
    std::uint64_t user_ns_id = 0; ///< owned by this one; 0: whoever owns them
};

/// listns(2): the ids of namespaces that are in use, ascending; at most `room` of them. Older headers and libraries lack it.
/// Returns how many, or -1 and errno; ENOSYS before 6.19.
inline ssize_t listns(const NsIdRequest& request, std::uint64_t* ids, std::size_t room) {
#ifdef SYS_listns
    constexpr long number = SYS_listns;
#else
    constexpr long number = 470; // the same for all architectures but Alpha and MIPS
#endif
    return ::syscall(number, &request, ids, room, 0U);
}

} // namespace nsscope
