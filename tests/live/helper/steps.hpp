#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace nshelper {

/// Runs the steps, from the first to the last; each prints a line. Returns the exit status.
int run_steps(const std::vector<std::string>& steps);

/// A list within a step: "a+b".
std::vector<std::string> split(const std::string& text, char separator);

/// Makes this program, or another copy of it, anew in the same process, with these steps. Returns only when that
/// fails.
void become(const std::vector<std::string>& steps, const std::string& program = "/proc/self/exe");

/// Waits for a line on standard input; false at its end.
bool wait_for_line();

/// A forest of processes and threads in namespaces of their own, the same for the same seed, until standard input
/// ends.
int run_forest(unsigned seed, unsigned processes);

/// Forks and executes as fast as it can.
int run_churn(double seconds);

/// Calls unshare(CLONE_NEWUTS) as fast as it can, without a word in between.
int run_storm(double seconds, unsigned long most);

/// The caller becomes root in its own user namespace, so that it may make more of them.
bool map_root();

} // namespace nshelper
