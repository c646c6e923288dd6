#include "check.hpp"
#include "presenter/settings.hpp"

/// The file in which `nsscope top` keeps what its user chose.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace nsscope;
    using fuzz::check;
    const auto settings = tui::parse_settings(fuzz::text_of(data, size));
    if (!settings) {
        check(!settings.error().what.empty(), "a refusal says why");
        return 0;
    }
    for (const auto& columns : settings->columns)
        check(!columns.empty() && columns.back() == tui::ColumnId::name, "the last column is the name");
    const auto text = tui::to_text(*settings);
    const auto again = tui::parse_settings(text);
    check(again && tui::to_text(*again) == text, "what is written is read the same");
    return 0;
}
