#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <sys/types.h>

#include "base/unique_fd.hpp"

namespace live {

/// A setting, and what is known of it.
struct Setting {
    std::string name;      ///< with slashes
    std::size_t holds = 4; ///< ctl_table.maxlen
    /// Whose it is: of the writer's network or UTS namespace (false), or the machine's, and not to be written.
    bool shared = false;
    bool needs_capability =
        false; ///< over the user namespace that owns the network namespace, beside the permission
};

/// What one process is asked to do.
struct Attempt {
    bool is_write = true;
    unsigned net = 0;     ///< the network namespace in which the file was opened
    unsigned setting = 0; ///< which
    std::uint64_t position = 0;
};

/// A process that reads and writes settings as it is told.
class SysctlWriter {
  public:
    enum class How {
        plain,
        own_pid_ns,
        own_user_ns,
    };
    SysctlWriter(pid_t pid, nsscope::UniqueFd socket) : pid_(pid), socket_(std::move(socket)) {}

    [[nodiscard]] pid_t pid() const { return pid_; }
    /// 0, or the errno that it got; nullopt: it is gone.
    [[nodiscard]] std::optional<int> try_it(const Attempt& attempt, const std::string& value) const;

  private:
    pid_t pid_;
    nsscope::UniqueFd socket_;
};

/// The network namespaces of a test, the files of settings opened in each, and processes in them. The thread that makes
/// this has a UTS namespace of its own for as long as it lives.
class SysctlWriters {
  public:
    SysctlWriters(const SysctlWriters&) = delete;
    SysctlWriters& operator=(const SysctlWriters&) = delete;
    ~SysctlWriters();
    /// `nets`: how many network namespaces; the first is the initial one. In each other there are interfaces of these
    /// names; where the kernel can add none, a single one is the
    /// loopback device under that name. Settings that are not there are left out.
    SysctlWriters(unsigned nets, const std::vector<std::string>& interfaces, std::vector<Setting> settings);

    [[nodiscard]] const std::string& problem() const { return problem_; }
    [[nodiscard]] const std::vector<Setting>& settings() const { return settings_; }
    [[nodiscard]] const std::vector<std::uint32_t>& inums() const { return inums_; }
    /// Can this setting be read (written) in this network namespace?
    [[nodiscard]] bool has(unsigned net, unsigned setting, bool to_write) const;
    [[nodiscard]] std::string value_of(unsigned net, unsigned setting) const;
    void set(unsigned net, unsigned setting, const std::string& value) const;

    /// A process in this cgroup and network namespace. nullptr: `problem` says why not.
    [[nodiscard]] std::unique_ptr<SysctlWriter> start(const std::string& cgroup_directory,
                                                      SysctlWriter::How how, unsigned net);

  private:
    [[nodiscard]] bool enter(unsigned net) const;
    void open_settings(std::vector<Setting> settings);

    std::string problem_;
    std::vector<Setting> settings_;
    std::vector<nsscope::UniqueFd> nets_;
    std::vector<std::uint32_t> inums_;
    std::vector<std::vector<nsscope::UniqueFd>> files_; ///< by network namespace and setting
    nsscope::UniqueFd pid_ns_, uts_ns_;
};

} // namespace live
