#include "base/json.hpp"

#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <limits>

namespace nsscope {
namespace {

using namespace std::string_view_literals;

/// What a strict reader makes of one JSON string.
std::string read_back(const std::string& json) {
    rapidjson::Document document;
    document.Parse<rapidjson::kParseValidateEncodingFlag | rapidjson::kParseFullPrecisionFlag>(json.data(),
                                                                                               json.size());
    EXPECT_FALSE(document.HasParseError()) << json;
    if (document.HasParseError() || !document.IsString()) return "not a JSON string";
    return {document.GetString(), document.GetStringLength()};
}

template <typename Value>
std::string written(const Value& value) {
    std::string out;
    JsonWriter json(out);
    json.value(value);
    return out;
}

TEST(JsonWriter, PutsSeparatorsWhereTheyBelong) {
    std::string out;
    JsonWriter json(out);
    json.begin_object();
    json.key("a");
    json.value(1);
    json.key("b");
    json.begin_array();
    json.value("x");
    json.begin_object();
    json.end_object();
    json.begin_array();
    json.end_array();
    json.null();
    json.end_array();
    json.key("c");
    json.begin_object();
    json.key("d");
    json.begin_object();
    json.key("e");
    json.value(true);
    json.key("f");
    json.value(false);
    json.end_object();
    json.end_object();
    json.key("g");
    json.raw(R"({"ready":[1,2]})");
    json.end_object();
    EXPECT_EQ(out, R"({"a":1,"b":["x",{},[],null],"c":{"d":{"e":true,"f":false}},"g":{"ready":[1,2]}})");
}

TEST(JsonWriter, WritesNumbersInFull) {
    EXPECT_EQ(written(0), "0");
    EXPECT_EQ(written(std::numeric_limits<std::int32_t>::min()), "-2147483648");
    EXPECT_EQ(written(std::numeric_limits<std::uint32_t>::max()), "4294967295");
    EXPECT_EQ(written(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
    EXPECT_EQ(written(std::numeric_limits<std::int64_t>::max()), "9223372036854775807");
    EXPECT_EQ(written(std::uint16_t{65535}), "65535");
    EXPECT_EQ(written(std::int8_t{-128}), "-128");
    EXPECT_EQ(written(std::uint8_t{7}), "7");

    std::string out;
    JsonWriter json(out);
    json.value_u64_string(std::numeric_limits<std::uint64_t>::max());
    json.value_count(std::numeric_limits<std::uint64_t>::max());
    json.value_u64_string(0);
    EXPECT_EQ(out, R"("18446744073709551615"18446744073709551615"0")");
}

template <typename T>
concept Writable = requires(JsonWriter json, T value) {
    json.value(value);
};
static_assert(Writable<std::int64_t> && Writable<std::uint32_t> && Writable<bool> && Writable<std::string>);
static_assert(!Writable<std::uint64_t>, "a 64-bit number is a string in our JSON");
static_assert(!Writable<char> && !Writable<void*> && !Writable<double>);

TEST(JsonWriter, TakesTextOfEveryType) {
    EXPECT_EQ(written("literal"), R"("literal")"); // and not true
    EXPECT_EQ(written(std::string{"string"}), R"("string")");
    EXPECT_EQ(written("view"sv), R"("view")");
    EXPECT_EQ(written(std::string_view{}), R"("")");
}

TEST(JsonWriter, WritesTimes) {
    std::string out;
    JsonWriter json(out);
    json.value_time(1'795'312'065'000'000'001);
    EXPECT_EQ(out, R"("2026-11-22T01:47:45.000000001Z")");
}

/// A byte that needs an escape is found wherever it stands, beside every other byte.
TEST(JsonWriter, EscapesEveryByteAtEveryPlace) {
    for (std::size_t size = 1; size <= 20; ++size) {
        for (std::size_t place = 0; place < size; ++place) {
            for (unsigned byte = 0; byte < 256; ++byte) {
                std::string text(size, 'x');
                text[place] = static_cast<char>(byte);
                const std::string json = written(text);
                EXPECT_EQ(read_back(json), to_utf8(text)) << json;
                const bool plain = byte >= 0x20 && byte < 0x7F && byte != '"' && byte != '\\';
                EXPECT_EQ(json == '"' + text + '"', plain) << json;
            }
        }
    }
}

TEST(JsonWriter, HostileText) {
    for (const auto text :
         {"\"},{\"pid\":1,\"x\":\""sv, "\\"sv, "\\\""sv, "\xC3"sv, "\xF4\x90\x80\x80 and more"sv, "a\0b"sv,
          "\u2028\u2029\u202E"sv, "\U000E0001\U0001F600 long enough for two words"sv, "\x7F\x80\x9B"sv}) {
        const std::string json = written(text);
        EXPECT_EQ(read_back(json), to_utf8(text));
        for (const char c : json) EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x20 && c != 0x7F) << json;
    }
}

TEST(JsonWriter, HandsTheStringBackBetweenValues) {
    std::string out = "before ";
    JsonWriter json(out);
    for (int i = 0; i < 3; ++i) {
        json.begin_array();
        json.value(i);
        json.end_array();
        out += '\n';
    }
    EXPECT_EQ(out, "before [0]\n[1]\n[2]\n");
    out.clear();
    json.value("scalar");
    EXPECT_EQ(out, R"("scalar")");
    out = std::string(5000, '-');
    json.begin_object();
    json.end_object();
    EXPECT_EQ(out, std::string(5000, '-') + "{}");
}

TEST(JsonWriter, AllocatesNothingOnceWarm) {
    std::string out;
    out.reserve(8192);
    const char* const place = out.data();
    JsonWriter json(out);
    for (int i = 0; i < 1000; ++i) {
        out.clear();
        json.begin_object();
        json.key("comm");
        json.value("nginx\x1B");
        json.end_object();
    }
    EXPECT_EQ(out, R"({"comm":"nginx\u001b"})");
    EXPECT_EQ(out.data(), place);
}

TEST(JsonWriter, GrowsPastEveryBuffer) {
    std::string out;
    JsonWriter json(out);
    std::string expected = "[";
    json.begin_array();
    for (std::size_t size = 0; size < 3000; size += 7) {
        const std::string text(size, 'y');
        json.value(text);
        expected += (size == 0 ? "\"" : ",\"") + text + '"';
    }
    json.end_array();
    EXPECT_EQ(out, expected + ']');
}

TEST(JsonWriter, NestsDeeply) {
    std::string out;
    JsonWriter json(out);
    for (int i = 0; i < 1000; ++i) json.begin_array();
    for (int i = 0; i < 1000; ++i) json.end_array();
    EXPECT_EQ(out, std::string(1000, '[') + std::string(1000, ']'));
}

#ifndef NDEBUG
TEST(JsonWriterDeathTest, RefusesWhatIsNoJson) {
    std::string out;
    JsonWriter json(out);
    EXPECT_DEATH(json.end_object(), "");
    EXPECT_DEATH(json.key("k"), "");
    json.begin_object();
    EXPECT_DEATH(json.value(1), "");
    EXPECT_DEATH(json.begin_array(), "");
    EXPECT_DEATH(json.end_array(), "");
    EXPECT_DEATH(json.key("no\"key"), "");
    json.key("k");
    EXPECT_DEATH(json.key("k"), "");
    EXPECT_DEATH(json.end_object(), "");
    json.null();
    json.end_object();
}
#endif

} // namespace
} // namespace nsscope
