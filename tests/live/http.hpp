#pragma once

#include <cstdint>
#include <string>

namespace live {

/// A port of the loopback address that nobody has now.
[[nodiscard]] std::uint16_t free_port();

/// What a server at that port of the loopback address answers, headers included; empty: there is none.
[[nodiscard]] std::string http_get(std::uint16_t port, const std::string& path);

} // namespace live
