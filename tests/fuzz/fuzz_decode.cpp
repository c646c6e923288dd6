#include <algorithm>
#include <cstring>
#include <memory>
#include <rapidjson/document.h>
#include <span>
#include <string>

#include "base/text.hpp"
#include "check.hpp"
#include "events/decode.hpp"
#include "events/record.hpp"

namespace {

using namespace nsscope;
using fuzz::check;

constexpr Position position{.seq = 1, .time_ns = 1'795'312'065'000'000'001, .mono_ns = 2};

void check_json(const Event& event, Names& names) {
    std::string line;
    JsonWriter json(line);
    write_json(json, event, position, names);
    for (const char c : line) check(static_cast<unsigned char>(c) >= 0x20, "JSON has no control characters");
    rapidjson::Document document;
    document.Parse<rapidjson::kParseValidateEncodingFlag>(line.data(), line.size());
    check(!document.HasParseError() && document.IsObject(), "a record is a JSON object");
    check(document["namespaces"].Size() == event.nr_changes, "every change is written");
    check(document["process"].IsNull() == !event.task.has_value(), "who did it is written");
}

void check_text(const Event& event, Names& names) {
    std::string line;
    append_text(line, event, position, names);
    check(to_utf8(line) == line, "the text is UTF-8");
    for (std::size_t i = 0; i < line.size(); ++i) {
        const auto byte = static_cast<unsigned char>(line[i]);
        check(byte >= 0x20 && byte != 0x7F, "the text has no control characters");
        check(byte != 0xC2 || static_cast<unsigned char>(line[i + 1]) >= 0xA0, "nor those of C1");
    }
}

/// One record, in memory of just its size.
void take(std::span<const std::uint8_t> input, Event& event, Names& names) {
    const std::unique_ptr<std::byte[]> bytes(new std::byte[input.size()]);
    if (!input.empty()) std::memcpy(bytes.get(), input.data(), input.size());
    ExeName exe;
    switch (decode({bytes.get(), input.size()}, event, exe)) {
    case Decoded::malformed: return;
    case Decoded::exe: names.learn(exe); return;
    case Decoded::event: break;
    }
    check_json(event, names);
    check_text(event, names);
}

} // namespace

/// The input is a row of records, each preceded by its length in two bytes; the cgroups' names are made of it, too.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto all = fuzz::text_of(data, size);
    Names names([all](std::uint64_t id) -> std::optional<std::string> {
        if (id % 4 == 0) return std::nullopt;
        return std::string("/").append(all.substr(std::min<std::size_t>(id % 64, all.size()), 100));
    });
    Event event; // one for all, as in the stream
    std::span<const std::uint8_t> rest(data, size);
    while (rest.size() >= 2) {
        const std::size_t asked = rest[0] + rest[1] * std::size_t{256};
        rest = rest.subspan(2);
        const auto record = rest.first(std::min(asked, rest.size()));
        take(record, event, names);
        rest = rest.subspan(record.size());
    }
    return 0;
}
