#pragma once

#include <string>
#include <vector>

#include "helper_run.hpp"
#include "record.hpp"

namespace live {

/// What the stream must say of these steps, no more and no less, worked out from what the threads saw of themselves
/// before and after: a line a record, in order.
[[nodiscard]] std::vector<std::string> expected_lines(std::vector<Step> steps);

/// The same of records.
[[nodiscard]] std::vector<std::string> actual_lines(const std::vector<Record>& records);

/// Runs nshelper under `nsscope events`, and expects what it did to be in the stream, exactly. Returns the records.
std::vector<Record> expect_told(const std::vector<std::string>& steps);
/// The same for what is known already.
std::vector<Record> expect_told(const std::vector<Step>& steps, const std::vector<Record>& records);

/// The kinds of a record's changes, in order: "uts", or "pid+" for pid_for_children.
[[nodiscard]] std::string kinds(const Record& record);
/// For all records: "ns.unshare uts".
[[nodiscard]] std::vector<std::string> summary(const std::vector<Record>& records);

} // namespace live
