#include "scan/usage.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <fcntl.h>
#include <span>
#include <unistd.h>

#include <fmt/format.h>

namespace nsscope {
namespace {

/// The next number of a line of fields parted by spaces.
std::optional<std::uint64_t> take_number(std::string_view& rest) {
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
    if (error != std::errc()) return std::nullopt;
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    return value;
}

void skip_fields(std::string_view& rest, int count) {
    for (; count > 0; --count) {
        rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
        rest.remove_prefix(std::min(rest.find(' '), rest.size()));
    }
}

/// "MemTotal:       16303428 kB"
std::uint64_t bytes_of(std::string_view meminfo, std::string_view name) {
    const auto at = meminfo.find(name);
    if (at == std::string_view::npos) return 0;
    auto rest = meminfo.substr(at + name.size());
    return take_number(rest).value_or(0) * 1024;
}

/// As much of a file as fits. Only what is at the beginning is of interest.
std::string_view read_into(int directory, const char* name, std::span<char> room) {
    const UniqueFd file(::openat(directory, name, O_RDONLY | O_CLOEXEC));
    if (!file) return {};
    const auto got = ::read(file.get(), room.data(), room.size());
    return got > 0 ? std::string_view(room.data(), static_cast<std::size_t>(got)) : std::string_view();
}

} // namespace

std::optional<ProcessUsage> parse_process_usage(std::string_view stat) {
    const auto end_of_name = stat.rfind(')');
    if (end_of_name == std::string_view::npos) return std::nullopt;
    auto rest = stat.substr(end_of_name + 1);
    skip_fields(rest, 11); // 3 to 13
    const auto user = take_number(rest), system = take_number(rest);
    skip_fields(rest, 6); // 16 to 21
    const auto start = take_number(rest);
    skip_fields(rest, 1);
    const auto rss = take_number(rest);
    if (!user || !system || !start || !rss) return std::nullopt;
    return ProcessUsage{.start_ticks = *start, .cpu_ticks = *user + *system, .rss_pages = *rss};
}

MachineUsage parse_machine_usage(std::string_view stat, std::string_view meminfo) {
    MachineUsage usage{.memory = bytes_of(meminfo, "MemTotal:"),
                       .available = bytes_of(meminfo, "MemAvailable:")};
    while (stat.starts_with("cpu")) {
        auto line = stat.substr(0, stat.find('\n'));
        stat.remove_prefix(std::min(line.size() + 1, stat.size()));
        line.remove_prefix(3);
        if (!line.starts_with(' ')) {
            ++usage.cpus;
            continue;
        }
        // user, nice, system, idle, iowait, irq, softirq, steal; the rest is counted in user and nice, too
        for (int field = 0; field < 8; ++field) {
            const auto ticks = take_number(line);
            if (!ticks) break;
            usage.cpu_ticks += *ticks;
            if (field != 3 && field != 4) usage.busy_ticks += *ticks;
        }
    }
    return usage;
}

UsageReader::UsageReader(const std::string& proc_root)
    : proc_(::open(proc_root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)) {}

std::optional<ProcessUsage> UsageReader::process(pid_t pid) const {
    std::array<char, 32> name{};
    *fmt::format_to_n(name.data(), name.size() - 1, "{}/stat", pid).out = '\0';
    std::array<char, 1024> room{};
    return parse_process_usage(read_into(proc_.get(), name.data(), room));
}

MachineUsage UsageReader::machine() const {
    std::array<char, 16384> stat{};
    std::array<char, 4096> meminfo{};
    return parse_machine_usage(read_into(proc_.get(), "stat", stat),
                               read_into(proc_.get(), "meminfo", meminfo));
}

} // namespace nsscope
