#include "scan/state_file.hpp"

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/unique_fd.hpp"

namespace nsscope {
namespace {

tl::unexpected<StateFileError> system_error() {
    return tl::unexpected(StateFileError{errno, std::generic_category().message(errno)});
}

} // namespace

bool StateFileError::gone() const { return error_number == ENOENT || error_number == ENOTDIR; }

tl::expected<std::string, StateFileError> read_state_file(const std::string& path) {
    const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
    if (!file) return system_error();
    struct stat status {};
    if (::fstat(file.get(), &status) != 0) return system_error();
    if (!S_ISREG(status.st_mode)) return tl::unexpected(StateFileError{0, "is not a regular file"});
    std::string text;
    constexpr std::size_t piece = 65536;
    while (true) {
        const std::size_t had = text.size();
        text.resize(had + piece);
        const auto got = ::read(file.get(), text.data() + had, piece);
        if (got < 0) return system_error();
        text.resize(had + static_cast<std::size_t>(got));
        if (got == 0) return text;
        if (text.size() > largest_state_file)
            return tl::unexpected(StateFileError{0, "is larger than 16 MiB"});
    }
}

bool nested_deeper_than(std::string_view json, std::size_t depth) {
    std::size_t open = 0;
    bool in_string = false;
    for (std::size_t i = 0; i < json.size(); ++i) {
        const char c = json[i];
        if (in_string) {
            if (c == '\\')
                ++i;
            else
                in_string = c != '"';
        } else if (c == '"') {
            in_string = true;
        } else if (c == '[' || c == '{') {
            if (++open > depth) return true;
        } else if ((c == ']' || c == '}') && open > 0) {
            --open;
        }
    }
    return false;
}

} // namespace nsscope
