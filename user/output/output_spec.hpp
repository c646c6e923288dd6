#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "filter/filter.hpp"
#include "output/file_target.hpp"
#include "output/record_target.hpp"
#include "output/renderer.hpp"

namespace nsscope {

/// Where the stream goes, as the user says it: KIND[:PATH][,OPTION=VALUE]..., e.g.
///
///     file:/var/log/nsscope.json,rotate-size=100M,keep=7,filter=event in (ns.setns, ns.unshare)
///
/// KIND is stdout, file, unix, unixgram, syslog or journald. `filter` comes last, and goes to the end.
struct OutputSpec {
    enum class Kind : std::uint8_t {
        standard_output,
        file,
        unix_stream,
        unix_datagram,
        syslog,
        journald,
    };
    Kind kind = Kind::standard_output;
    std::string path{};
    RecordFormat format = RecordFormat::json;
    std::optional<Filter> filter{};
    std::size_t queue_bytes = std::size_t{16} << 20U; ///< of records that wait
    FileOptions file{};
    std::string text{}; ///< as the user wrote it

    /// Fails with what is wrong, and with which part.
    [[nodiscard]] static Result<OutputSpec> parse(std::string_view text);
};

/// What an output writes to. Fails where that can be told at once: a file that cannot be opened. `stop_fd`: see StreamWriter;
/// `host` is for syslog.
[[nodiscard]] Result<std::unique_ptr<RecordTarget>> open_target(const OutputSpec& spec,
                                                                const std::string& host, int stop_fd);

} // namespace nsscope
