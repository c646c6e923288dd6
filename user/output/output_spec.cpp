#include "output/output_spec.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include "output/journal_target.hpp"
#include "output/socket_target.hpp"
#include "output/stream_writer.hpp"

namespace nsscope {
namespace {

using Kind = OutputSpec::Kind;

struct KindInfo {
    std::string_view name;
    Kind kind;
    bool needs_path;
};
constexpr std::array<KindInfo, 6> kinds{{
    {"stdout", Kind::standard_output, false},
    {"file", Kind::file, true},
    {"unix", Kind::unix_stream, true},
    {"unixgram", Kind::unix_datagram, true},
    {"syslog", Kind::syslog, false},
    {"journald", Kind::journald, false},
}};

struct Unit {
    char letter;
    std::uint64_t factor;
};
constexpr std::array<Unit, 3> byte_units{{{'K', 1U << 10U}, {'M', 1U << 20U}, {'G', 1U << 30U}}};
constexpr std::uint64_t second = 1'000'000'000;
constexpr std::array<Unit, 4> time_units{
    {{'s', second}, {'m', 60 * second}, {'h', 3600 * second}, {'d', 86400 * second}}};

template <std::size_t N>
std::optional<std::uint64_t> number(std::string_view text, const std::array<Unit, N>& units,
                                    std::uint64_t factor) {
    for (const auto& unit : units)
        if (!text.empty() && text.back() == unit.letter) {
            factor = unit.factor;
            text.remove_suffix(1);
            break;
        }
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    if (value > UINT64_MAX / factor) return std::nullopt;
    return value * factor;
}

Failure wrong(std::string_view spec, std::string_view what, std::string hint) {
    return Failure(Error{fmt::format("output '{}': {}", spec, what), std::move(hint)});
}

/// Takes in one option; the error says what was expected.
Result<void> take(OutputSpec& spec, std::string_view key, std::string_view value) {
    const auto bad = [&](std::string_view expected) {
        return wrong(spec.text, fmt::format("{} '{}'", key, value), fmt::format("expected {}", expected));
    };
    const bool is_file = spec.kind == Kind::file;
    if (key == "format") {
        if (value != "json" && value != "text") return bad("json or text");
        if (value == "text" && spec.kind == Kind::syslog) return bad("json, which syslog's records hold");
        spec.format = value == "text" ? RecordFormat::text : RecordFormat::json;
    } else if (key == "queue") {
        constexpr std::uint64_t least = 64U << 10U;
        const auto bytes = number(value, byte_units, 1);
        if (!bytes || *bytes < least) return bad("bytes, with a suffix K, M or G, at least 64K");
        spec.queue_bytes = *bytes;
    } else if (key == "rotate-size" && is_file) {
        const auto bytes = number(value, byte_units, 1);
        if (!bytes) return bad("bytes, with a suffix K, M or G");
        spec.file.rotate_bytes = *bytes;
    } else if (key == "rotate-time" && is_file) {
        const auto time = number(value, time_units, second);
        if (!time) return bad("a time, with a suffix s, m, h or d");
        spec.file.rotate_ns = *time;
    } else if (key == "keep" && is_file) {
        constexpr std::uint64_t most = 1000;
        const auto files = number(value, std::array<Unit, 0>{}, 1);
        if (!files || *files > most) return bad("a number of files, at most 1000");
        spec.file.keep = static_cast<unsigned>(*files);
    } else if (key == "fsync" && is_file) {
        if (value == "never")
            spec.file.fsync = Fsync::never;
        else if (value == "rotate")
            spec.file.fsync = Fsync::rotate;
        else if (value == "always")
            spec.file.fsync = Fsync::always;
        else
            return bad("never, rotate or always");
    } else if (key == "filter") {
        auto filter = Filter::parse(value);
        if (!filter) return Failure(filter.error());
        spec.filter = std::move(*filter);
    } else {
        return wrong(spec.text, fmt::format("no option '{}'", key),
                     is_file ? "there are format, queue, rotate-size, rotate-time, keep, fsync and filter"
                             : "there are format, queue and filter");
    }
    return {};
}

/// Standard output, when it is one output of several.
class StandardOutput : public RecordTarget {
  public:
    explicit StandardOutput(int stop_fd) : writer_(STDOUT_FILENO, stop_fd) {}
    [[nodiscard]] Written write(std::span<const RecordText> records) override {
        buffer_.clear();
        for (const auto& record : records) buffer_.append(record.text).push_back('\n');
        if (auto written = writer_.write(buffer_); !written) return {0, written.error()};
        return {records.size(), {}};
    }

  private:
    StreamWriter writer_;
    std::string buffer_;
};

} // namespace

Result<OutputSpec> OutputSpec::parse(std::string_view text) {
    OutputSpec spec;
    spec.text = text;
    auto rest = text.substr(0, text.find(','));
    const auto options = text.substr(rest.size());
    const auto colon = rest.find(':');
    const auto word = rest.substr(0, colon);
    const auto* info =
        std::find_if(kinds.begin(), kinds.end(), [&](const auto& one) { return one.name == word; });
    if (info == kinds.end())
        return wrong(text, fmt::format("no kind '{}'", word),
                     "there are stdout, file:PATH, unix:PATH, unixgram:PATH, syslog[:PATH] and journald");
    spec.kind = info->kind;
    if (colon != std::string_view::npos) spec.path = rest.substr(colon + 1);
    const bool takes_path = info->needs_path || spec.kind == Kind::syslog;
    if ((info->needs_path && spec.path.empty()) || (!takes_path && colon != std::string_view::npos))
        return wrong(text, info->needs_path ? "no path" : "a path",
                     fmt::format("write {}{}", word, info->needs_path ? ":PATH" : ""));
    if (takes_path && !spec.path.empty() && spec.path.front() != '/')
        return wrong(text, "a path that does not begin with '/'", "write the whole path");
    if (spec.kind == Kind::syslog && spec.path.empty()) spec.path = "/dev/log";
    spec.file.path = spec.path;
    for (auto left = options; !left.empty();) {
        left.remove_prefix(1); // the comma
        const bool is_last = left.starts_with("filter=");
        const auto part = is_last ? left : left.substr(0, left.find(','));
        left.remove_prefix(part.size());
        const auto equals = part.find('=');
        if (equals == std::string_view::npos)
            return wrong(text, fmt::format("'{}' is no OPTION=VALUE", part), "");
        if (auto taken = take(spec, part.substr(0, equals), part.substr(equals + 1)); !taken)
            return Failure(taken.error());
    }
    return spec;
}

Result<std::unique_ptr<RecordTarget>> open_target(const OutputSpec& spec, const std::string& host,
                                                  int stop_fd) {
    switch (spec.kind) {
    case Kind::standard_output: return std::make_unique<StandardOutput>(stop_fd);
    case Kind::file: {
        auto target = std::make_unique<FileTarget>(spec.file);
        if (auto opened = target->open(); !opened) return Failure(opened.error());
        return target;
    }
    case Kind::unix_stream: return std::make_unique<SocketTarget>(spec.path, SOCK_STREAM);
    case Kind::unix_datagram: return std::make_unique<SocketTarget>(spec.path, SOCK_DGRAM);
    case Kind::syslog: return std::make_unique<SocketTarget>(spec.path, SOCK_DGRAM, syslog_header(host));
    case Kind::journald: return std::make_unique<JournalTarget>();
    }
    return Failure(Error{"no such output"});
}

} // namespace nsscope
