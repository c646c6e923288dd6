#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <rapidjson/document.h>

namespace nsscope {

/// One place where two JSON values differ. The values are JSON themselves; nullopt: there is nothing on that side.
struct JsonDifference {
    std::string path; ///< "interfaces[eth0].mtu"; raw bytes
    std::optional<std::string> a, b;
    bool operator==(const JsonDifference&) const = default;
};

/// What nsscope's own answers know of their arrays, by the name of the field that holds one.
struct JsonArrayKey {
    std::string_view array; ///< or an object, of which some fields are ignored
    /// The fields that tell its objects apart.
    std::vector<std::string_view> fields;
    /// Fields that say nothing when two namespaces are compared: numbers that are never the same.
    std::vector<std::string_view> ignored{};
};

/// Compares two values, objects field by field, arrays as sets: of objects by their key, of all else by value. An array of
/// objects that `keys` does not have is compared by place. Fields of `ignored` are passed over, wherever they are.
/// Linear but for sorting; goes as deep as the values do, which the caller must have limited.
[[nodiscard]] std::vector<JsonDifference> json_differences(const rapidjson::Value& a,
                                                           const rapidjson::Value& b,
                                                           const std::vector<JsonArrayKey>& keys,
                                                           const std::vector<std::string_view>& ignored);

/// The value as JSON, escaped as append_json_escaped() does.
[[nodiscard]] std::string json_text(const rapidjson::Value& value);

} // namespace nsscope
