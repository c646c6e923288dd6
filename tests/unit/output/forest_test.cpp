#include "output/forest_json.hpp"
#include "output/forest_text.hpp"

#include <gtest/gtest.h>

#include "golden.hpp"
#include "sample.hpp"

namespace nsscope {
namespace {

Forest sample_forest(const Snapshot& snapshot) {
    static const auto all = all_of(sample_snapshot());
    return grow_forest(snapshot, {all, std::nullopt, true});
}

std::string drawn(bool utf8, std::size_t width = 0) {
    const auto snapshot = sample_snapshot();
    std::string text;
    append_table(text, make_forest_table(snapshot, sample_forest(snapshot), utf8),
                 {.headings = false, .width = width});
    return text;
}

TEST(ForestText, Utf8) {
    const Utf8Locale locale;
    expect_golden("tree.txt", drawn(true));
}

TEST(ForestText, Ascii) { expect_golden("tree-ascii.txt", drawn(false)); }

TEST(ForestText, CutToTheTerminal) {
    const auto text = drawn(false, 40);
    for (std::size_t start = 0; start < text.size();) {
        const auto end = text.find('\n', start);
        EXPECT_LE(end - start, 40U);
        start = end + 1;
    }
}

TEST(ForestJson, Sample) {
    const auto snapshot = sample_snapshot();
    std::string text;
    append_forest_json(text, snapshot, sample_forest(snapshot));
    expect_golden("tree.json", text);
}

} // namespace
} // namespace nsscope
