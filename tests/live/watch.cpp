#include <fcntl.h>
#include <memory>
#include <sched.h>
#include <string>
#include <unistd.h>
#include <utility>

#include "live.hpp"
#include "stream.hpp"

namespace live {
namespace {

/// The stream that Watches look into.
struct Shared {
    Stream stream;
    Process::Place last; // where the newest Watch begins
};
std::unique_ptr<Shared> shared; // NOLINT: a test has no other place for what outlives it

/// The suite that runs has made a Watch.
bool is_watching = false;

void end_shared() {
    if (const auto ending = std::move(shared)) ending->stream.finish();
}

class EndOfShared : public testing::EmptyTestEventListener {
  public:
    void OnTestSuiteStart(const testing::TestSuite& /*suite*/) override { is_watching = false; }
    void OnEnvironmentsTearDownStart(const testing::UnitTest& /*all*/) override { end_shared(); }
};
const bool end_of_shared = [] {
    testing::UnitTest::GetInstance()->listeners().Append(new EndOfShared); // gtest's from now on
    return true;
}();

Shared& the_shared() {
    if (!shared) shared = std::make_unique<Shared>();
    return *shared;
}

Stream& the_stream() { return the_shared().stream; }

/// Makes a record that says nothing but where in the stream we are, waits for it, and returns what came before it,
/// from `from` on, which is then behind it. The kernel writes the stream in the order in which things happen.
std::vector<std::string> lines_until_now(Process::Place& from) {
    static int number = 0x10000; // never a kind of namespace
    ::setns(-1, ++number);
    std::array<char, 64> flags{}, process{};
    std::snprintf(flags.data(), flags.size(), "\"flags_raw\":\"0x%x\"", static_cast<unsigned>(number));
    std::snprintf(process.data(), process.size(), "\"pid\":%d,", ::getpid());
    std::vector<std::string> lines;
    const auto is_ours = [&](std::string_view line) {
        if (line.find(flags.data()) != std::string_view::npos &&
            line.find(process.data()) != std::string_view::npos)
            return true;
        lines.emplace_back(line);
        return false;
    };
    if (!the_stream().process().wait_for_line(is_ours, patience, from, &from))
        ADD_FAILURE() << "the stream does not go on; " << the_stream().process().errors();
    return lines;
}

} // namespace

void end_unwatched_stream() {
    if (!is_watching) end_shared();
}

Watch::Watch() {
    is_watching = true;
    auto& last = the_shared().last;
    (void)lines_until_now(last);
    from_ = last;
}

bool Watch::wait_for(const std::function<bool(const Record&)>& is_it, Duration timeout,
                     const std::vector<std::string>& words) {
    return the_stream().wait_for(is_it, timeout, words, from_);
}

const std::vector<Record>& Watch::finish() {
    records_.clear();
    if (const auto start = the_stream().process().wait_for_line([](std::string_view) { return true; }))
        records_.push_back(parse_record(*start));
    auto end = from_;
    for (const auto& line : lines_until_now(end))
        records_.push_back(parse_record(line, records_.size() < often(5000)));
    for (const auto& record : records_) EXPECT_EQ(record.loss, 0U) << record.line;
    return records_;
}

} // namespace live
