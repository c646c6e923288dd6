#include <algorithm>
#include <fcntl.h>
#include <fstream>
#include <map>
#include <sys/mount.h>
#include <unistd.h>

#include "live.hpp"
#include "oracle.hpp"
#include "stream.hpp"

namespace live {
namespace {

using testing::TestParamInfo;

/// A namespace, as far as one can be told from another: before 6.18 there is no id.
using Name = std::tuple<std::string, std::uint32_t, std::uint64_t>;

/// What a line about it has in it.
std::string word_of(const Name& name) {
    const auto& [type, inum, id] = name;
    return id != 0 ? "\"id\":\"" + std::to_string(id) + '"' : "\"inum\":" + std::to_string(inum);
}

Name name_of(const std::string& type, const NsRef& ref) {
    return {type, ref.inum.value_or(0), ref.id.value_or(0)};
}

/// How the deaths of namespaces are told.
class Destroy : public Live {
  protected:
    /// Deaths, by namespace, with the place in the stream of each.
    static std::map<Name, std::vector<std::uint64_t>> deaths(const std::vector<Record>& records) {
        std::map<Name, std::vector<std::uint64_t>> all;
        for (const auto& record : records)
            if (record.event == "ns.destroy")
                all[name_of(record.namespaces.at(0).type, *record.namespaces.at(0).from)].push_back(
                    record.seq);
        return all;
    }
    static bool is_death_of(const Record& record, const Name& name) {
        return record.event == "ns.destroy" &&
               name_of(record.namespaces.at(0).type, *record.namespaces.at(0).from) == name;
    }
    /// The namespaces that these processes made, and where in the stream each was spoken of last.
    static std::map<Name, std::uint64_t> made(const std::vector<Record>& records,
                                              const std::set<std::uint32_t>& pids) {
        std::map<Name, std::uint64_t> all;
        for (const auto& record : of_processes(records, pids))
            for (const auto& change : record.namespaces)
                if (change.created) all[name_of(change.type, *change.to)] = record.seq;
        for (const auto& record : of_processes(records, pids)) {
            for (const auto& change : record.namespaces) {
                const auto note = [&](const std::optional<NsRef>& ref) {
                    if (!ref) return;
                    const auto found = all.find(name_of(change.type, *ref));
                    if (found != all.end()) found->second = record.seq;
                };
                note(change.from);
                note(change.to);
            }
        }
        return all;
    }
    /// Waits for the deaths of all that these steps made, and expects each once and last.
    static void expect_deaths(Watch& stream, const std::set<std::uint32_t>& pids, std::size_t count) {
        std::set<Name> born_so_far, dead_so_far;
        std::vector<std::string> words;
        for (const auto pid : pids) words.push_back("\"pid\":" + std::to_string(pid) + ',');
        const auto all_dead = [&](const Record& record) {
            const bool is_death = record.event == "ns.destroy";
            if (!is_death && !(record.process && pids.contains(record.process->pid))) return false;
            for (const auto& change : record.namespaces) {
                if (change.created && born_so_far.insert(name_of(change.type, *change.to)).second)
                    words.push_back(word_of(name_of(change.type, *change.to)));
                if (is_death) dead_so_far.insert(name_of(change.type, *change.from));
            }
            return born_so_far.size() == count && std::ranges::includes(dead_so_far, born_so_far);
        };
        EXPECT_TRUE(stream.wait_for(all_dead, 10s, words)) << "not all deaths are told";
        const auto& records = stream.finish();
        const auto born = made(records, pids);
        const auto dead = deaths(records);
        EXPECT_EQ(born.size(), count);
        for (const auto& [name, last] : born) {
            const auto found = dead.find(name);
            const auto text = std::get<0>(name) + ':' + std::to_string(std::get<1>(name));
            ASSERT_NE(found, dead.end()) << text;
            ASSERT_EQ(found->second.size(), 1U) << text;
            EXPECT_GT(found->second[0], last) << text << " is spoken of after its death";
        }
    }
    static Name last_made(Watch& stream, pid_t pid) {
        Name name;
        EXPECT_TRUE(stream.wait_for(
            [&](const Record& record) {
                if (record.event != "ns.unshare" || record.process->pid != static_cast<std::uint32_t>(pid))
                    return false;
                name = name_of(record.namespaces.at(0).type, *record.namespaces.at(0).to);
                return true;
            },
            patience, {"\"pid\":" + std::to_string(pid) + ','}));
        return name;
    }
};

class DestroyKind : public Destroy, public testing::WithParamInterface<std::string> {};

TEST_P(DestroyKind, OfOneThatAProcessLeft) {
    Watch stream;
    const auto steps = run_helper({"unshare:" + GetParam()});
    expect_deaths(stream, callers(steps), 1);
}

TEST_P(DestroyKind, OfOneThatAChildWasBornIn) {
    Watch stream;
    const auto steps = run_helper({"clone3:" + GetParam()});
    expect_deaths(stream, callers(steps), 1);
}

INSTANTIATE_TEST_SUITE_P(Each, DestroyKind,
                         testing::Values("cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"),
                         [](const TestParamInfo<std::string>& kind) { return kind.param; });

TEST_F(Destroy, OfAllKindsAtOnce) {
    Watch stream;
    const auto steps = run_helper({"unshare:cgroup,ipc,mnt,net,pid,time,user,uts", "map", "fork"});
    expect_deaths(stream, callers(steps), 8);
}

TEST_F(Destroy, OfOneThatWasReplaced) {
    Watch stream;
    Helper helper({"unshare:uts", "hold", "unshare:uts", "hold"});
    ASSERT_TRUE(helper.wait_for("hold"));
    const auto first = last_made(stream, helper.pid());
    helper.go_on();
    EXPECT_TRUE(stream.wait_for([&](const Record& record) { return is_death_of(record, first); }, 10s,
                                {word_of(first)}));
    expect_deaths(stream, callers(helper.finish()), 2);
}

TEST_F(Destroy, OfManyInALoop) {
    Watch stream;
    const auto steps = run_helper({"repeat:200:unshare:uts"});
    // with inode numbers alone many namespaces have one name; then counting must do
    const bool has_ids = steps.back().after->at(7).id != 0;
    if (has_ids) return expect_deaths(stream, callers(steps), 200);
    ::sleep(3);
    std::size_t born = 0, dead = 0;
    std::set<std::uint32_t> inums;
    const auto& records = stream.finish();
    for (const auto& record : of_processes(records, callers(steps))) {
        born += record.namespaces.size();
        inums.insert(*record.namespaces.at(0).to->inum);
    }
    for (const auto& record : records)
        if (record.event == "ns.destroy" && record.namespaces.at(0).type == "uts" &&
            inums.contains(*record.namespaces.at(0).from->inum))
            dead++;
    EXPECT_EQ(born, 200U);
    EXPECT_EQ(dead, 200U);
}

TEST_F(Destroy, OfNestedUserNamespaces) {
    Watch stream;
    std::vector<std::string> steps;
    for (int i = 0; i < 5; i++) steps.insert(steps.end(), {"unshare:user", "map"});
    expect_deaths(stream, callers(run_helper(steps)), 5);
}

TEST_F(Destroy, OfOneThatWasThereBefore) {
    Helper helper({"unshare:uts", "hold"});
    ASSERT_TRUE(helper.wait_for("hold"));
    const auto seen = helper.steps().back().note == "hold" ? helper.steps().at(1).after->at(7) : SeenRef{};
    Stream stream;
    (void)helper.finish();
    const Name name{"uts", seen.inum, seen.id};
    EXPECT_TRUE(stream.wait_for([&](const Record& record) { return is_death_of(record, name); }, 10s,
                                {word_of(name)}));
    EXPECT_EQ(deaths(stream.finish())[name].size(), 1U);
}

TEST_F(Destroy, WaitsForAFileDescriptor) {
    Watch stream;
    Helper helper({"unshare:net", "hold"});
    ASSERT_TRUE(helper.wait_for("hold"));
    const auto name = last_made(stream, helper.pid());
    const int fd =
        ::open(("/proc/" + std::to_string(helper.pid()) + "/ns/net").c_str(), O_RDONLY | O_CLOEXEC);
    ASSERT_GE(fd, 0);
    (void)helper.finish();
    const auto is_death = [&](const Record& record) { return is_death_of(record, name); };
    EXPECT_FALSE(stream.wait_for(is_death, 2500ms, {word_of(name)}));
    ::close(fd);
    EXPECT_TRUE(stream.wait_for(is_death, 10s, {word_of(name)}));
    EXPECT_EQ(deaths(stream.finish())[name].size(), 1U);
}

TEST_F(Destroy, WaitsForABindMount) {
    ASSERT_TRUE(have_own_mounts()) << errno_text();
    const Scratch scratch("mount");
    const auto& place = scratch.path();
    std::ofstream(place).put('\n');
    Watch stream;
    Helper helper({"unshare:uts", "hold"});
    ASSERT_TRUE(helper.wait_for("hold"));
    const auto name = last_made(stream, helper.pid());
    const auto file = "/proc/" + std::to_string(helper.pid()) + "/ns/uts";
    ASSERT_EQ(::mount(file.c_str(), place.c_str(), nullptr, MS_BIND, nullptr), 0) << errno_text();
    (void)helper.finish();
    const auto is_death = [&](const Record& record) { return is_death_of(record, name); };
    EXPECT_FALSE(stream.wait_for(is_death, 2500ms, {word_of(name)}));
    EXPECT_EQ(::umount2(place.c_str(), MNT_DETACH), 0);
    EXPECT_TRUE(stream.wait_for(is_death, 10s, {word_of(name)}));
    EXPECT_EQ(deaths(stream.finish())[name].size(), 1U);
}

/// With neither functions to hook nor iterators to look with there is no way to see a death.
TEST_F(Destroy, WithoutFunctionsAndIteratorsIsRefused) {
    const ProcessOptions without{.environment = {{"NSSCOPE_DISABLE", "fentry,kprobe,iter_task"}}};
    const auto tried = nsscope({"events", "--type", "ns.destroy", "--duration", "0.1"}, without);
    EXPECT_EQ(tried.status, 1);
    EXPECT_NE(tried.errors, "");
    EXPECT_EQ(tried.output, "");
}

TEST_F(Destroy, OfWhatAFailedCallMadeIsNotTold) {
    Watch stream;
    // the kernel makes the first kinds before it finds out that the last one is beyond the limit
    const auto steps =
        run_helper({"unshare:user", "map", "limit:net=0", "unshare:uts,ipc,cgroup,net", "unshare:uts"});
    ASSERT_FALSE(has_note(steps, "no limit"));
    expect_deaths(stream, callers(steps), 2);
    const auto told = of_processes(stream.records(), callers(steps));
    EXPECT_EQ(summary(told),
              (std::vector<std::string>{"ns.unshare user", "ns.unshare ENOSPC", "ns.unshare uts"}));
}

} // namespace
} // namespace live
