#include "schema.hpp"

#include <map>
#include <memory>
#include <rapidjson/schema.h>
#include <rapidjson/stringbuffer.h>
#include <stdexcept>

namespace live {
namespace {

using rapidjson::Document;
using rapidjson::SchemaDocument;

/// Which definition is for which record: the schema's own list of if and then.
std::map<std::string, std::string> references(const Document& schema) {
    std::map<std::string, std::string> all;
    for (const auto& choice : schema["allOf"].GetArray()) {
        const auto& event = choice["if"]["properties"]["event"];
        const std::string target = choice["then"]["$ref"].GetString();
        if (event.HasMember("const")) all[event["const"].GetString()] = target;
        if (!event.HasMember("enum")) continue;
        for (const auto& name : event["enum"].GetArray()) all[name.GetString()] = target;
    }
    return all;
}

/// The same schema for records of one kind.
std::unique_ptr<SchemaDocument> schema_for(const Document& whole, const std::string& reference) {
    Document one;
    one.SetObject();
    auto& memory = one.GetAllocator();
    rapidjson::Value definitions(whole["definitions"], memory), target, all(rapidjson::kArrayType);
    target.SetObject();
    target.AddMember("$ref", rapidjson::Value(reference.c_str(), memory), memory);
    all.PushBack(target, memory);
    one.AddMember("definitions", definitions, memory);
    one.AddMember("allOf", all, memory);
    return std::make_unique<SchemaDocument>(one);
}

std::map<std::string, std::unique_ptr<SchemaDocument>> load() {
    Document whole;
    if (whole.Parse(event_schema_text).HasParseError()) throw std::runtime_error("the schema is no JSON");
    std::map<std::string, std::unique_ptr<SchemaDocument>> schemas;
    for (const auto& [event, reference] : references(whole)) schemas[event] = schema_for(whole, reference);
    return schemas;
}

} // namespace

std::string violation(const Document& record, const std::string& event) {
    static const auto schemas = load();
    const auto found = schemas.find(event);
    if (found == schemas.end()) return "the schema knows no event '" + event + "'";
    rapidjson::SchemaValidator validator(*found->second);
    if (record.Accept(validator)) return {};
    rapidjson::StringBuffer place;
    validator.GetInvalidDocumentPointer().StringifyUriFragment(place);
    return std::string("against the schema (") + validator.GetInvalidSchemaKeyword() + ") at " +
           place.GetString();
}

} // namespace live
