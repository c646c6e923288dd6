#include "output/enter_report.hpp"

#include <gtest/gtest.h>

#include "golden.hpp"
#include "inspect/capabilities.hpp"

using namespace nsscope;

namespace {

EnterReport sample_report() {
    EnterFacts facts;
    facts.effective_uid = 1000;
    facts.user_ns = 4026531837U;
    facts.threads = 2;
    facts.type = NsType::user;
    facts.inum = 4026532407U;
    facts.rulers = {{4026532407U, 0}, {4026531837U, 0}};
    facts.chrooted = true;
    return {4711, "a\x1b[2J", NsType::user, {4026532407U, 2407}, judge_entry(facts), {}};
}

Snapshot machine() {
    Snapshot snapshot;
    snapshot.time_ns = 1763776065000000001;
    snapshot.host = "vm";
    return snapshot;
}

} // namespace

TEST(EnterReport, AsJson) {
    std::string json;
    append_enter_json(json, sample_report(), machine());
    expect_golden("enter.json", json);
}

TEST(EnterReport, AsText) {
    std::string text;
    append_enter_text(text, sample_report());
    expect_golden("enter.txt", text);
}
