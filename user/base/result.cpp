#include "base/result.hpp"

#include <cerrno>
#include <system_error>

namespace nsscope {

Failure errno_failure(int error_number, std::string what, std::string hint) {
    what += ": ";
    what += std::generic_category().message(error_number);
    return Failure(Error{std::move(what), std::move(hint), error_number});
}

Failure errno_failure(std::string what, std::string hint) {
    return errno_failure(errno, std::move(what), std::move(hint));
}

} // namespace nsscope
