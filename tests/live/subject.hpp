#pragma once

#include <functional>
#include <string>
#include <sys/types.h>

namespace live {

/// A child process that does what a test says, stays, and does more when it is told to. Make it before any Process, whose
/// threads a fork(2) would leave in the middle of something. Killed when this goes, and with the test.
class Subject {
  public:
    using Act = std::function<int()>; ///< 0, or the errno of what could not be done

    /// Returns once `act` has run in the child. `then` runs when go() is called.
    explicit Subject(const Act& act, const Act& then = {});
    Subject(const Subject&) = delete;
    Subject& operator=(const Subject&) = delete;
    ~Subject();

    [[nodiscard]] pid_t pid() const { return pid_; }
    [[nodiscard]] std::string proc() const { return "/proc/" + std::to_string(pid_); }
    /// What `act` returned.
    [[nodiscard]] int error() const { return error_; }
    /// Runs `then`; what it returned. Once.
    [[nodiscard]] int go();
    /// Ends it and waits for that.
    void end();
    /// The inode number of one of its namespaces, by /proc/PID/ns.
    [[nodiscard]] unsigned ns(const std::string& file) const;

  private:
    int to_child_ = -1, from_child_ = -1;
    pid_t pid_ = -1;
    int error_ = 0;
};

/// errno where a call failed, for an Act: `return failed(::unshare(CLONE_NEWUTS));`
int failed(long result);

/// Text to a file, in one write(2); 0 or errno.
int write_text(const std::string& path, const std::string& text);

} // namespace live
