#include <algorithm>
#include <ctime>
#include <map>
#include <set>

#include "json.hpp"
#include "live.hpp"
#include "process.hpp"
#include "replay.hpp"
#include "stream.hpp"

namespace live {
namespace {

std::uint64_t monotonic_ns() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
}

using Members = std::map<Replay::Key, std::set<std::uint32_t>>;

/// What `list` says, and when it was asked.
struct Listed {
    std::uint64_t begin = 0, end = 0;
    Members members;
};

Listed list() {
    Listed listed;
    listed.begin = monotonic_ns();
    const auto done = nsscope({"list", "-J"});
    listed.end = monotonic_ns();
    rapidjson::Document document;
    document.Parse(done.output.data(), done.output.size());
    if (document.HasParseError()) {
        ADD_FAILURE() << "no JSON: " << done.errors;
        return listed;
    }
    for (const auto& ns : json::array(document, "namespaces").GetArray()) {
        auto& pids = listed.members[{json::text(ns, "type"), json::u32(ns, "inum"),
                                     json::nullable(ns, "id", json::u64).value_or(0)}];
        for (const auto& pid : json::array(ns, "members").GetArray()) pids.insert(pid.GetUint());
    }
    return listed;
}

/// A consumer of the stream, who also knows which processes are of this test: others come and go as they like.
class Consumer {
  public:
    explicit Consumer(std::vector<std::string> options = {}) : stream_(with_snapshot(std::move(options))) {}

    void own(pid_t pid) { mine_.insert(static_cast<std::uint32_t>(pid)); }
    [[nodiscard]] const std::set<std::uint32_t>& mine() const { return mine_; }
    [[nodiscard]] const Replay& replay() const { return replay_; }
    [[nodiscard]] Stream& stream() { return stream_; }

    /// Takes in what came.
    void read() {
        rest_ += stream_.process().output_since(taken_);
        std::size_t at = 0;
        for (auto end = rest_.find('\n'); end != std::string::npos; end = rest_.find('\n', at)) {
            const auto record = parse_record(rest_.substr(at, end - at), false);
            at = end + 1;
            if (record.child && record.process && mine_.contains(record.process->pid))
                mine_.insert(record.child->pid);
            replay_.apply(record);
        }
        rest_.erase(0, at);
    }
    /// Until all that happened before now is in. Something has to happen for that.
    bool catch_up() {
        const auto now = monotonic_ns();
        return wait_until([&] {
            static_cast<void>(run({find_in_path("true")}));
            read();
            return replay_.now() > now;
        });
    }
    /// What it knows, and `list` says, of the members that are ours.
    [[nodiscard]] Members known() const {
        Members members;
        for (const auto& key : replay_.namespaces())
            for (const auto pid : replay_.members(key))
                if (mine_.contains(pid)) members[key].insert(pid);
        return members;
    }
    [[nodiscard]] Members listed(const Members& all) const {
        Members members;
        for (const auto& [key, pids] : all)
            for (const auto pid : pids)
                if (mine_.contains(pid)) members[key].insert(pid);
        return members;
    }

  private:
    static std::vector<std::string> with_snapshot(std::vector<std::string> options) {
        options.insert(options.begin(), "--snapshot");
        return options;
    }
    Stream stream_;
    std::size_t taken_ = 0; // pieces of what the stream prints
    std::string rest_;      // the beginning of a line
    std::set<std::uint32_t> mine_;
    Replay replay_;
};

std::string text(const Replay::Key& key) {
    return std::get<0>(key) + ":[" + std::to_string(std::get<1>(key)) + "]";
}

class SnapshotStream : public Live {
  protected:
    static std::string churn(int rounds) {
        return "for i in $(seq " + std::to_string(rounds) +
               "); do unshare -n -i -u -m --fork sleep 0.2 & unshare -U -p --fork sleep 0.1 & "
               "nsenter -u -t $$ unshare -u sleep 0.15 & sleep 0.03; done; wait";
    }
    /// A process in namespaces of its own that goes when the shell does, whose output it does not hold.
    static std::string stays(const std::string& options) {
        return "setpriv --pdeathsig KILL unshare " + options + " sleep 100 >/dev/null 2>&1 & ";
    }
    /// Two ways to say the same, once all is still.
    static void expect_the_same(Consumer& consumer) {
        Members known, listed;
        const bool is_same = wait_until([&] {
            const auto now = list();
            if (!consumer.catch_up()) return false;
            known = consumer.known();
            listed = consumer.listed(now.members);
            return known == listed;
        });
        EXPECT_TRUE(is_same);
        for (const auto& [key, pids] : known)
            EXPECT_EQ(pids, listed[key]) << text(key) << ", as followed and as listed";
        for (const auto& [key, pids] : listed) EXPECT_EQ(pids, known[key]) << text(key);
    }
};

TEST_F(SnapshotStream, BeginsWithWhatListPrints) {
    Process holder({find_in_path("unshare"), "-n", "-u", "sleep", "100"});
    const auto uts = "/proc/" + std::to_string(holder.pid()) + "/ns/uts";
    ASSERT_TRUE(wait_until(
        [&] { return read_file("/proc/" + std::to_string(holder.pid()) + "/comm") == "sleep\n"; }));
    Stream stream({"--snapshot", "--type", "ns.unshare"});
    ASSERT_TRUE(stream.wait_for([](const Record& record) { return record.event == "sync"; }));
    const auto& records = stream.finish();
    std::size_t count = 0, with_holder = 0;
    for (const auto& record : records) {
        if (!record.existing) continue;
        ++count;
        const auto& members = record.existing->members;
        with_holder += std::ranges::count(members, static_cast<std::uint32_t>(holder.pid())) > 0;
    }
    EXPECT_EQ(with_holder, 8U) << "one of each kind";
    const auto sync = std::ranges::find(records, "sync", &Record::event);
    EXPECT_EQ(sync->synced, count);
    EXPECT_EQ(static_cast<std::size_t>(sync - records.begin()), count + 1) << "start, what exists, sync";
}

TEST_F(SnapshotStream, IsAtEveryMomentWhatListPrints) {
    Process before(
        {find_in_path("bash"), "-c", churn(is_brief() ? 10 : 20)}); // some come and go while it begins
    Consumer consumer;
    consumer.own(before.pid());
    // the picture bears the time at which it was begun: who was born meanwhile is in it, too
    ASSERT_TRUE(consumer.stream().wait_for([](const Record& record) { return record.event == "sync"; }));
    std::vector<Listed> moments;
    for (int rounds = 0; rounds < 20 && moments.size() < 4; ++rounds) { // a list may take a second
        Process during({find_in_path("bash"), "-c", "read -r _; " + churn(is_brief() ? 12 : 60)});
        during.give_way();
        consumer.own(during.pid());
        during.write_line();
        while (!during.wait(10ms)) {
            static_cast<void>(before.wait(0ms)); // or it is a zombie, which counts as gone
            moments.push_back(list());
        }
    }
    Process holder(
        {find_in_path("bash"), "-c",
         "for i in 1 2 3; do " + stays("-n -u") + stays("-U -p --fork --kill-child") + "done; wait"});
    consumer.own(holder.pid());
    ASSERT_TRUE(consumer.catch_up());

    constexpr std::uint64_t slack =
        1'000'000'000; // one that exits is listed until the kernel is done with it
    constexpr std::uint64_t leaving =
        50'000'000; // one that exits is no longer listed before its exit is told
    std::size_t compared = 0;
    for (const auto& moment : moments) {
        for (const auto& [key, pids] : consumer.listed(moment.members)) {
            for (const auto pid : pids) {
                const auto known = consumer.replay().history().find({key, pid});
                const bool is_known =
                    known != consumer.replay().history().end() &&
                    std::ranges::any_of(known->second, [&](const auto& membership) {
                        return membership.begin <= moment.end &&
                               (membership.end == 0 || membership.end + slack >= moment.begin);
                    });
                EXPECT_TRUE(is_known) << pid << " is listed in " << text(key);
                ++compared;
            }
        }
        for (const auto& [who, memberships] : consumer.replay().history()) {
            const auto& [key, pid] = who;
            if (!consumer.mine().contains(pid)) continue;
            for (const auto& membership : memberships) {
                if (membership.begin > moment.begin ||
                    (membership.end != 0 && membership.end < moment.end + leaving))
                    continue;
                const auto listed = moment.members.find(key);
                EXPECT_TRUE(listed != moment.members.end() && listed->second.contains(pid))
                    << pid << " is followed in " << text(key);
            }
        }
    }
    EXPECT_GT(moments.size(), 3U);
    EXPECT_GT(compared, 50U);
    expect_the_same(consumer);
    consumer.stream().finish();
}

TEST_F(SnapshotStream, IsRightAgainAfterALoss) {
    Process holder({find_in_path("bash"), "-c", "read -r _; " + stays("-n -u") + stays("-U") + "wait"});
    Consumer consumer({"--ring-size", "64K"});
    consumer.own(holder.pid());
    Process dying({find_in_path("unshare"), "-u", "-n", "sleep", "100"});
    consumer.own(dying.pid());
    ASSERT_TRUE(consumer.catch_up());
    const auto before = consumer.replay().syncs();
    EXPECT_EQ(before, 1U);
    consumer.stream().process().signal(SIGSTOP); // what comes to be and goes meanwhile is lost
    static_cast<void>(run({helper(), "churn:1"}));
    holder.write_line();
    dying.signal(SIGKILL);
    static_cast<void>(dying.wait());
    static_cast<void>(run({helper(), "churn:1"}));
    consumer.stream().process().signal(SIGCONT);
    ASSERT_TRUE(consumer.stream().wait_for(
        [](const Record& record) { return record.event == "sync" && record.resync; }, patience,
        {"\"sync\""}));
    expect_the_same(consumer);
    EXPECT_GT(consumer.replay().syncs(), before);
    const auto& records = consumer.stream().finish();
    EXPECT_GT(
        std::ranges::count_if(records, [](const auto& record) { return record.existing && record.resync; }),
        0);
    EXPECT_EQ(consumer.stream().status(), 3);
}

} // namespace
} // namespace live
