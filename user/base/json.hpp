#pragma once

#include <algorithm>
#include <cassert>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <new>
#include <string>
#include <string_view>

#include <rapidjson/writer.h>

#include "base/clock.hpp"
#include "base/text.hpp"

namespace nsscope {
namespace json_detail {

/// RapidJSON's output stream over a std::string. While a value is being written the string is longer than
/// what is in it, so that a token costs one check of the room; Flush(), called at the end of the outermost
/// value, cuts it to size.
class StringStream {
  public:
    using Ch = char;

    explicit StringStream(std::string& out) : out_(&out) {}

    void Put(char c) {
        char* p = reserve(1);
        *p = c;
        advance_to(p + 1);
    }
    void Flush() {
        if (cursor_ != nullptr) out_->resize(used());
        cursor_ = end_ = nullptr;
    }

    /// Makes room for `count` bytes and says where they go. advance_to() takes what was written.
    [[nodiscard]] char* reserve(std::size_t count) {
        if (static_cast<std::size_t>(end_ - cursor_) < count) [[unlikely]]
            grow(count);
        return cursor_;
    }
    void advance_to(char* end) { cursor_ = end; }

  private:
    [[nodiscard]] std::size_t used() const { return static_cast<std::size_t>(cursor_ - out_->data()); }
    [[gnu::noinline]] void grow(std::size_t count) {
        constexpr std::size_t step = 1024; // about one record; std::string sees to doubling
        const std::size_t size = cursor_ == nullptr ? out_->size() : used();
        out_->resize(size + std::max(count, step));
        cursor_ = out_->data() + size;
        end_ = out_->data() + out_->size();
    }

    std::string* out_;
    char* cursor_ = nullptr;
    char* end_ = nullptr;
};

inline std::uint64_t load8(const char* p) {
    std::uint64_t word = 0;
    std::memcpy(&word, p, sizeof word);
    return word;
}

/// Whether any of eight bytes is a control character, DEL, a quote, a backslash, or not ASCII. Borrows and
/// carries between bytes start only at a byte that is one of these, so they never make a wrong yes.
inline bool needs_care(std::uint64_t word) {
    constexpr std::uint64_t ones = 0x0101010101010101U;
    const std::uint64_t control = word - ones * 0x20;
    const std::uint64_t del = word + ones;
    const std::uint64_t quote = (word ^ (ones * '"')) - ones;
    const std::uint64_t backslash = (word ^ (ones * '\\')) - ones;
    return ((word | control | del | quote | backslash) & (ones * 0x80)) != 0;
}

/// Whether `text` can stand in a JSON string as it is.
inline bool is_plain(std::string_view text) {
    const std::size_t size = text.size();
    const char* p = text.data();
    if (size >= 8) {
        for (std::size_t i = 0; i + 8 < size; i += 8)
            if (needs_care(load8(p + i))) return false;
        return !needs_care(load8(p + size - 8)); // the last eight overlap the ones before
    }
    char padded[8] = {' ', ' ', ' ', ' ', ' ', ' ', ' ', ' '};
    text.copy(padded, size);
    return !needs_care(load8(padded));
}

/// RapidJSON's writer, which keeps the nesting, with a faster way to put tokens: each with its separator in
/// one go, where RapidJSON puts every character by itself. (RapidJSON's own remedy, RAPIDJSON_SSE42, must
/// stay undefined: in 1.1.0 it lets 0x1A to 0x1F through unescaped.)
class Writer : public rapidjson::Writer<StringStream> {
  public:
    explicit Writer(StringStream& stream) : rapidjson::Writer<StringStream>(stream) {}

    /// `text` must need no escape.
    [[gnu::always_inline]] void key(std::string_view text) {
        assert(in_object() && level_stack_.Top<Level>()->valueCount % 2 == 0 && is_plain(text));
        put_quoted(text);
    }
    /// `text` must need no escape.
    [[gnu::always_inline]] void plain_string(std::string_view text) {
        assert(may_hold_value());
        put_quoted(text);
    }
    /// A value that is written as it is: true, a number, ready JSON.
    [[gnu::always_inline]] void literal(std::string_view text) {
        assert(may_hold_value());
        char* p = begin_token(text.size());
        end_token(p + text.copy(p, text.size()));
    }
    template <std::integral T>
    void number(T value) {
        assert(may_hold_value());
        char* p = begin_token(digits<T>);
        end_token(std::to_chars(p, p + digits<T>, value).ptr);
    }
    template <std::integral T>
    void quoted_number(T value) {
        assert(may_hold_value());
        char* p = begin_token(digits<T> + 2);
        *p++ = '"';
        p = std::to_chars(p, p + digits<T>, value).ptr;
        *p++ = '"';
        end_token(p);
    }
    void open(bool array) {
        assert(may_hold_value());
        char* p = begin_token(1);
        *p++ = array ? '[' : '{';
        os_->advance_to(p);
        new (level_stack_.Push<Level>()) Level(array);
    }
    void close([[maybe_unused]] bool array) {
        assert(array ? in_array() : in_object() && level_stack_.Top<Level>()->valueCount % 2 == 0);
        level_stack_.Pop<Level>(1);
        char* p = os_->reserve(1);
        *p++ = array ? ']' : '}';
        end_token(p);
    }

  private:
    /// Room for any T in decimal: the sign, and the digit that digits10 leaves out.
    template <std::integral T>
    static constexpr std::size_t digits = std::numeric_limits<T>::digits10 + 2;

    [[nodiscard]] bool in_array() const {
        return !level_stack_.Empty() && level_stack_.Top<Level>()->inArray;
    }
    [[nodiscard]] bool in_object() const {
        return !level_stack_.Empty() && !level_stack_.Top<Level>()->inArray;
    }
    [[nodiscard]] bool may_hold_value() const {
        return !in_object() || level_stack_.Top<Level>()->valueCount % 2 == 1;
    }

    [[gnu::always_inline]] void put_quoted(std::string_view text) {
        char* p = begin_token(text.size() + 2);
        *p++ = '"';
        p += text.copy(p, text.size());
        *p++ = '"';
        end_token(p);
    }
    /// Puts the separator that is due; returns where `size` bytes may go.
    [[gnu::always_inline]] char* begin_token(std::size_t size) {
        char* p = os_->reserve(size + 1);
        if (level_stack_.Empty()) return p;
        Level& level = *level_stack_.Top<Level>();
        const std::size_t before = level.valueCount++; // in an object, keys count too
        *p = level.inArray || before % 2 == 0 ? ',' : ':';
        return before == 0 ? p : p + 1;
    }
    [[gnu::always_inline]] void end_token(char* end) {
        os_->advance_to(end);
        if (level_stack_.Empty()) [[unlikely]]
            os_->Flush(); // this ends the outermost value
    }
};

} // namespace json_detail

/// Streams JSON (RFC 8259), without spaces, to the end of a string, which must outlive the writer. Any number
/// of values may follow one another; the caller puts what belongs between them (a newline, in NDJSON).
///
/// While a value is open, that is from the outermost begin_object() or begin_array() to its end, the string
/// is the writer's: the caller may read, change or clear it only in between. A writer that is kept, with a
/// string that is cleared and filled again, allocates nothing.
///
/// Text may hold any byte; see append_json_escaped(). Calls in an order that gives no JSON (a value without a
/// key, an end without a begin) are a bug in the caller, caught by assert.
class JsonWriter {
  public:
    explicit JsonWriter(std::string& out) : stream_(out), writer_(stream_) {}
    JsonWriter(const JsonWriter&) = delete;
    JsonWriter& operator=(const JsonWriter&) = delete;
    JsonWriter(JsonWriter&&) = delete;
    JsonWriter& operator=(JsonWriter&&) = delete;
    ~JsonWriter() = default;

    void begin_object() { writer_.open(false); }
    void end_object() { writer_.close(false); }
    void begin_array() { writer_.open(true); }
    void end_array() { writer_.close(true); }

    /// `name` must need no escape, as any plain word. Nothing that comes from another process is a key.
    [[gnu::always_inline]] void key(std::string_view name) { writer_.key(name); }

    /// A string of any bytes.
    void value(std::string_view bytes) {
        if (json_detail::is_plain(bytes)) [[likely]]
            return writer_.plain_string(bytes);
        scratch_.clear();
        append_json_escaped(scratch_, bytes);
        writer_.plain_string(scratch_);
    }
    void value(const std::string& bytes) { value(std::string_view{bytes}); }
    void value(const char* text) { value(std::string_view{text}); }

    void value(std::same_as<bool> auto flag) { writer_.literal(flag ? "true" : "false"); }
    void null() { writer_.literal("null"); }

    /// A JSON number. An unsigned one of 64 bits is not taken: say value_u64_string() or value_count().
    template <std::integral T>
    requires(!std::same_as<T, bool> && !std::same_as<T, char> &&
             (sizeof(T) < 8 || std::signed_integral<T>)) void value(T number) {
        writer_.number(number);
    }
    /// A number of 64 bits as a string of decimal digits: many readers of JSON keep 53 bits of a number only.
    void value_u64_string(std::uint64_t number) { writer_.quoted_number(number); }
    /// A JSON number, for what is counted and never comes near 2^53.
    void value_count(std::uint64_t number) { writer_.number(number); }

    /// A time as a string, as Rfc3339 writes it. `epoch_ns`: nanoseconds since the epoch.
    void value_time(std::int64_t epoch_ns) { writer_.plain_string(time_.format(epoch_ns)); }

    /// `json` must be a JSON value by itself; it is copied as it is.
    void raw(std::string_view json) { writer_.literal(json); }

  private:
    json_detail::StringStream stream_;
    json_detail::Writer writer_;
    Rfc3339 time_;
    std::string scratch_;
};

} // namespace nsscope
