#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"

namespace nsscope {

/// Values of an answer as JSON: 64-bit numbers are strings, and what is not known is null.
inline void put(JsonWriter& json, std::string_view text) { json.value(text); }
inline void put(JsonWriter& json, const std::string& text) { json.value(text); }
inline void put(JsonWriter& json, const char* text) { json.value(text); }
inline void put(JsonWriter& json, std::same_as<bool> auto flag) { json.value(flag); }
template <std::integral Number>
requires(!std::same_as<Number, bool>) void put(JsonWriter& json, Number number) {
    if constexpr (sizeof(Number) < 8)
        json.value(number);
    else if constexpr (std::unsigned_integral<Number>)
        json.value_u64_string(number);
    else
        json.value(std::to_string(number));
}
template <typename Value>
void put(JsonWriter& json, const std::optional<Value>& value) {
    if (value)
        put(json, *value);
    else
        json.null();
}
template <typename Value>
requires(std::integral<Value> ||
         std::same_as<Value, std::string>) void put(JsonWriter& json, const std::vector<Value>& values) {
    json.begin_array();
    for (const auto& value : values) put(json, value);
    json.end_array();
}

template <typename Value>
void field(JsonWriter& json, std::string_view key, const Value& value) {
    json.key(key);
    put(json, value);
}
inline void null_field(JsonWriter& json, std::string_view key) {
    json.key(key);
    json.null();
}
/// An empty text stands for one that could not be learned.
inline void text_field(JsonWriter& json, std::string_view key, std::string_view text) {
    json.key(key);
    if (text.empty())
        json.null();
    else
        json.value(text);
}
/// An object, its fields put by `put_fields()`.
template <typename PutFields>
void object_field(JsonWriter& json, std::string_view key, PutFields put_fields) {
    json.key(key);
    json.begin_object();
    put_fields();
    json.end_object();
}
/// The same for what may not be known.
template <typename Value, typename PutFields>
void object_field(JsonWriter& json, std::string_view key, const std::optional<Value>& value,
                  PutFields put_fields) {
    if (value)
        object_field(json, key, [&] { put_fields(*value); });
    else
        null_field(json, key);
}
/// An array of objects, one for each of `values`, its fields put by `put_fields(value)`.
template <typename Values, typename PutFields>
void objects_field(JsonWriter& json, std::string_view key, const Values& values, PutFields put_fields) {
    json.key(key);
    json.begin_array();
    for (const auto& value : values) {
        json.begin_object();
        put_fields(value);
        json.end_object();
    }
    json.end_array();
}
/// The same for what may not be known.
template <typename Values, typename PutFields>
void objects_field(JsonWriter& json, std::string_view key, const std::optional<Values>& values,
                   PutFields put_fields) {
    if (values)
        objects_field(json, key, *values, put_fields);
    else
        null_field(json, key);
}

} // namespace nsscope
