#pragma once

#include "output/record_target.hpp"

namespace nsscope {

/// Records to systemd-journald, by its own protocol (sd_journal_sendv(3)): MESSAGE is the record, NSSCOPE_EVENT its kind.
class JournalTarget : public RecordTarget {
  public:
    [[nodiscard]] Written write(std::span<const RecordText> records) override;
};

} // namespace nsscope
