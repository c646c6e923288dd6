#include <charconv>
#include <fmt/format.h>

#include "kernel/guard_about.hpp"

namespace nsscope {
namespace {

/// Fields end with NUL, which no path and no name holds.
std::string_view take_field(std::string_view& blob) {
    const auto end = blob.find('\0');
    const auto field = blob.substr(0, end);
    blob.remove_prefix(end == std::string_view::npos ? blob.size() : end + 1);
    return field;
}

template <typename Number>
Number take_number(std::string_view& blob) {
    Number number = 0;
    const auto field = take_field(blob);
    std::from_chars(field.data(), field.data() + field.size(), number);
    return number;
}

} // namespace

std::string to_blob(const GuardAbout& about) {
    std::string blob;
    const auto put = [&blob](std::string_view field) {
        blob += field;
        blob += '\0';
    };
    put(about.from);
    put(about.directory);
    put(fmt::to_string(about.since_ns));
    put(fmt::to_string(about.generation));
    put(about.audit_only ? "1" : "0");
    put(about.why_no_lsm);
    for (const auto& rule : about.rules) put(rule);
    return blob;
}

GuardAbout about_from_blob(std::string_view blob) {
    GuardAbout about;
    about.from = take_field(blob);
    about.directory = take_field(blob);
    about.since_ns = take_number<std::int64_t>(blob);
    about.generation = take_number<std::uint64_t>(blob);
    about.audit_only = take_number<int>(blob) != 0;
    about.why_no_lsm = take_field(blob);
    while (!blob.empty() && blob.front() != '\0') about.rules.emplace_back(take_field(blob));
    return about;
}

GuardAbout about_of(const PinnedGuard& guard) { return about_from_blob(read_blob(guard, "policy")); }

} // namespace nsscope
