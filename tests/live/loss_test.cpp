#include "live.hpp"
#include "stream.hpp"

#include "helper_run.hpp"

namespace live {
namespace {

/// What becomes of records that nobody reads in time.
class Loss : public Live {};

TEST_F(Loss, IsCountedToTheLastRecord) {
    Helper helper({"hold", "storm:20:" + std::to_string(many()), "hold", "unshare:ipc"});
    ASSERT_TRUE(helper.wait_for("hold"));
    Stream stream({"--ring-size", "64K", "--type", "ns.unshare", "--pid", std::to_string(helper.pid())});
    stream.process().signal(SIGSTOP); // the slowest of readers
    helper.go_on();
    ASSERT_TRUE(helper.wait_for("hold", 2));
    stream.process().signal(SIGCONT);
    // what happens after a loss is told again
    ASSERT_TRUE(stream.wait_for([](const Record& record) { return record.event == "loss"; }));
    helper.go_on();
    (void)helper.finish();
    const auto& records = stream.finish();
    EXPECT_EQ(stream.status(), 3);
    EXPECT_EQ(stream.totals().delivered + stream.totals().lost, many() + 1);
    EXPECT_GT(stream.totals().delivered, 50U);
    std::uint64_t lost = 0;
    for (const auto& record : records) {
        for (const auto& part : record.loss_by) {
            EXPECT_EQ(part.event, "ns.unshare");
            EXPECT_EQ(part.cause, "ring_full");
            lost += part.count;
        }
    }
    EXPECT_EQ(lost, stream.totals().lost);
    const auto& last = records.at(records.size() - 2);
    ASSERT_EQ(last.namespaces.size(), 1U);
    EXPECT_EQ(last.namespaces[0].type, "ipc");
}

TEST_F(Loss, InAStormAddsUp) {
    Stream stream({"--ring-size", "64K", "--type", "all"});
    const std::string seconds = is_brief() ? "0.6" : "2";
    Process one({helper(), "storm:" + seconds}), other({helper(), "churn:" + seconds});
    ASSERT_TRUE(stream.wait_for([](const Record& record) { return record.is_happening(); }));
    for (std::size_t i = 0; i < (is_brief() ? 2 : 5); i++) { // a reader that stumbles
        stream.process().signal(SIGSTOP);
        std::this_thread::sleep_for(100ms);
        stream.process().signal(SIGCONT);
        std::this_thread::sleep_for(100ms);
    }
    EXPECT_EQ(one.wait(), 0);
    EXPECT_EQ(other.wait(), 0);
    stream.finish(); // checks the sums
    EXPECT_EQ(stream.status(), 3);
}

TEST_F(Loss, IsNoneWithRoomEnough) {
    Helper helper({"hold", "storm:20:" + std::to_string(many())});
    ASSERT_TRUE(helper.wait_for("hold"));
    Stream stream({"--ring-size", "16M", "--type", "ns.unshare", "--pid", std::to_string(helper.pid())});
    stream.process().signal(SIGSTOP);
    helper.go_on();
    (void)helper.finish();
    stream.process().signal(SIGCONT);
    stream.finish();
    EXPECT_EQ(stream.status(), 0);
    EXPECT_EQ(stream.totals().delivered, many());
}

} // namespace
} // namespace live
