#pragma once

#include <optional>
#include <string>

#include "inspect/look.hpp"

namespace nsscope {

/// A uts namespace, uts_namespaces(7). Raw bytes, whatever whoever rules it has set.
struct UtsContents {
    std::optional<std::string> host_name; ///< nullopt: it could not be entered
    std::optional<std::string> domain_name;
};
/// By uname(2) from within.
[[nodiscard]] UtsContents inspect_uts(const Look& look);

} // namespace nsscope
