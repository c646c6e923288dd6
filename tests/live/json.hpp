#pragma once

#include <cstdint>
#include <optional>
#include <rapidjson/document.h>
#include <stdexcept>
#include <string>

/// Reads what must be there and must be of that kind; throws std::runtime_error where it is not.
namespace live::json {

using Value = rapidjson::Value;

[[noreturn]] inline void fail(const std::string& what) { throw std::runtime_error(what); }

inline const Value& at(const Value& object, const char* key) {
    if (!object.IsObject()) fail(std::string("no object, where '") + key + "' is looked for");
    const auto member = object.FindMember(key);
    if (member == object.MemberEnd()) fail(std::string("'") + key + "' is missing");
    return member->value;
}

inline std::string text(const Value& object, const char* key) {
    const auto& value = at(object, key);
    if (!value.IsString()) fail(std::string("'") + key + "' is no string");
    return {value.GetString(), value.GetStringLength()};
}

inline std::uint32_t u32(const Value& object, const char* key) {
    const auto& value = at(object, key);
    if (!value.IsUint()) fail(std::string("'") + key + "' is no number of 32 bits");
    return value.GetUint();
}

inline bool boolean(const Value& object, const char* key) {
    const auto& value = at(object, key);
    if (!value.IsBool()) fail(std::string("'") + key + "' is neither true nor false");
    return value.GetBool();
}

/// A 64-bit number: a string of digits with no 0 before them.
inline std::uint64_t u64(const Value& object, const char* key) {
    const auto digits = text(object, key);
    if (digits.empty() || digits.find_first_not_of("0123456789") != std::string::npos ||
        (digits.size() > 1 && digits[0] == '0'))
        fail(std::string("'") + key + "' is no 64-bit number: " + digits);
    return std::stoull(digits);
}

inline const Value& array(const Value& object, const char* key) {
    const auto& value = at(object, key);
    if (!value.IsArray()) fail(std::string("'") + key + "' is no array");
    return value;
}

/// nullopt for null.
template <typename Read>
auto nullable(const Value& object, const char* key, Read read) {
    using Result = std::optional<decltype(read(object, key))>;
    return at(object, key).IsNull() ? Result() : Result(read(object, key));
}

} // namespace live::json
