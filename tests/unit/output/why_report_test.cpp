#include <algorithm>

#include <gtest/gtest.h>

#include "output/why_report.hpp"

namespace nsscope {
namespace {

Namespace held() {
    Namespace ns;
    ns.type = NsType::net;
    ns.ref = {4026532281, 25469};
    ns.owner_user_ns = 4026531837;
    ns.owner_uid = 0;
    Pin file;
    file.how = Pin::How::fd;
    file.pid = 812;
    file.fd = 7;
    file.comm = "a\x1b[31m\nb";
    Pin mount;
    mount.how = Pin::How::mount;
    mount.path = "/run/netns/\x1b]0;x\x07";
    mount.mnt_ns = 4026531841;
    ns.pinned_by = {file, mount};
    return ns;
}

/// Its container, another one in it, and the process that holds it, in that.
Snapshot machine() {
    Snapshot snapshot;
    snapshot.source = "bpf";
    snapshot.containers = {{{std::string(64, 'a'), "docker", "we\x1b[2Jb", std::nullopt}, 812, ""},
                           {{std::string(64, 'b'), "docker", "db", std::nullopt}, 900, ""}};
    snapshot.container_processes = {{812, 0, 1}, {900, 1, 2}};
    return snapshot;
}

TEST(WhyReport, TextNeverHasAControlByte) {
    const auto ns = held();
    const Namespace* const all[] = {&ns}; // NOLINT: a span of one
    std::string text;
    append_why_text(text, Snapshot{}, all);
    EXPECT_TRUE(text.starts_with(
        "net:[4026532281] id 25469, owned by user:[4026531837], made by uid 0\n  fd 7 of pid 812 ("))
        << text;
    EXPECT_NE(text.find(" in mnt:[4026531841]\n"), std::string::npos) << text;
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 3);
    for (const char c : text) EXPECT_TRUE(c == '\n' || static_cast<unsigned char>(c) >= 0x20);
}

TEST(WhyReport, JsonHasWhatIsKnown) {
    auto ns = held();
    ns.pinned_by[1].path.clear();
    ns.pinned_by[1].mnt_ns = 0;
    const Namespace* const all[] = {&ns}; // NOLINT: a span of one
    Snapshot snapshot;
    snapshot.source = "bpf";
    std::string text;
    append_why_json(text, snapshot, all);
    EXPECT_NE(text.find(R"({"how":"fd","pid":812,"fd":7,"comm":"a\u001b[31m\nb"})"), std::string::npos)
        << text;
    EXPECT_NE(text.find(R"({"how":"mount","path":null,"mnt_ns":null})"), std::string::npos) << text;
    EXPECT_TRUE(text.starts_with(R"({"schema":"nsscope.why/1",)")) << text;
}

TEST(WhyReport, NamesContainers) {
    auto ns = held();
    ns.members = {900, 1000};
    ns.container = 0;
    ns.containers = {0, 1};
    const Namespace* const all[] = {&ns}; // NOLINT: a span of one
    std::string text;
    append_why_text(text, machine(), all);
    const auto said = ", made by uid 0, of container we\\x1b[2Jb (aaaaaaaaaaaa) of docker, shared with db, "
                      "with 1 process of the "
                      "host\n";
    EXPECT_NE(text.find(said), std::string::npos) << text;
    EXPECT_NE(text.find(") in container we\\x1b[2Jb\n"), std::string::npos) << text;
    for (const char c : text) EXPECT_TRUE(c == '\n' || static_cast<unsigned char>(c) >= 0x20);

    text.clear();
    append_why_json(text, machine(), all);
    const auto a = std::string(64, 'a'), b = std::string(64, 'b');
    EXPECT_NE(text.find(R"("container":{"id":")" + a +
                        R"(","runtime":"docker","name":"we\u001b[2Jb","pod":null},)" + R"("containers":[")" +
                        a + R"(",")" + b + R"("],)"),
              std::string::npos)
        << text;
    EXPECT_NE(text.find(R"("comm":"a\u001b[31m\nb","container":")" + a + R"("})"), std::string::npos) << text;
}

} // namespace
} // namespace nsscope
