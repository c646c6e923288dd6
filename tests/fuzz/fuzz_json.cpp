#include <rapidjson/document.h>

#include "base/json.hpp"
#include "check.hpp"

/// What is written must be read back, by a strict reader, as the same text made UTF-8.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using nsscope::fuzz::check;
    const std::string_view bytes = nsscope::fuzz::text_of(data, size);
    const std::string utf8 = nsscope::to_utf8(bytes);

    std::string out;
    nsscope::JsonWriter json(out);
    json.begin_object();
    json.key("text");
    json.value(bytes);
    json.key("list");
    json.begin_array();
    for (std::size_t i = 0; i < bytes.size() && i < 16; ++i) json.value(bytes.substr(i));
    json.end_array();
    json.end_object();
    for (const char c : out)
        check(static_cast<unsigned char>(c) >= 0x20 && c != 0x7F, "JSON has no control characters");

    rapidjson::Document document;
    document.Parse<rapidjson::kParseValidateEncodingFlag>(out.data(), out.size());
    check(!document.HasParseError() && document.IsObject(), "what is written is JSON");
    const auto& text = document["text"];
    check(std::string_view(text.GetString(), text.GetStringLength()) == utf8, "the text is read back");
    const auto list = document["list"].GetArray();
    check(list.Size() == std::min<std::size_t>(bytes.size(), 16), "the list is read back");
    for (rapidjson::SizeType i = 0; i < list.Size(); ++i)
        check(std::string_view(list[i].GetString(), list[i].GetStringLength()) ==
                  nsscope::to_utf8(bytes.substr(i)),
              "each of the list is read back");
    return 0;
}
