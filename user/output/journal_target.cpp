#include "output/journal_target.hpp"

#include <array>
#include <string>
#include <sys/uio.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

namespace nsscope {

RecordTarget::Written JournalTarget::write(std::span<const RecordText> records) {
    constexpr const char* socket = "/run/systemd/journal/socket";
    Written written;
    const auto part = [](std::string& text) { return iovec{text.data(), text.size()}; };
    std::string message, event, priority("PRIORITY=6"), identifier("SYSLOG_IDENTIFIER=nsscope");
    for (const auto& record : records) {
        // without a journal sd_journal_sendv() does nothing and succeeds
        if (::access(socket, W_OK) != 0)
            return {written.count, errno_failure("cannot reach the journal").value()};
        message.assign("MESSAGE=").append(record.text);
        event = "NSSCOPE_EVENT=" + std::string(record.type ? name(*record.type) : "nsscope");
        const std::array<iovec, 4> fields{part(message), part(event), part(priority), part(identifier)};
        if (const int result = ::sd_journal_sendv(fields.data(), static_cast<int>(fields.size())); result < 0)
            return {written.count, errno_failure(-result, "cannot write to the journal").value()};
        ++written.count;
    }
    return written;
}

} // namespace nsscope
