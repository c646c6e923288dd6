#pragma once

#include <cstdint>
#include <string>

#include "base/unique_fd.hpp"
#include "output/record_target.hpp"

namespace nsscope {

enum class Fsync : std::uint8_t {
    never,  ///< the kernel writes when it likes
    rotate, ///< before a file is put aside, and at the end
    always, ///< after each batch of records
};

struct FileOptions {
    std::string path;
    std::uint64_t rotate_bytes = 0; ///< a file is put aside before it grows beyond this; 0: never
    std::uint64_t rotate_ns = 0;    ///< or, when a record comes, is older than this; 0: never
    unsigned keep = 5;              ///< files put aside, PATH.1 the latest
    Fsync fsync = Fsync::rotate;

    bool operator==(const FileOptions&) const = default;
};

/// Records in a file, a line each, appended to what is there. A line is whole or is not there: what could not be written
/// whole (a full disk) is cut off, and written again.
class FileTarget : public RecordTarget {
  public:
    explicit FileTarget(FileOptions options) : options_(std::move(options)) {}

    [[nodiscard]] Written write(std::span<const RecordText> records) override;
    void reopen() override { file_.reset(); }
    void close() override;

    /// Opens the file, so that a bad path is told at once.
    [[nodiscard]] Result<void> open();

  private:
    [[nodiscard]] Result<void> rotate();
    [[nodiscard]] Result<void> append(std::string_view bytes);
    void cut_to(std::uint64_t size, std::size_t done);

    FileOptions options_;
    UniqueFd file_;
    std::uint64_t size_ = 0, opened_ns_ = 0;
    std::string buffer_;
};

} // namespace nsscope
