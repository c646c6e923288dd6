// A saved snapshot that anybody may have written, compared with itself and with an empty one.
#include <rapidjson/document.h>

#include "check.hpp"
#include "output/diff_report.hpp"

using nsscope::fuzz::check;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto snapshot = nsscope::parse_saved_snapshot(nsscope::fuzz::text_of(data, size));
    if (!snapshot) {
        check(!snapshot.error().what.empty(), "a refusal says why");
        return 0;
    }
    nsscope::DiffReport with_itself, with_nothing;
    nsscope::compare_snapshots(*snapshot, *snapshot, with_itself);
    const auto nothing = nsscope::parse_saved_snapshot(R"({"schema":"nsscope.snapshot/1","namespaces":[]})");
    nsscope::compare_snapshots(*snapshot, *nothing, with_nothing);
    check(with_nothing.entries.size() == snapshot->namespaces.size(), "nothing is lost");
    for (auto* report : {&with_itself, &with_nothing}) {
        report->a.file = report->b.file = "x";
        std::string json, text;
        nsscope::append_diff_json(json, *report);
        nsscope::append_diff_text(text, *report);
        rapidjson::Document document;
        document.Parse<rapidjson::kParseValidateEncodingFlag | rapidjson::kParseIterativeFlag>(json.c_str());
        check(!document.HasParseError(), "the answer is JSON");
        for (const char c : text)
            check((static_cast<unsigned char>(c) >= ' ' && c != 0x7f) || c == '\n',
                  "a terminal gets no control byte");
    }
    return 0;
}
