#pragma once

#include <csignal>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "process.hpp"
#include "record.hpp"

namespace live {

/// `nsscope events`, from its start on.
class Stream {
  public:
    /// Returns when `start` was there: what is done from now on is in the stream.
    explicit Stream(std::vector<std::string> options = {}, const ProcessOptions& process = {});

    /// Waits until a record that `is_it` says yes to has come. Only lines with one of `words` in them are looked at:
    /// others on this machine may do much. `is_it` may change them.
    bool wait_for(const std::function<bool(const Record&)>& is_it, Duration timeout = patience,
                  const std::vector<std::string>& words = {""}, Process::Place from = {0, 0});
    /// Ends it and returns all records, after a look at what must be so in every stream.
    const std::vector<Record>& finish(int signal = SIGINT);
    /// The same for one that ends by itself.
    const std::vector<Record>& await_end();

    [[nodiscard]] Process& process() { return process_; }
    [[nodiscard]] int status() const { return status_; }
    [[nodiscard]] const Totals& totals() const { return totals_; }
    [[nodiscard]] const std::vector<Record>& records() const { return records_; }

  private:
    Process process_;
    std::vector<Record> records_;
    Totals totals_;
    int status_ = -1;
};

/// A part of a stream that has begun before, and goes on: `nsscope events`, without options, is started once for suites
/// that follow each other, as starting takes an emulated machine seconds. What a Stream can tell of itself at its end is
/// looked at when it ends: before a suite without a Watch starts nsscope, or when all tests are over.
class Watch {
  public:
    Watch();

    /// As Stream's.
    bool wait_for(const std::function<bool(const Record&)>& is_it, Duration timeout = patience,
                  const std::vector<std::string>& words = {""});
    /// Returns what was told from the construction on, of all that happened until now, after the `start` record.
    const std::vector<Record>& finish();
    [[nodiscard]] const std::vector<Record>& records() const { return records_; }

  private:
    Process::Place from_;
    std::vector<Record> records_;
};

/// Ends the stream that Watches share, unless this suite has made one: what its tests do may be so much that looking on
/// takes longer than they do.
void end_unwatched_stream();

/// Reads a whole stream. Fails the test where it is not one: seq with a gap, no `start`, no `end`, totals that do not
/// add up. The status must go with it.
[[nodiscard]] std::vector<Record> check_stream(const std::string& output, int status);

/// Those about what these processes, or children of theirs, did; deaths are nobody's.
[[nodiscard]] std::vector<Record> of_processes(const std::vector<Record>& records,
                                               const std::set<std::uint32_t>& pids);

} // namespace live
