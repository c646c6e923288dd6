#pragma once

#include <string>
#include <string_view>

namespace nsscope {

/// Text that came from another process is hostile: it may hold any byte. These two functions are the only
/// places where it is made fit for a reader.

/// Appends `bytes` as valid UTF-8: each byte that does not belong to a well-formed sequence (Unicode 15,
/// table 3-7) becomes U+FFFD. Control characters stay; a JSON writer escapes them.
void append_utf8(std::string& out, std::string_view bytes);

/// Appends `bytes` so that a terminal shows it and does nothing else: control characters (C0, DEL, C1),
/// bidirectional and other invisible formatting characters, and bytes that are not UTF-8, are written as
/// \xNN or \u{NNNN}; a backslash as \\. A space stays; a newline or tab becomes \n or \t.
void append_printable(std::string& out, std::string_view bytes);

[[nodiscard]] std::string to_utf8(std::string_view bytes);
[[nodiscard]] std::string to_printable(std::string_view bytes);

} // namespace nsscope
