#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <thread>

namespace live {

/// Who reads what an output sends to a unix socket, and goes away and comes back. When it goes it takes no more, but reads what
/// it has taken: what is in a socket when its reader is killed, nobody can count.
class SocketReader {
  public:
    /// Is there at once. `type`: SOCK_STREAM or SOCK_DGRAM. `take` gets each record, without a newline, in the reader's thread.
    SocketReader(std::string path, int type, std::function<void(std::string_view)> take);
    SocketReader(const SocketReader&) = delete;
    SocketReader& operator=(const SocketReader&) = delete;
    ~SocketReader() { go(); }

    void come();
    /// After this, what `take` has made of the records is the caller's.
    void go();
    [[nodiscard]] bool is_there() const { return thread_.joinable(); }
    /// So many records were read.
    [[nodiscard]] std::size_t records() const { return records_; }

  private:
    void run();
    void take_all(int from);
    void take(std::string_view bytes);

    std::string path_, rest_;
    int type_, socket_ = -1;
    std::function<void(std::string_view)> take_;
    std::atomic<bool> ends_ = false;
    std::atomic<std::size_t> records_ = 0;
    std::thread thread_;
};

} // namespace live
