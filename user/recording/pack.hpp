#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace nsscope {

/// Appends values to a payload of a recording (docs/record.md): numbers in groups of seven bits, the lowest first, the highest
/// bit of a byte saying that another one follows (LEB128); texts with their length before them.
class Packer {
  public:
    /// `out` is the caller's and outlives this.
    explicit Packer(std::string& out) : out_(out) {}

    void number(std::uint64_t value) {
        for (; value >= 0x80; value >>= 7) out_ += static_cast<char>(value | 0x80);
        out_ += static_cast<char>(value);
    }
    /// Zigzag: 0, -1, 1, -2, ... are 0, 1, 2, 3, ...
    void signed_number(std::int64_t value) {
        const auto bits = static_cast<std::uint64_t>(value);
        number((bits << 1) ^ (value < 0 ? ~std::uint64_t{0} : 0));
    }
    void text(std::string_view value) {
        number(value.size());
        out_ += value;
    }

  private:
    std::string& out_;
};

/// Reads them again, from any bytes: what is missing reads as 0 or nothing, and good() is false from there on.
class Unpacker {
  public:
    explicit Unpacker(std::string_view bytes) : rest_(bytes) {}

    [[nodiscard]] bool good() const { return good_; }
    /// Whether that was all, and all of it could be read.
    [[nodiscard]] bool finished() const { return good_ && rest_.empty(); }

    std::uint64_t number();
    std::int64_t signed_number();
    /// A number that fits; else good() is false.
    template <typename T>
    T small() {
        const auto value = number();
        if (value > static_cast<std::uint64_t>(std::numeric_limits<T>::max())) good_ = false;
        return good_ ? static_cast<T>(value) : T{};
    }
    /// Valid as long as the bytes are.
    std::string_view text();
    /// How many things follow, each of at least `least` bytes: never more than there can be.
    std::size_t count(std::size_t least);

  private:
    std::string_view rest_;
    bool good_ = true;
};

} // namespace nsscope
