#include "policy/load.hpp"

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "base/unique_fd.hpp"

namespace nsscope {
namespace {

constexpr std::size_t largest_file = 64U << 20;

Result<PolicyFile> read_policy_file(const std::string& path) {
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd) return errno_failure(fmt::format("cannot open {}", path));
    PolicyFile file{path, {}};
    std::vector<char> buffer(64U << 10);
    while (true) {
        const auto got = ::read(fd.get(), buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return errno_failure(fmt::format("cannot read {}", path));
        if (got == 0) return file;
        file.text.append(buffer.data(), static_cast<std::size_t>(got));
        if (file.text.size() > largest_file)
            return Failure(Error{fmt::format("{}: more than {} bytes", path, largest_file),
                                 "expected a policy, in smaller files"});
    }
}

bool is_policy_name(const std::string& name) {
    return !name.starts_with('.') && (name.ends_with(".yaml") || name.ends_with(".yml"));
}

} // namespace

Result<std::vector<PolicyFile>> read_policy_files(const std::string& path) {
    namespace fs = std::filesystem;
    std::error_code error;
    std::vector<std::string> paths;
    if (!fs::is_directory(path, error)) {
        paths.push_back(path);
    } else {
        fs::directory_iterator entries(path, error);
        for (; !error && entries != fs::directory_iterator(); entries.increment(error))
            if (is_policy_name(entries->path().filename().string()))
                paths.push_back(entries->path().string());
        if (error) return errno_failure(error.value(), fmt::format("cannot read {}", path));
        if (paths.empty())
            return Failure(Error{fmt::format("{}: no policy in this directory", path),
                                 "expected files whose names end in .yaml or .yml"});
        std::sort(paths.begin(), paths.end());
    }
    std::vector<PolicyFile> files;
    for (const auto& one : paths) {
        auto file = read_policy_file(one);
        if (!file) return Failure(file.error());
        files.push_back(std::move(*file));
    }
    return files;
}

Result<Policy> load_policy(const std::string& path) {
    auto files = read_policy_files(path);
    if (!files) return Failure(files.error());
    return parse_policy(*files);
}

} // namespace nsscope
