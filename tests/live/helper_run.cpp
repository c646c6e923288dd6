#include "helper_run.hpp"

#include "json.hpp"

namespace live {
namespace {

using json::Value;

SeenWho read_who(const Value& value) {
    return {.pid = json::u32(value, "pid"),
            .tid = json::u32(value, "tid"),
            .ppid = json::u32(value, "ppid"),
            .ns_pid = json::u32(value, "ns_pid"),
            .uid = json::u32(value, "uid"),
            .start_ticks = json::at(value, "start_ticks").GetUint64(),
            .comm = json::text(value, "comm"),
            .exe = json::text(value, "exe")};
}

SeenView read_view(const Value& value) {
    SeenView view;
    for (std::size_t i = 0; i < view.size(); i++) {
        const auto& pair = json::array(value, slot_names[i]);
        view[i] = {pair[0].GetUint(), pair[1].GetUint64()};
    }
    return view;
}

Step read_step(const std::string& line) {
    rapidjson::Document document;
    if (document.Parse(line.c_str()).HasParseError()) json::fail("nshelper says: " + line);
    Step step;
    step.who = read_who(json::at(document, "who"));
    if (document.HasMember("note")) step.note = json::text(document, "note");
    if (document.HasMember("before")) step.before = read_view(document["before"]);
    if (document.HasMember("after")) step.after = read_view(document["after"]);
    if (document.HasMember("count")) step.count = document["count"].GetUint64();
    if (document.HasMember("pids"))
        for (const auto& pid : document["pids"].GetArray()) step.pids.push_back(pid.GetInt());
    if (document.HasMember("tasks"))
        for (const auto& task : document["tasks"].GetArray())
            step.tasks.push_back({json::u32(task, "pid"), json::u32(task, "tid"), json::u32(task, "ppid"),
                                  task["how"].GetInt(), task["fd"].GetInt(), json::u32(task, "inum"),
                                  json::u32(task, "mnt"), read_view(task["view"])});
    if (!document.HasMember("call")) return step;
    step.call = json::text(document, "call");
    step.result = static_cast<long>(json::at(document, "result").GetInt64());
    if (!document["flags"].IsNull()) step.flags = document["flags"].GetUint64();
    if (document.HasMember("child"))
        step.child = Step::Child{read_who(document["child"]["who"]), read_view(document["child"]["view"])};
    return step;
}

std::vector<std::string> command(std::vector<std::string> steps) {
    steps.insert(steps.begin(), helper());
    return steps;
}

} // namespace

std::vector<Step> parse_steps(const std::string& output) {
    std::vector<Step> steps;
    for (const auto& line : lines_of(output)) steps.push_back(read_step(line));
    return steps;
}

Helper::Helper(std::vector<std::string> steps, const ProcessOptions& options)
    : process_(command(std::move(steps)), options) {}

bool Helper::wait_for(const std::string& note, int count) {
    const auto text = "{\"note\":\"" + note + '"';
    const auto found =
        process_.wait_for_line([&](std::string_view line) { return line.starts_with(text) && --count == 0; });
    EXPECT_TRUE(found) << "nshelper does not come to '" << note << "': " << process_.output()
                       << process_.errors();
    return found.has_value();
}

std::vector<Step> Helper::finish(int status) {
    process_.end_input();
    EXPECT_EQ(process_.wait().value_or(-1), status) << process_.output() << process_.errors();
    return steps();
}

std::vector<Step> run_helper(const std::vector<std::string>& steps, const ProcessOptions& options) {
    return Helper(steps, options).finish();
}

bool has_note(const std::vector<Step>& steps, const std::string& note) {
    for (const auto& step : steps)
        if (step.note == note) return true;
    return false;
}

std::set<std::uint32_t> callers(const std::vector<Step>& steps) {
    std::set<std::uint32_t> pids;
    for (const auto& step : steps) pids.insert(step.who.pid);
    return pids;
}

} // namespace live
