#include "recording/pack.hpp"

namespace nsscope {

std::uint64_t Unpacker::number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        if (rest_.empty()) break;
        const auto byte = static_cast<unsigned char>(rest_.front());
        rest_.remove_prefix(1);
        value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
        if (byte < 0x80) return good_ ? value : 0;
    }
    good_ = false;
    return 0;
}

std::int64_t Unpacker::signed_number() {
    const auto bits = number();
    return static_cast<std::int64_t>((bits >> 1) ^ (~(bits & 1) + 1));
}

std::string_view Unpacker::text() {
    const auto size = number();
    if (size > rest_.size()) good_ = false;
    if (!good_) return {};
    const auto value = rest_.substr(0, static_cast<std::size_t>(size));
    rest_.remove_prefix(value.size());
    return value;
}

std::size_t Unpacker::count(std::size_t least) {
    const auto value = number();
    if (value > rest_.size() / least) good_ = false;
    return good_ ? static_cast<std::size_t>(value) : 0;
}

} // namespace nsscope
