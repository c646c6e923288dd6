#pragma once

#include <string>
#include <string_view>

namespace nsscope {

/// Text that came from another process is hostile: it may hold any byte. These functions are the only
/// places where it is made fit for a reader. None of them fails; each takes time linear in its input.

/// Appends `bytes` as valid UTF-8: each byte that does not belong to a well-formed sequence (Unicode 15,
/// table 3-7) becomes U+FFFD. Control characters stay; a JSON writer escapes them.
void append_utf8(std::string& out, std::string_view bytes);

/// Appends `bytes` so that a terminal shows it and does nothing else: control characters (C0, DEL, C1),
/// bidirectional and other invisible formatting characters, and bytes that are not UTF-8, are written as
/// \xNN or \u{NNNN}; a backslash as \\. A space stays; a newline or tab becomes \n or \t.
///
/// \xNN is one byte (C0, DEL, or not UTF-8); \u{NNNN} one character, in four or more hexadecimal digits. No
/// two inputs give the same output.
void append_printable(std::string& out, std::string_view bytes);

/// Appends `bytes` as the inside of a JSON string (RFC 8259, section 7), without the quotes. What is not
/// UTF-8 becomes U+FFFD as in append_utf8(). Beyond what JSON asks for, every character that
/// append_printable() hides is written as \uNNNN: the value is the same, and a terminal that shows the JSON
/// obeys none of it.
void append_json_escaped(std::string& out, std::string_view bytes);

[[nodiscard]] std::string to_utf8(std::string_view bytes);
[[nodiscard]] std::string to_printable(std::string_view bytes);

} // namespace nsscope
