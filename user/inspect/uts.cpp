#include "inspect/uts.hpp"

#include <cstring>

#include <sys/utsname.h>

#include "inspect/visit.hpp"

namespace nsscope {

UtsContents inspect_uts(const Look& look) {
    struct utsname names {};
    const auto visited = visit_by_thread(look.held, [&names] { static_cast<void>(::uname(&names)); });
    if (!visited) {
        look.gaps.add_error("host and domain name", visited.error());
        return {};
    }
    return {std::string(names.nodename, ::strnlen(names.nodename, sizeof names.nodename)),
            std::string(names.domainname, ::strnlen(names.domainname, sizeof names.domainname))};
}

} // namespace nsscope
