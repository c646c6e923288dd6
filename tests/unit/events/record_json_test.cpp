#include <functional>
#include <set>

#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include "../output/golden.hpp"
#include "events/record.hpp"
#include "samples.hpp"

namespace nsscope {
namespace {

/// The golden files are also checked against docs/schema/event-1.schema.json, by tests/docs.
void expect_golden_line(std::string_view name, const std::string& line) {
    SCOPED_TRACE(name);
    EXPECT_EQ(line.find('\n'), std::string::npos) << "one record, one line";
    rapidjson::Document document;
    document.Parse<rapidjson::kParseValidateEncodingFlag>(line.data(), line.size());
    EXPECT_FALSE(document.HasParseError());
    expect_golden("events/" + std::string(name) + ".json", line + '\n');
}

std::string written(const std::function<void(JsonWriter&)>& write) {
    std::string line;
    JsonWriter json(line);
    write(json);
    return line;
}

std::string to_json(const Event& event) {
    auto names = samples::names();
    return written([&](JsonWriter& json) { write_json(json, event, samples::position, names); });
}

std::set<std::string> flags_of(Syscall syscall, std::uint64_t flags) {
    std::set<std::string> found;
    each_clone_flag(syscall, flags, [&found](std::string_view name) { found.emplace(name); });
    return found;
}

TEST(RecordJson, Events) {
    for (const auto& sample : samples::all()) expect_golden_line(sample.name, to_json(sample.event));
}

TEST(RecordJson, StartLossEnd) {
    using samples::position;
    expect_golden_line("start",
                       written([](JsonWriter& json) { write_start_json(json, samples::start(), position); }));
    auto nameless = samples::start();
    nameless.host = nameless.boot_id = "";
    nameless.observed = 0;
    expect_golden_line("start-nameless", written([&nameless](JsonWriter& json) {
                           write_start_json(json, nameless, position);
                       }));
    expect_golden_line(
        "reload", written([](JsonWriter& json) { write_reload_json(json, samples::start(), position); }));
    expect_golden_line("loss",
                       written([](JsonWriter& json) { write_loss_json(json, samples::losses, position); }));
    expect_golden_line("end",
                       written([](JsonWriter& json) { write_end_json(json, samples::totals, position); }));
}

TEST(RecordJson, WhatExists) {
    using samples::position;
    Existing net;
    net.ns.type = NsType::net;
    net.ns.ref = {4026532281, 25469};
    net.ns.owner_user_ns = 4026531837;
    net.ns.owner_uid = 0;
    net.ns.members = {4711, 4712};
    net.ns.nthreads = 3;
    net.threads = {{4712, 4713}};
    expect_golden_line("exists",
                       written([&](JsonWriter& json) { write_exists_json(json, net, false, position); }));
    Existing empty;
    empty.ns.type = NsType::user;
    empty.ns.ref = {4026532290, 0};
    expect_golden_line("exists-resync",
                       written([&](JsonWriter& json) { write_exists_json(json, empty, true, position); }));
    expect_golden_line("sync", written([](JsonWriter& json) { write_sync_json(json, 33, false, position); }));
    expect_golden_line("sync-resync",
                       written([](JsonWriter& json) { write_sync_json(json, 33, true, position); }));
    Event gone;
    gone.type = EventType::ns_destroy;
    gone.observed = gone.resync = true;
    gone.changes[gone.nr_changes++] = {.slot = NsSlot::uts, .from = NsRef{4026532291, 7}, .to = {}};
    expect_golden_line("destroy-resync", to_json(gone));
}

TEST(RecordJson, EveryTypeHasAGoldenRecord) {
    std::set<EventType> types;
    std::set<std::string_view> files;
    for (const auto& sample : samples::all()) {
        types.insert(sample.event.type);
        EXPECT_TRUE(files.insert(sample.name).second) << sample.name << " twice";
    }
    EXPECT_EQ(types.size(), event_types.size());
}

TEST(RecordJson, TextOfOthersStaysText) {
    for (const auto& sample : samples::switches()) {
        if (sample.name != "unshare-hostile") continue;
        const auto line = to_json(sample.event);
        for (const char c : line) EXPECT_GE(static_cast<unsigned char>(c), 0x20);
        EXPECT_EQ(line.find("\xe2\x80"), std::string::npos) << "U+202E or U+200B unescaped";
        rapidjson::Document document;
        document.Parse<rapidjson::kParseValidateEncodingFlag>(line.data(), line.size());
        ASSERT_FALSE(document.HasParseError());
        EXPECT_EQ(std::string(document["process"]["comm"].GetString()),
                  "\x1b[2J\xef\xbf\xbd\"\\\n\xe2\x80\xae"
                  "c");
    }
}

TEST(RecordJson, FlagsByName) {
    EXPECT_EQ(flags_of(Syscall::unshare, 0), std::set<std::string>{});
    EXPECT_EQ(flags_of(Syscall::unshare, 0x00000080), std::set<std::string>{"CLONE_NEWTIME"});
    EXPECT_EQ(flags_of(Syscall::clone3, 0x00000080), std::set<std::string>{"CLONE_NEWTIME"});
    EXPECT_EQ(flags_of(Syscall::clone, 0x000000ff), std::set<std::string>{});
    EXPECT_EQ(flags_of(Syscall::clone, 0x200000ff), std::set<std::string>{"CLONE_NEWPID"});
    EXPECT_EQ(flags_of(Syscall::setns, 0x7e020080),
              (std::set<std::string>{"CLONE_NEWCGROUP", "CLONE_NEWIPC", "CLONE_NEWNET", "CLONE_NEWNS",
                                     "CLONE_NEWPID", "CLONE_NEWTIME", "CLONE_NEWUSER", "CLONE_NEWUTS"}));
    EXPECT_EQ(flags_of(Syscall::unshare, ~std::uint64_t{0x7e020080}), std::set<std::string>{});
}

TEST(RecordJson, ErrorNames) {
    EXPECT_EQ(error_name(-EPERM), "EPERM");
    EXPECT_EQ(error_name(-EUSERS), "EUSERS");
    EXPECT_EQ(error_name(-EAGAIN), "EAGAIN");
    EXPECT_EQ(error_name(-4095), "-4095");
    EXPECT_EQ(error_name(-4096), "-4096");
    EXPECT_EQ(error_name(-4294967297), "-4294967297");
    EXPECT_EQ(error_name(INT64_MIN), "-9223372036854775808");
}

} // namespace
} // namespace nsscope
