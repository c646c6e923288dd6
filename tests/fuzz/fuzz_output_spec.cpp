#include <string>

#include "check.hpp"
#include "output/output_spec.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(nsscope::fuzz::text_of(data, size));
    const auto spec = nsscope::OutputSpec::parse(text);
    if (!spec) {
        nsscope::fuzz::check(!spec.error().what.empty(), "an error says what is wrong");
        return 0;
    }
    nsscope::fuzz::check(spec->text == text, "what was written is kept");
    nsscope::fuzz::check(spec->path.empty() || spec->path.front() == '/', "a path is whole");
    nsscope::fuzz::check(spec->queue_bytes >= 1024, "a queue has room for a record");
    const auto again = nsscope::OutputSpec::parse(spec->text);
    nsscope::fuzz::check(again && again->kind == spec->kind && again->path == spec->path &&
                             again->file == spec->file && again->queue_bytes == spec->queue_bytes,
                         "it is read the same way again");
    return 0;
}
