#include "output/json_diff.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "base/json.hpp"

namespace nsscope {
namespace {

using rapidjson::Value;

std::string_view text_of(const Value& value) { return {value.GetString(), value.GetStringLength()}; }

/// A file's keys may be anything, those that nsscope writes are plain words.
std::string plain_key(std::string_view key) {
    std::string plain(key);
    for (auto& c : plain)
        if (c < ' ' || c > '~' || c == '"' || c == '\\') c = '?';
    return plain;
}

void write(JsonWriter& json, const Value& value) {
    if (value.IsNull()) return json.null();
    if (value.IsBool()) return json.value(value.GetBool());
    if (value.IsString()) return json.value(text_of(value));
    if (value.IsArray()) {
        json.begin_array();
        for (const auto& element : value.GetArray()) write(json, element);
        return json.end_array();
    }
    if (value.IsObject()) {
        json.begin_object();
        for (const auto& member : value.GetObject()) {
            json.key(plain_key(text_of(member.name)));
            write(json, member.value);
        }
        return json.end_object();
    }
    if (value.IsInt64()) return json.value(value.GetInt64());
    if (value.IsUint64()) return json.value_count(value.GetUint64());
    json.raw(fmt::format("{}", value.GetDouble()));
}

bool is_one_of(std::string_view name, const std::vector<std::string_view>& names) {
    return std::ranges::find(names, name) != names.end();
}

class Comparison {
  public:
    Comparison(const std::vector<JsonArrayKey>& keys, const std::vector<std::string_view>& ignored)
        : keys_(keys), ignored_(ignored) {}

    std::vector<JsonDifference> found;

    /// `array`: what is known of the field that holds the two, or the array in which they are.
    void compare(const std::string& path, const Value& a, const Value& b, const JsonArrayKey* array) {
        if (a.IsObject() && b.IsObject()) return compare_objects(path, a, b, array);
        if (a.IsArray() && b.IsArray()) return compare_arrays(path, a, b);
        if (a != b) found.push_back({path, json_text(a), json_text(b)});
    }

  private:
    void compare_objects(const std::string& path, const Value& a, const Value& b, const JsonArrayKey* array) {
        const auto passed_over = [&](std::string_view name) {
            return is_one_of(name, ignored_) || (array != nullptr && is_one_of(name, array->ignored));
        };
        std::map<std::string_view, const Value*> others;
        for (const auto& member : b.GetObject()) others.emplace(text_of(member.name), &member.value);
        for (const auto& member : a.GetObject()) {
            const auto name = text_of(member.name);
            const auto other = others.find(name);
            const auto* value = other == others.end() ? nullptr : other->second;
            if (value != nullptr) others.erase(other);
            if (passed_over(name)) continue;
            if (value == nullptr)
                found.push_back({below(path, name), json_text(member.value), std::nullopt});
            else
                compare(below(path, name), member.value, *value, known(name));
        }
        for (const auto& [name, value] : others)
            if (!passed_over(name)) found.push_back({below(path, name), std::nullopt, json_text(*value)});
    }

    void compare_arrays(const std::string& path, const Value& a, const Value& b) {
        const auto holds_objects = [](const Value& array) { return !array.Empty() && array[0].IsObject(); };
        if (holds_objects(a) || holds_objects(b))
            compare_keyed(path, a, b);
        else
            compare_sets(path, a, b);
    }

    const JsonArrayKey* known(std::string_view name) const {
        const auto key = std::ranges::find(keys_, name, &JsonArrayKey::array);
        return key == keys_.end() ? nullptr : &*key;
    }

    void compare_keyed(const std::string& path, const Value& a, const Value& b) {
        const auto name = std::string_view(path).substr(path.rfind('.') + 1); // npos + 1 is 0
        const auto* array = known(name);
        auto others = by_key(b, array);
        for (const auto& [key, value] : by_key(a, array)) {
            const auto place = fmt::format("{}[{}]", path, key);
            const auto other = others.find(key);
            if (other == others.end()) {
                found.push_back({place, json_text(*value), std::nullopt});
            } else {
                compare(place, *value, *other->second, array);
                others.erase(other);
            }
        }
        for (const auto& [key, value] : others)
            found.push_back({fmt::format("{}[{}]", path, key), std::nullopt, json_text(*value)});
    }

    /// Those with the same key, and those without, are told apart by their order.
    static std::map<std::string, const Value*> by_key(const Value& array, const JsonArrayKey* known) {
        std::map<std::string, const Value*> result;
        std::map<std::string, std::size_t> times;
        for (const auto& element : array.GetArray()) {
            std::string key;
            if (known != nullptr && element.IsObject())
                for (const auto field : known->fields) {
                    const auto member = element.FindMember(
                        rapidjson::StringRef(field.data(), static_cast<rapidjson::SizeType>(field.size())));
                    if (member == element.MemberEnd()) continue;
                    if (!key.empty()) key += ' ';
                    key += member->value.IsString() ? std::string(text_of(member->value))
                                                    : json_text(member->value);
                }
            const auto before = times[key]++;
            if (before != 0 || key.empty()) key += fmt::format("{}#{}", key.empty() ? "" : " ", before + 1);
            while (!result.emplace(key, &element).second) key += '\'';
        }
        return result;
    }

    void compare_sets(const std::string& path, const Value& a, const Value& b) {
        const auto sorted = [](const Value& array) {
            std::vector<std::string> values;
            for (const auto& element : array.GetArray()) values.push_back(json_text(element));
            std::ranges::sort(values);
            return values;
        };
        const auto left = sorted(a), right = sorted(b);
        const auto only = [](const auto& one, const auto& other) {
            std::vector<std::string> values;
            std::ranges::set_difference(one, other, std::back_inserter(values));
            return values;
        };
        const auto in_a = only(left, right), in_b = only(right, left);
        const auto text = [](const std::vector<std::string>& values) -> std::optional<std::string> {
            if (values.empty()) return std::nullopt;
            return fmt::format("[{}]", fmt::join(values, ","));
        };
        if (!in_a.empty() || !in_b.empty()) found.push_back({path, text(in_a), text(in_b)});
    }

    static std::string below(const std::string& path, std::string_view name) {
        return path.empty() ? std::string(name) : path + '.' + std::string(name);
    }

    const std::vector<JsonArrayKey>& keys_;
    const std::vector<std::string_view>& ignored_;
};

} // namespace

std::vector<JsonDifference> json_differences(const Value& a, const Value& b,
                                             const std::vector<JsonArrayKey>& keys,
                                             const std::vector<std::string_view>& ignored) {
    Comparison comparison(keys, ignored);
    comparison.compare({}, a, b, nullptr);
    return std::move(comparison.found);
}

std::string json_text(const Value& value) {
    std::string text;
    JsonWriter json(text);
    if (value.IsArray() || value.IsObject()) {
        write(json, value);
        return text;
    }
    json.begin_array(); // the writer leaves a lone scalar's buffer as it is
    write(json, value);
    json.end_array();
    return text.substr(1, text.size() - 2);
}

} // namespace nsscope
