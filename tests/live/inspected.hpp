#pragma once

#include <memory>
#include <string>
#include <vector>

#include <rapidjson/document.h>

#include "process.hpp"
#include "subject.hpp"

namespace live {

/// What `nsscope inspect -J` says.
class Inspected {
  public:
    explicit Inspected(std::vector<std::string> words, const ProcessOptions& options = {});

    int status = -1;
    std::string errors;

    /// The whole answer.
    [[nodiscard]] const rapidjson::Value& answer() const { return *document_; }
    /// Its namespace of that kind, and what is inside; throws where there is none.
    [[nodiscard]] const rapidjson::Value& ns(const std::string& type) const;
    [[nodiscard]] const rapidjson::Value& contents(const std::string& type) const;

  private:
    std::unique_ptr<rapidjson::Document> document_;
};

/// The object in an array that has this text, or number, in that field; nullptr: none.
const rapidjson::Value* find_in(const rapidjson::Value& array, const char* field, const std::string& text);
const rapidjson::Value* find_in(const rapidjson::Value& array, const char* field, long number);

/// A command by nsenter(1) in namespaces of a process: what it prints. `kinds`: "-n" and the like.
std::string within(const Subject& subject, const std::vector<std::string>& kinds,
                   std::vector<std::string> command);

/// The words of each line.
std::vector<std::vector<std::string>> words_of(const std::string& text);

} // namespace live
