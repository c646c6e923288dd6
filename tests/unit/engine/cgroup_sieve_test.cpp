#include <random>
#include <set>

#include "stream_fixture.hpp"

namespace nsscope {
namespace {

/// Keeps out what it is told to, as the kernel does.
class SievingSource : public FakeSource {
  public:
    bool sieves = true, no_process = false;
    std::set<std::uint64_t> kept_out;
    std::size_t reached = 0; ///< records that came to the reader

    void keep_out(std::uint64_t cgroup) override { kept_out.insert(cgroup); }
    void let_in(std::uint64_t cgroup) override { kept_out.erase(cgroup); }
    std::size_t read(std::size_t most, const Sink& sink) override {
        // a few at a time, so that what is found out counts for the next
        return FakeSource::read(std::min<std::size_t>(most, 4), [&](std::span<const std::byte> bytes) {
            Event event;
            ExeName exe;
            if (decode(bytes, event, exe) == Decoded::event && is_kept_out(event)) {
                ++totals.filtered.at(static_cast<std::size_t>(event.type));
                return;
            }
            ++reached;
            sink(bytes);
        });
    }

  private:
    [[nodiscard]] bool is_kept_out(const Event& event) const {
        if (!sieves || event.cgroup) return false;
        if (!event.task) return no_process;
        return kept_out.contains(event.task->cgroup_id) &&
               (!event.child || kept_out.contains(event.child->cgroup_id));
    }
};

class CgroupSieveTest : public StreamTest {
  protected:
    CgroupSieveTest() {
        for (std::uint64_t id = 1; id <= 4; ++id) cgroups[id] = "/a/" + std::to_string(id);
        cgroups[5] = "/";
        cgroups[6] = "/b/docker-" + std::string(64, 'a') + ".scope";
        cgroups[7] = "/b/docker-" + std::string(64, 'b') + ".scope/init";
        names.set_containers({}); // told by name
    }
    static wire::Record record_in(std::uint64_t cgroup, std::uint32_t pid) {
        auto one = record(pid);
        one.task.cgroup_id = cgroup;
        return one;
    }
    static EventFilter with(std::string_view expression) {
        EventFilter filter;
        auto parsed = Filter::parse(expression);
        EXPECT_TRUE(parsed) << expression;
        if (parsed) filter.filter = *std::move(parsed);
        return filter;
    }
    /// The pids that come through, of these records in this order.
    std::vector<std::uint32_t> delivered(const std::vector<wire::Record>& records, bool sieves) {
        SievingSource own;
        own.sieves = sieves;
        own.no_process = options.filter.rules_out_no_process();
        for (const auto& one : records) own.add(one);
        FakeSink into;
        Flag end;
        own.on_read = [&] {
            if (own.records.empty()) end.raise();
        };
        EventStream stream(own, into, names, options);
        const auto totals = stream.run(StartInfo{}, end.fd());
        EXPECT_TRUE(totals);
        if (totals) {
            EXPECT_EQ(totals->produced, totals->delivered + totals->filtered + totals->lost);
            EXPECT_EQ(totals->produced, records.size());
        }
        reached = own.reached;
        return into.pids();
    }
    std::size_t reached = 0;
};

TEST_F(CgroupSieveTest, OneEventTellsOfACgroupThatNobodyWants) {
    options.filter.cgroup = "/a/2";
    std::vector<wire::Record> records;
    for (std::uint32_t i = 0; i < 1000; ++i) records.push_back(record_in(1 + i % 7, 100 + i));
    const auto all = delivered(records, false);
    EXPECT_EQ(reached, 1000U);
    EXPECT_EQ(delivered(records, true), all);
    EXPECT_EQ(all.size(), 143U);
    EXPECT_LE(reached, 143U + 6 * 4 + 512) << "some come while it is found out";
}

TEST_F(CgroupSieveTest, AChildElsewhereIsHeardOf) {
    options.filter.cgroup = "/a/2";
    std::vector<wire::Record> records;
    for (std::uint32_t i = 0; i < 1000; ++i) {
        auto one = record_in(1, 100 + i);
        if (i % 10 == 0) {
            one.rec_flags = NSSCOPE_REC_HAS_CHILD;
            one.child = wire::task(5000 + i);
            one.child.cgroup_id = 2;
        }
        records.push_back(one);
    }
    EXPECT_EQ(delivered(records, true).size(), 100U);
}

/// Whatever the filter is: who keeps out what the sieve says delivers what who keeps nothing out does.
TEST_F(CgroupSieveTest, ItTakesNothingAway) {
    std::mt19937 random(3);
    const auto roll = [&](std::uint64_t sides) { return random() % sides; };
    const std::vector<std::string> parts{
        "cgroup under \"/a\"", "cgroup = \"/a/2\"",          "cgroup = null",          "container.id ^= a",
        "container.id = null", "container.runtime = docker", "container.name != null", "uid = 1000",
        "pid > 150",           "event = ns.unshare",         "event = ns.destroy",     "ns.type = uts"};
    std::size_t spared = 0;
    for (int round = 0; round < 300; ++round) {
        std::string text = parts[roll(parts.size())];
        for (auto more = roll(4); more > 0; --more)
            text = (roll(3) == 0 ? "not (" : "(") + text + (roll(2) == 0 ? ") and " : ") or ") +
                   parts[roll(parts.size())];
        options.filter = with(text);
        if (roll(4) == 0) options.filter.cgroup = roll(2) == 0 ? "/a" : "/b";
        if (roll(4) == 0) options.filter.container = roll(2) == 0 ? "a" : "b";
        std::vector<wire::Record> records;
        for (std::uint32_t i = 0; i < 60; ++i) {
            auto one = record_in(1 + roll(8), 100 + i); // of the eighth nobody knows the name
            if (roll(6) == 0) {
                one.rec_flags = NSSCOPE_REC_HAS_CHILD;
                one.child = wire::task(5000 + i);
                one.child.cgroup_id = 1 + roll(7);
            } else if (roll(6) == 0) {
                one.type = NSSCOPE_EV_NS_DESTROY;
                one.rec_flags = NSSCOPE_REC_NO_TASK;
            }
            records.push_back(one);
        }
        const auto all = delivered(records, false);
        ASSERT_EQ(delivered(records, true), all) << text;
        spared += records.size() - reached;
    }
    EXPECT_GT(spared, 1000U) << "or nothing was tried";
}

TEST_F(CgroupSieveTest, KindsThatAnExpressionRulesOut) {
    const auto filter = with("comm = x and event in (ns.setns, ns.unshare)");
    EXPECT_EQ(all_events & ~filter.ruled_out(),
              mask_of(EventType::ns_setns) | mask_of(EventType::ns_unshare));
    EXPECT_EQ(with("event != ns.destroy or comm = x").ruled_out(), 0U);
    EXPECT_FALSE(filter.asks_for_cgroups());
    EXPECT_TRUE(filter.rules_out_no_process());
    EXPECT_FALSE(with("ns.type = uts").rules_out_no_process());
}

} // namespace
} // namespace nsscope
