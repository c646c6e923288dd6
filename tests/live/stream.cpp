#include "stream.hpp"

#include <algorithm>

namespace live {
namespace {

/// Checking a line against the schema takes as long as a hundred of them take to come.
constexpr std::size_t most_with_schema = 5000;

std::vector<std::string> command(std::vector<std::string> options) {
    options.insert(options.begin(), {program(), "events"});
    return options;
}

std::vector<Record> parse(const std::string& output) {
    std::vector<Record> records;
    for (const auto& line : lines_of(output)) {
        records.push_back(parse_record(line, records.size() < often(most_with_schema)));
    }
    return records;
}

} // namespace

std::vector<Record> check_stream(const std::string& output, int status) {
    EXPECT_TRUE(output.ends_with('\n')) << "the last line is cut off";
    auto records = parse(output);
    if (records.size() < 2) {
        ADD_FAILURE() << "no stream: " << output;
        return records;
    }
    EXPECT_EQ(records.front().event, "start");
    EXPECT_EQ(records.back().event, "end");
    std::uint64_t seq = 0, happened = 0, lost = 0;
    for (const auto& record : records) {
        EXPECT_EQ(record.seq, ++seq) << record.line;
        if (record.seq != seq) break;
        if (record.is_happening()) happened++;
        lost += record.loss;
        EXPECT_EQ(record.event == "start", &record == &records.front()) << record.line;
        EXPECT_EQ(record.event == "end", &record == &records.back()) << record.line;
    }
    if (!records.back().totals) return records;
    const auto& totals = *records.back().totals;
    EXPECT_EQ(totals.delivered, happened);
    EXPECT_EQ(totals.lost, lost);
    EXPECT_EQ(totals.produced, totals.delivered + totals.filtered + totals.lost);
    EXPECT_EQ(status, lost > 0 ? 3 : 0);
    return records;
}

Stream::Stream(std::vector<std::string> options, const ProcessOptions& process)
    : process_(command(std::move(options)), process) {
    const auto is_start = [](std::string_view line) {
        return line.find("\"event\":\"start\"") != std::string_view::npos;
    };
    if (!process_.wait_for_line(is_start)) ADD_FAILURE() << "no start; " << process_.errors();
}

bool Stream::wait_for(const std::function<bool(const Record&)>& is_it, Duration timeout,
                      const std::vector<std::string>& words, Process::Place from) {
    const auto look = [&](std::string_view line) {
        const auto has = [line](const std::string& word) {
            return line.find(word) != std::string_view::npos;
        };
        return std::ranges::any_of(words, has) && is_it(parse_record(std::string(line), false));
    };
    return process_.wait_for_line(look, timeout, from).has_value();
}

const std::vector<Record>& Stream::finish(int signal) {
    process_.signal(signal);
    return await_end();
}

const std::vector<Record>& Stream::await_end() {
    const auto status = process_.wait();
    EXPECT_TRUE(status) << "it does not end";
    status_ = status.value_or(-1);
    records_ = check_stream(process_.output(), status_);
    if (!records_.empty() && records_.back().totals) totals_ = *records_.back().totals;
    EXPECT_EQ(process_.errors(), "");
    return records_;
}

std::vector<Record> of_processes(const std::vector<Record>& records, const std::set<std::uint32_t>& pids) {
    std::vector<Record> chosen;
    for (const auto& record : records)
        if (record.event != "ns.destroy" && record.process && pids.contains(record.process->pid))
            chosen.push_back(record);
    return chosen;
}

} // namespace live
