// `nsscope diff` of processes, namespaces and snapshots that differ in what the test knows.

#include <cerrno>
#include <fstream>
#include <sched.h>
#include <unistd.h>

#include "inspected.hpp"
#include "json.hpp"
#include "live.hpp"

namespace live {
namespace {

class Diff : public Live {};

rapidjson::Document diff(const std::string& a, const std::string& b) {
    const auto done = nsscope({"diff", "-J", a, b});
    EXPECT_TRUE(done.status == 0 || done.status == 3) << done.errors;
    rapidjson::Document document;
    EXPECT_FALSE(document.Parse(done.output.c_str()).HasParseError()) << done.output;
    EXPECT_EQ(json::text(document, "schema"), "nsscope.diff/1");
    return document;
}

TEST_F(Diff, OfTwoProcesses) {
    const Subject one(
        [] { return ::unshare(CLONE_NEWUTS | CLONE_NEWNET) != 0 ? errno : failed(::sethostname("one", 3)); });
    const Subject two([] { return ::unshare(CLONE_NEWUTS) != 0 ? errno : failed(::sethostname("two", 3)); });
    ASSERT_EQ(one.error() | two.error(), 0);
    const auto answer = diff(std::to_string(one.pid()), std::to_string(two.pid()));
    EXPECT_FALSE(json::boolean(answer, "same"));
    for (const auto& entry : json::array(answer, "namespaces").GetArray()) {
        const auto type = json::text(entry, "type");
        EXPECT_EQ(json::u32(entry["a"], "inum"), one.ns(type));
        EXPECT_EQ(json::u32(entry["b"], "inum"), two.ns(type));
        EXPECT_EQ(json::boolean(entry, "same"), one.ns(type) == two.ns(type));
        EXPECT_EQ(json::boolean(entry, "same"), type != "uts" && type != "net") << type;
    }
    const auto* uts = find_in(json::array(answer, "namespaces"), "type", "uts");
    ASSERT_NE(uts, nullptr);
    const auto* host = find_in(json::array(*uts, "differences"), "path", "host_name");
    ASSERT_NE(host, nullptr);
    EXPECT_EQ(json::text(*host, "a"), "one");
    EXPECT_EQ(json::text(*host, "b"), "two");
    // a process against a namespace: that kind alone
    const auto against = diff(std::to_string(one.pid()), two.proc() + "/ns/uts");
    EXPECT_EQ(json::array(against, "namespaces").Size(), 1U);
    EXPECT_EQ(nsscope({"diff", one.proc() + "/ns/net", two.proc() + "/ns/uts"}).status, 2);
    EXPECT_TRUE(json::boolean(diff(std::to_string(two.pid()), std::to_string(two.pid())), "same"));
}

TEST_F(Diff, OfTwoSnapshots) {
    const Scratch before("before"), after("after");
    const auto save = [](const std::string& path) {
        const auto done = nsscope({"list", "-J"});
        EXPECT_TRUE(done.status == 0 || done.status == 3);
        std::ofstream(path) << done.output;
    };
    Subject leaver([] { return failed(::unshare(CLONE_NEWUTS)); },
                   [] { return failed(::unshare(CLONE_NEWUTS)); });
    const auto left = leaver.ns("uts");
    save(before.path());
    ASSERT_EQ(leaver.go(), 0);
    const auto joined = leaver.ns("uts");
    save(after.path());
    const auto answer = diff(before.path(), after.path());
    EXPECT_FALSE(json::boolean(answer, "same"));
    // The number of the one that is gone may have been given to another at once.
    bool gone = false, come = false;
    for (const auto& entry : json::array(answer, "namespaces").GetArray()) {
        if (json::text(entry, "type") != "uts" || json::boolean(entry, "same")) continue;
        if (!entry["a"].IsNull()) gone = gone || json::u32(entry["a"], "inum") == left;
        if (!entry["b"].IsNull()) come = come || json::u32(entry["b"], "inum") == joined;
    }
    EXPECT_TRUE(gone);
    EXPECT_TRUE(come);
    EXPECT_TRUE(json::boolean(diff(after.path(), after.path()), "same"));
    EXPECT_EQ(nsscope({"diff", after.path(), std::to_string(leaver.pid())}).status, 2);
    std::ofstream(after.path()) << "{\"schema\":\"nsscope.snapshot/1\",\"namespaces\":[{}]}";
    const auto refused = nsscope({"diff", before.path(), after.path()});
    EXPECT_EQ(refused.status, 1);
    EXPECT_NE(refused.errors.find(after.path() + ": namespaces[0].type"), std::string::npos)
        << refused.errors;
}

} // namespace
} // namespace live
