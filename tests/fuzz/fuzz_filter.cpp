#include <string>

#include "check.hpp"
#include "filter/filter.hpp"

namespace {

/// Has two of everything.
class Record : public nsscope::FieldReader {
  public:
    void read(nsscope::Field field, std::vector<nsscope::FieldValue>& values) const override {
        if (nsscope::info(field).kind == nsscope::FieldKind::number) {
            values.emplace_back(std::int64_t{0});
            values.emplace_back(std::int64_t{4711});
        } else {
            values.emplace_back(std::string_view("/a/b"));
            values.emplace_back(std::string_view(""));
        }
    }
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(nsscope::fuzz::text_of(data, size));
    const auto filter = nsscope::Filter::parse(text);
    if (!filter) {
        const auto& error = filter.error();
        const auto line_end = error.hint.find('\n');
        nsscope::fuzz::check(line_end != std::string::npos && error.hint.back() == '^',
                             "an error shows the place");
        nsscope::fuzz::check(error.hint.find('\n', line_end + 1) == std::string::npos, "in two lines");
        return 0;
    }
    const auto opposite = nsscope::Filter::parse("not (" + text + ")");
    nsscope::fuzz::check(opposite.has_value(), "what can be read can be read in parentheses");
    nsscope::fuzz::check(opposite->matches(Record()) != filter->matches(Record()), "not is the opposite");
    return 0;
}
