#include "inspected.hpp"

#include <sstream>

#include "json.hpp"

namespace live {

Inspected::Inspected(std::vector<std::string> words, const ProcessOptions& options)
    : document_(std::make_unique<rapidjson::Document>()) {
    words.insert(words.begin(), {"inspect", "-J"});
    const auto done = nsscope(words, options);
    status = done.status;
    errors = done.errors;
    EXPECT_TRUE(status == 0 || status == 3) << status << ": " << errors;
    if (status != 0 && status != 3) return;
    EXPECT_FALSE(
        document_->Parse<rapidjson::kParseValidateEncodingFlag>(done.output.c_str()).HasParseError());
    EXPECT_EQ(json::boolean(*document_, "complete"), status == 0);
    EXPECT_EQ(json::boolean(*document_, "complete"), json::array(*document_, "issues").Empty());
}

const rapidjson::Value& Inspected::ns(const std::string& type) const {
    const auto* found = find_in(json::array(*document_, "namespaces"), "type", type);
    if (found == nullptr) json::fail("no namespace of kind " + type);
    return *found;
}

const rapidjson::Value& Inspected::contents(const std::string& type) const {
    return json::at(ns(type), "contents");
}

const rapidjson::Value* find_in(const rapidjson::Value& array, const char* field, const std::string& text) {
    for (const auto& object : array.GetArray())
        if (const auto& value = json::at(object, field); value.IsString() && value.GetString() == text)
            return &object;
    return nullptr;
}

const rapidjson::Value* find_in(const rapidjson::Value& array, const char* field, long number) {
    for (const auto& object : array.GetArray())
        if (const auto& value = json::at(object, field); value.IsInt64() && value.GetInt64() == number)
            return &object;
    return nullptr;
}

std::string within(const Subject& subject, const std::vector<std::string>& kinds,
                   std::vector<std::string> command) {
    std::vector<std::string> words{find_in_path("nsenter"), "-t", std::to_string(subject.pid())};
    words.insert(words.end(), kinds.begin(), kinds.end());
    words.insert(words.end(), command.begin(), command.end());
    const auto done = run(words);
    EXPECT_EQ(done.status, 0) << done.errors;
    return done.output;
}

std::vector<std::vector<std::string>> words_of(const std::string& text) {
    std::vector<std::vector<std::string>> lines;
    for (const auto& line : lines_of(text)) {
        std::istringstream stream(line);
        auto& words = lines.emplace_back();
        for (std::string word; stream >> word;) words.push_back(word);
    }
    return lines;
}

} // namespace live
