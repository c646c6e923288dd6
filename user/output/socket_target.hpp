#pragma once

#include <functional>
#include <string>

#include "base/unique_fd.hpp"
#include "output/record_target.hpp"

namespace nsscope {

/// Records to a Unix domain socket (unix(7)), by a connection that is made anew when it breaks: a line each to a stream
/// socket, one datagram each to another.
class SocketTarget : public RecordTarget {
  public:
    /// Writes what goes before a record in its datagram.
    using Header = std::function<void(std::string& out, const RecordText& record)>;
    /// `type`: SOCK_STREAM or SOCK_DGRAM.
    SocketTarget(std::string path, int type, Header header = {})
        : path_(std::move(path)), type_(type), header_(std::move(header)) {}

    [[nodiscard]] Written write(std::span<const RecordText> records) override;
    void reopen() override;

  private:
    [[nodiscard]] Result<void> connect();
    [[nodiscard]] Result<void> send(std::string_view bytes);

    std::string path_;
    int type_;
    Header header_;
    UniqueFd socket_;
    std::size_t sent_ = 0; ///< bytes of the first record that have gone, to a stream
    std::string buffer_;
};

/// Before a record to syslog (RFC 5424): facility local0, the time, the host, and what the record is about as structured
/// data; the record itself follows as JSON behind "@cee:".
[[nodiscard]] SocketTarget::Header syslog_header(const std::string& host);

} // namespace nsscope
