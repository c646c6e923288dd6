#include "output/file_target.hpp"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.hpp"

namespace nsscope {
namespace {

constexpr std::size_t piece = 256U << 10;

std::string aside(const std::string& path, unsigned number) { return fmt::format("{}.{}", path, number); }

} // namespace

Result<void> FileTarget::open() {
    if (file_) return {};
    constexpr mode_t mode =
        0640; // command lines and paths of everybody are no secret, and no news for everybody
    UniqueFd file(
        ::open(options_.path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, mode));
    struct stat status {};
    if (!file || ::fstat(file.get(), &status) != 0) return errno_failure("cannot open " + options_.path);
    if (!S_ISREG(status.st_mode)) return Failure(Error{options_.path + " is no regular file", {}, EINVAL});
    file_ = std::move(file);
    size_ = static_cast<std::uint64_t>(status.st_size);
    opened_ns_ = monotonic_ns();
    return {};
}

Result<void> FileTarget::rotate() {
    if (options_.fsync != Fsync::never) static_cast<void>(::fsync(file_.get()));
    file_.reset();
    for (unsigned number = options_.keep; number > 1; --number)
        static_cast<void>(
            ::rename(aside(options_.path, number - 1).c_str(), aside(options_.path, number).c_str()));
    const int done = options_.keep > 0 ? ::rename(options_.path.c_str(), aside(options_.path, 1).c_str())
                                       : ::unlink(options_.path.c_str());
    if (done != 0 && errno != ENOENT) return errno_failure("cannot put aside " + options_.path);
    return open();
}

/// Takes back the last `done` bytes, unless somebody else has written behind them.
void FileTarget::cut_to(std::uint64_t size, std::size_t done) {
    struct stat status {};
    if (done > 0 && ::fstat(file_.get(), &status) == 0 &&
        static_cast<std::uint64_t>(status.st_size) == size + done)
        static_cast<void>(!::ftruncate(file_.get(), static_cast<off_t>(size)));
}

Result<void> FileTarget::append(std::string_view bytes) {
    std::size_t done = 0;
    while (done < bytes.size()) {
        const auto written = ::write(file_.get(), bytes.data() + done, bytes.size() - done);
        if (written >= 0) {
            done += static_cast<std::size_t>(written);
        } else if (errno != EINTR) {
            auto failure = errno_failure("cannot write " + options_.path);
            cut_to(size_, done);
            return failure;
        }
    }
    size_ += bytes.size();
    return {};
}

RecordTarget::Written FileTarget::write(std::span<const RecordText> records) {
    Written written;
    for (std::size_t next = 0; written.count < records.size();) {
        if (auto opened = open(); !opened) return {written.count, opened.error()};
        const bool is_old = options_.rotate_ns != 0 && monotonic_ns() - opened_ns_ >= options_.rotate_ns;
        const bool is_full = options_.rotate_bytes != 0 &&
                             size_ + records[written.count].text.size() + 1 > options_.rotate_bytes;
        if (size_ > 0 && (is_old || is_full))
            if (auto rotated = rotate(); !rotated) return {written.count, rotated.error()};
        buffer_.clear();
        for (next = written.count; next < records.size() && buffer_.size() < piece; ++next) {
            const auto size = size_ + buffer_.size() + records[next].text.size() + 1;
            if (options_.rotate_bytes != 0 && size > options_.rotate_bytes && next > written.count) break;
            buffer_ += records[next].text;
            buffer_ += '\n';
        }
        if (auto appended = append(buffer_); !appended) {
            // a line at a time: what fits is written
            for (; written.count < next; ++written.count) {
                buffer_.assign(records[written.count].text).push_back('\n');
                if (!append(buffer_)) break;
            }
            return {written.count, appended.error()};
        }
        written.count = next;
    }
    if (options_.fsync == Fsync::always && ::fdatasync(file_.get()) != 0)
        written.error = errno_failure("cannot write " + options_.path).value();
    return written;
}

void FileTarget::close() {
    if (file_ && options_.fsync != Fsync::never) static_cast<void>(::fsync(file_.get()));
    file_.reset();
}

} // namespace nsscope
