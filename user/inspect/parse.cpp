#include "inspect/parse.hpp"

#include <algorithm>
#include <charconv>

namespace nsscope {

namespace {

constexpr std::size_t most_map_lines = 340; // include/linux/user_namespace.h
constexpr std::size_t most_pid_levels = 33; // 32 below the initial one, include/linux/pid_namespace.h

template <typename Number>
std::optional<Number> parse_number(std::string_view text, int base = 10) {
    Number number{};
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number, base);
    if (error != std::errc{} || stop != end) return std::nullopt;
    return number;
}

std::string_view cut_line(std::string_view& rest) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    return line;
}

/// Cuts off the next word; empty at the end.
std::string_view cut_word(std::string_view& rest) {
    rest.remove_prefix(std::min(rest.size(), rest.find_first_not_of(" \t")));
    const auto word = rest.substr(0, rest.find_first_of(" \t"));
    rest.remove_prefix(word.size());
    return word;
}

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t") == std::string_view::npos; }

std::optional<IdRange> parse_id_range(std::string_view line) {
    const auto inside = parse_number<std::uint32_t>(cut_word(line));
    const auto outside = parse_number<std::uint32_t>(cut_word(line));
    const auto count = parse_number<std::uint32_t>(cut_word(line));
    if (!inside || !outside || !count || *count == 0 || !is_blank(line)) return std::nullopt;
    return IdRange{*inside, *outside, *count};
}

template <typename Number>
bool read_into(Number& field, std::string_view words, int base = 10) {
    const auto number = parse_number<Number>(cut_word(words), base);
    if (!number || !is_blank(words)) return false;
    field = *number;
    return true;
}

bool read_effective_uid(StatusFields& status, std::string_view words) {
    cut_word(words); // the real one
    const auto uid = parse_number<uid_t>(cut_word(words));
    status.effective_uid = uid.value_or(0);
    return uid.has_value();
}

bool read_ns_pids(StatusFields& status, std::string_view words) {
    status.ns_pids.clear();
    while (!is_blank(words)) {
        const auto pid = parse_number<pid_t>(cut_word(words));
        if (!pid || *pid < 0 || status.ns_pids.size() == most_pid_levels) return false;
        status.ns_pids.push_back(*pid);
    }
    return !status.ns_pids.empty();
}

enum Field : unsigned {
    uid = 1U << 0,
    threads = 1U << 1,
    ns_pid = 1U << 2,
    cap_inh = 1U << 3,
    cap_prm = 1U << 4,
    cap_eff = 1U << 5,
    cap_bnd = 1U << 6,
    needed = (1U << 7) - 1,
    cap_amb = 1U << 7, // Linux 4.3 and later
    seccomp = 1U << 8, // not in every kernel
    other = 1U << 9,
};

/// Which field a line was; nullopt for one that is known and makes no sense.
std::optional<Field> read_status_line(StatusFields& status, std::string_view name, std::string_view words) {
    const auto is = [](bool read, Field field) { return read ? std::optional(field) : std::nullopt; };
    constexpr int hex = 16;
    if (name == "Uid") return is(read_effective_uid(status, words), uid);
    if (name == "Threads") return is(read_into(status.threads, words), threads);
    if (name == "NSpid") return is(read_ns_pids(status, words), ns_pid);
    if (name == "CapInh") return is(read_into(status.inheritable, words, hex), cap_inh);
    if (name == "CapPrm") return is(read_into(status.permitted, words, hex), cap_prm);
    if (name == "CapEff") return is(read_into(status.effective, words, hex), cap_eff);
    if (name == "CapBnd") return is(read_into(status.bounding, words, hex), cap_bnd);
    if (name == "CapAmb") return is(read_into(status.ambient, words, hex), cap_amb);
    if (name == "Seccomp") return is(read_into(status.seccomp, words), seccomp);
    return other;
}

} // namespace

std::optional<std::vector<IdRange>> parse_id_map(std::string_view text) {
    std::vector<IdRange> ranges;
    while (!text.empty()) {
        const auto range = parse_id_range(cut_line(text));
        if (!range || ranges.size() == most_map_lines) return std::nullopt;
        ranges.push_back(*range);
    }
    return ranges;
}

std::optional<TimeOffsets> parse_timens_offsets(std::string_view text) {
    constexpr std::uint32_t second = 1000000000;
    TimeOffsets offsets;
    bool has_monotonic = false, has_boottime = false;
    while (!text.empty()) {
        auto line = cut_line(text);
        const auto clock = cut_word(line);
        const auto sec = parse_number<std::int64_t>(cut_word(line));
        const auto nsec = parse_number<std::uint32_t>(cut_word(line));
        if (!sec || !nsec || *nsec >= second || !is_blank(line)) return std::nullopt;
        const ClockOffset offset{*sec, *nsec};
        if (clock == "monotonic") {
            has_monotonic = true;
            offsets.monotonic = offset;
        } else if (clock == "boottime") {
            has_boottime = true;
            offsets.boottime = offset;
        }
    }
    if (!has_monotonic || !has_boottime) return std::nullopt;
    return offsets;
}

std::optional<StatusFields> parse_status(std::string_view text) {
    // The name comes first and has its newlines escaped (fs/proc/array.c, proc_task_name), so that no line of it can
    // pass for another field.
    StatusFields status;
    unsigned seen = 0;
    while (!text.empty()) {
        const auto line = cut_line(text);
        const auto colon = line.find(':');
        if (colon == std::string_view::npos) continue;
        const auto field = read_status_line(status, line.substr(0, colon), line.substr(colon + 1));
        if (!field) return std::nullopt;
        seen |= *field;
    }
    if ((seen & needed) != needed) return std::nullopt;
    return status;
}

} // namespace nsscope
