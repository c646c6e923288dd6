#pragma once

#include <map>
#include <string>
#include <sys/types.h>

#include "live.hpp"

namespace live {

/// What a container is to be like.
struct Wish {
    /// Kinds by the names of OCI -> the path of the namespace to be in, or "host"; of all others it gets its own.
    std::map<std::string, std::string> shared{};
    std::string annotations{}; ///< as in config.json, without the braces
    std::string script{};      ///< what its first process does, by the shell of busybox; empty: it sleeps
    std::string sysctls{};     ///< as in config.json, without the braces
    std::string cgroup{};      ///< a path in the unified hierarchy, which is then all that the runtime sees
    bool own_user_ns = false;  ///< in which its root is this machine's uid 100000
};

/// A container that a runtime runs, and that is gone with this. Its root directory has a busybox, /proc, and this
/// machine's /usr.
class RealContainer {
  public:
    RealContainer(std::string runtime, std::string id, Wish wish = {});
    RealContainer(const RealContainer&) = delete;
    RealContainer& operator=(const RealContainer&) = delete;
    ~RealContainer();

    void start();
    void end();
    /// Starts another process in it, as `exec` of the runtime does: what it says.
    [[nodiscard]] std::string exec(const std::string& script) const;
    /// Waits for the first process to end: what it said.
    [[nodiscard]] std::string finish() const;

    [[nodiscard]] pid_t pid() const { return pid_; } ///< 0: it did not start
    [[nodiscard]] std::string output() const;
    [[nodiscard]] std::string ns(const std::string& type) const;

  private:
    std::string run_runtime(const std::string& arguments) const;

    std::string runtime_, id_;
    Wish wish_;
    Scratch bundle_;
    pid_t pid_ = 0;
};

} // namespace live
