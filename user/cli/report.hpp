#pragma once

#include <span>
#include <string_view>

#include "base/result.hpp"
#include "model/scan.hpp"

namespace nsscope {

/// Writes one line to stderr: "nsscope: WHAT; HINT". Both may hold text from elsewhere; it is made fit for a
/// terminal here.
void print_error(const Error& error);

/// The same for something that does not end the program.
void print_notice(std::string_view text);

/// Writes a line to stderr for each thing that an answer lacks.
void print_issues(std::span<const Issue> issues);

/// Writes everything, or fails with the errno of write(2). EAGAIN (a nonblocking descriptor) is waited out.
[[nodiscard]] Result<void> write_all(int fd, std::string_view bytes);

/// Writes `answer` to standard output and gives the exit status: `status` when all of it went out; 0 and no
/// word when the reader went away (EPIPE, with SIGPIPE ignored); else 1 and an error line.
[[nodiscard]] int write_answer(std::string_view answer, int status);
/// The exit status, and the word, for an answer that could not be written: see write_answer().
[[nodiscard]] int unwritten(const Error& error);

} // namespace nsscope
