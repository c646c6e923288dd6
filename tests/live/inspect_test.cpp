// What `nsscope inspect` says of namespaces that hold what the test put there, against other programs that look.

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <linux/capability.h>
#include <map>
#include <sched.h>
#include <sys/ipc.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "inspected.hpp"
#include "json.hpp"
#include "live.hpp"

namespace live {
namespace {

constexpr int newtime = 0x80;

class Inspect : public Live {
  protected:
    void SetUp() override {
        Live::SetUp();
        if (IsSkipped() || HasFatalFailure()) return;
        if (find_in_path("nsenter").empty()) LIVE_SKIP("nsenter(1) is not installed");
    }
};

std::string path_of(const Subject& subject, const std::string& file) {
    return subject.proc() + "/ns/" + file;
}

/// Whether anything of it could make a terminal do something.
bool has_control_bytes(const std::string& text) {
    for (std::size_t i = 0; i < text.size(); i++) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if ((byte < 0x20 && byte != '\n') || byte == 0x7f) return true;
        if (byte == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0)
            return true;
    }
    return false;
}

TEST_F(Inspect, HostAndDomainName) {
    const std::string evil = "a\x1b[2J\n\xc2\x9b\xff";
    const Subject subject([&] {
        if (::unshare(CLONE_NEWUTS) != 0 || ::sethostname(evil.data(), evil.size()) != 0) return errno;
        return failed(::setdomainname("example.org", 11));
    });
    ASSERT_EQ(subject.error(), 0);
    const Inspected said({path_of(subject, "uts")});
    EXPECT_EQ(json::text(said.contents("uts"), "host_name"), "a\x1b[2J\n\xc2\x9b\xEF\xBF\xBD");
    EXPECT_EQ(json::text(said.contents("uts"), "domain_name"), "example.org");
    EXPECT_EQ(within(subject, {"-u"}, {find_in_path("uname"), "-n"}), evil + "\n");
    const auto text = nsscope({"inspect", path_of(subject, "uts")});
    EXPECT_FALSE(has_control_bytes(text.output)) << text.output;
    EXPECT_NE(text.output.find("a\\x1b[2J\\n\\u{009b}\\xff"), std::string::npos) << text.output;
}

TEST_F(Inspect, ClockOffsets) {
    Subject subject(
        [] {
            if (::unshare(newtime) != 0) return errno;
            return write_text("/proc/self/timens_offsets", "monotonic 1000 7\nboottime -5 999999999");
        },
        [] { return write_text("/proc/self/timens_offsets", "monotonic 2000 0"); });
    ASSERT_EQ(subject.error(), 0) << std::strerror(subject.error());
    const auto path = path_of(subject, "time_for_children");
    {
        const Inspected said({path});
        const auto& time = said.contents("time");
        EXPECT_EQ(json::text(time["monotonic"], "sec"), "1000");
        EXPECT_EQ(json::u32(time["monotonic"], "nsec"), 7U);
        EXPECT_EQ(json::text(time["boottime"], "sec"), "-5");
        EXPECT_EQ(json::u32(time["boottime"], "nsec"), 999999999U);
        EXPECT_TRUE(json::boolean(time, "settable"));
    }
    EXPECT_EQ(subject.go(), 0) << "to look must not freeze them";
    const Inspected without({path}, {.environment = {{"NSSCOPE_DISABLE", "iter_task"}}});
    EXPECT_EQ(without.status, 3);
    EXPECT_TRUE(json::at(without.contents("time"), "settable").IsNull());
    EXPECT_EQ(json::text(without.contents("time")["monotonic"], "sec"), "2000");
    // the machine's own are never settable
    EXPECT_FALSE(json::boolean(Inspected({"/proc/self/ns/time"}).contents("time"), "settable"));
}

TEST_F(Inspect, ClockOffsetsAreFrozenOnceSomebodyWasThere) {
    Subject subject(
        [] {
            if (::unshare(newtime) != 0) return errno;
            const pid_t child = ::fork();
            if (child == 0) ::_exit(0);
            return failed(::waitpid(child, nullptr, 0));
        },
        [] { return write_text("/proc/self/timens_offsets", "monotonic 1 0"); });
    ASSERT_EQ(subject.error(), 0);
    const Inspected said({path_of(subject, "time_for_children")});
    EXPECT_FALSE(json::boolean(said.contents("time"), "settable"));
    EXPECT_EQ(subject.go(), EACCES);
}

TEST_F(Inspect, PidsAtEveryLevel) {
    constexpr int levels = 5;
    // each is the first process of a namespace within the one before
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    const Subject subject([&] {
        for (int level = 1; level <= levels; level++) {
            if (::unshare(CLONE_NEWPID) != 0) return errno;
            const pid_t child = ::fork();
            if (child != 0) {
                if (level == 1) return failed(child);
                while (true) ::pause();
            }
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        }
        for (int i = 0; i < 10; i++)
            if (const pid_t child = ::fork(); child == 0)
                ::_exit(0);
            else
                ::waitpid(child, nullptr, 0);
        if (::write(ends[1], "", 1) != 1) ::_exit(1);
        while (true) ::pause();
    });
    ASSERT_EQ(subject.error(), 0);
    char byte = 0;
    ASSERT_EQ(::read(ends[0], &byte, 1), 1);
    pid_t pid = subject.pid();
    for (int level = 1; level <= levels; level++) {
        const auto children =
            read_file("/proc/" + std::to_string(pid) + "/task/" + std::to_string(pid) + "/children");
        ASSERT_FALSE(children.empty()) << level;
        pid = static_cast<pid_t>(std::stol(children));
        const Inspected said({"-t", "pid", std::to_string(pid)});
        EXPECT_EQ(json::u32(json::at(said.answer(), "process"), "pid"), static_cast<unsigned>(pid));
        const auto& contents = said.contents("pid");
        EXPECT_EQ(json::u32(contents, "depth"), static_cast<unsigned>(level));
        EXPECT_EQ(json::u32(contents, "init"), static_cast<unsigned>(pid));
        const auto* member = find_in(json::array(contents, "members"), "pid", pid);
        ASSERT_NE(member, nullptr);
        // it is number 1 at its own level and, as the only child of each, number 2 above; but for the last level's dead
        std::vector<unsigned> ns_pids;
        for (const auto& number : json::array(*member, "ns_pids").GetArray())
            ns_pids.push_back(number.GetUint());
        ASSERT_EQ(ns_pids.size(), static_cast<std::size_t>(level) + 1);
        EXPECT_EQ(ns_pids.front(), static_cast<unsigned>(pid));
        EXPECT_EQ(ns_pids.back(), 1U);
        const auto status = read_file("/proc/" + std::to_string(pid) + "/status");
        std::string line = "NSpid:";
        for (const auto number : ns_pids) line += '\t' + std::to_string(number);
        EXPECT_NE(status.find(line + '\n'), std::string::npos);
        if (level < levels) continue;
        const auto last = json::u32(contents, "last_pid");
        EXPECT_EQ(last, 11U) << "the first process, and ten that are gone";
        EXPECT_EQ(json::u32(Inspected({"-t", "pid", std::to_string(pid)}).contents("pid"), "last_pid"), last)
            << "to look takes no pid";
        const auto enter = [&](const std::string& file) {
            return run({find_in_path("nsenter"), "-t", std::to_string(pid), "-p", find_in_path("cat"), file})
                .output;
        };
        EXPECT_EQ(enter("/proc/sys/kernel/pid_max"), std::to_string(json::u32(contents, "pid_max")) + "\n");
        const auto seen = enter("/proc/sys/kernel/ns_last_pid");
        EXPECT_EQ(std::to_string(
                      json::u32(Inspected({"-t", "pid", std::to_string(pid)}).contents("pid"), "last_pid")) +
                      "\n",
                  seen);
        const Inspected without({"-t", "pid", std::to_string(pid)},
                                {.environment = {{"NSSCOPE_DISABLE", "iter_task"}}});
        EXPECT_EQ(without.status, 3);
        EXPECT_TRUE(json::at(without.contents("pid"), "last_pid").IsNull());
    }
    for (const int end : ends) ::close(end);
}

/// What a map is, line by line, as the file itself has it.
void expect_map(const rapidjson::Value& map, const std::string& file) {
    std::string text;
    for (const auto& range : map.GetArray()) {
        std::array<char, 64> line{};
        std::snprintf(line.data(), line.size(), "%10u %10u %10u\n", json::u32(range, "inside"),
                      json::u32(range, "outside"), json::u32(range, "count"));
        text += line.data();
    }
    EXPECT_EQ(text, file);
}

TEST_F(Inspect, UserNamespace) {
    Subject subject([] { return failed(::unshare(CLONE_NEWUSER)); },
                    [] { return failed(::unshare(CLONE_NEWUTS | CLONE_NEWNET)); });
    ASSERT_EQ(subject.error(), 0);
    ASSERT_EQ(write_text(subject.proc() + "/setgroups", "deny"), 0);
    ASSERT_EQ(write_text(subject.proc() + "/uid_map", "0 100000 1000\n5000 200000 1\n"), 0);
    ASSERT_EQ(write_text(subject.proc() + "/gid_map", "7 300000 10\n"), 0);
    ASSERT_EQ(subject.go(), 0);
    const auto uid_map = read_file(subject.proc() + "/uid_map"),
               gid_map = read_file(subject.proc() + "/gid_map");
    const int fd = ::open(path_of(subject, "user").c_str(), O_RDONLY); // the children of this test inherit it
    const auto inum = subject.ns("user"), uts = subject.ns("uts"), net = subject.ns("net");
    {
        const Inspected said({"user:[" + std::to_string(inum) + "]"});
        const auto& user = said.contents("user");
        EXPECT_EQ(json::u32(user, "owner"), 0U);
        EXPECT_EQ(json::u32(user, "depth"), 1U);
        expect_map(json::array(user, "uid_map"), uid_map);
        expect_map(json::array(user, "gid_map"), gid_map);
        EXPECT_EQ(json::text(user, "setgroups"), "deny");
        EXPECT_NE(find_in(json::array(user, "owns"), "inum", uts), nullptr);
        EXPECT_NE(find_in(json::array(user, "owns"), "inum", net), nullptr);
        EXPECT_EQ(json::array(user, "owns").Size(), 2U);
        const auto* member = find_in(json::array(user, "members"), "pid", subject.pid());
        ASSERT_NE(member, nullptr);
        const auto status = read_file(subject.proc() + "/status");
        const auto& capabilities = json::at(*member, "capabilities");
        for (const auto& [field, line] : std::map<const char*, std::string>{{"effective", "CapEff"},
                                                                            {"permitted", "CapPrm"},
                                                                            {"inheritable", "CapInh"},
                                                                            {"bounding", "CapBnd"},
                                                                            {"ambient", "CapAmb"}})
            EXPECT_NE(status.find(line + ":\t" + json::text(capabilities, field) + '\n'), std::string::npos)
                << line;
    }
    subject.end();
    // Nobody is in it now.
    const Inspected said({"/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(fd)});
    expect_map(json::array(said.contents("user"), "uid_map"), uid_map);
    expect_map(json::array(said.contents("user"), "gid_map"), gid_map);
    EXPECT_EQ(json::text(said.contents("user"), "setgroups"), "deny");
    EXPECT_TRUE(json::array(said.contents("user"), "members").Empty());
    ::close(fd);
}

struct IpcMade {
    int queue = -1, segment = -1, set = -1;
};

TEST_F(Inspect, SystemVObjects) {
    if (find_in_path("ipcs").empty()) LIVE_SKIP("ipcs(1) is not installed");
    const Subject subject([] {
        if (::unshare(CLONE_NEWIPC) != 0) return errno;
        struct {
            long type = 1;
            std::array<char, 10> text{};
        } message;
        const int queue = ::msgget(0x1234, IPC_CREAT | 0640);
        if (queue < 0 || ::msgsnd(queue, &message, message.text.size(), 0) != 0) return errno;
        const int segment = ::shmget(IPC_PRIVATE, 12345, IPC_CREAT | 0600);
        if (segment < 0 || ::shmat(segment, nullptr, 0) == reinterpret_cast<void*>(-1)) return errno;
        if (::semget(0x5678, 3, IPC_CREAT | 0666) < 0) return errno;
        if (const int error = write_text("/proc/sys/kernel/msgmax", "9999")) return error;
        if (const int error = write_text("/proc/sys/kernel/shmmni", "77")) return error;
        return write_text("/proc/sys/fs/mqueue/msg_max", "20");
    });
    ASSERT_EQ(subject.error(), 0) << std::strerror(subject.error());
    const Inspected said({path_of(subject, "ipc")});
    const auto& ipc = said.contents("ipc");
    const auto table = [&](const char* kind) {
        std::vector<std::vector<std::string>> rows;
        for (auto& words : words_of(within(subject, {"-i"}, {find_in_path("ipcs"), kind})))
            if (!words.empty() && words[0].starts_with("0x")) rows.push_back(std::move(words));
        return rows;
    };
    const auto hex = [](std::int64_t key) {
        std::array<char, 16> text{};
        std::snprintf(text.data(), text.size(), "0x%08x", static_cast<unsigned>(key));
        return std::string(text.data());
    };
    const auto octal = [](unsigned mode) {
        std::array<char, 16> text{};
        std::snprintf(text.data(), text.size(), "%o", mode);
        return std::string(text.data());
    };
    const auto expect_row = [&](const rapidjson::Value& object, const std::vector<std::string>& row,
                                const std::vector<const char*>& rest) {
        EXPECT_EQ(hex(json::at(object, "key").GetInt64()), row.at(0));
        EXPECT_EQ(std::to_string(json::at(object, "id").GetInt()), row.at(1));
        EXPECT_EQ(octal(json::u32(object, "mode")), row.at(3));
        for (std::size_t i = 0; i < rest.size(); i++)
            EXPECT_EQ(json::text(object, rest[i]), row.at(4 + i)) << rest[i];
    };
    const auto queues = table("-q"), segments = table("-m"), sets = table("-s");
    ASSERT_EQ(queues.size(), 1U);
    ASSERT_EQ(segments.size(), 1U);
    ASSERT_EQ(sets.size(), 1U);
    ASSERT_EQ(json::array(ipc, "queues").Size(), 1U);
    ASSERT_EQ(json::array(ipc, "segments").Size(), 1U);
    ASSERT_EQ(json::array(ipc, "semaphores").Size(), 1U);
    expect_row(ipc["queues"][0], queues[0], {"bytes", "messages"});
    expect_row(ipc["segments"][0], segments[0], {"bytes", "attached"});
    expect_row(ipc["semaphores"][0], sets[0], {"semaphores"});
    EXPECT_EQ(json::u32(ipc["segments"][0], "creator"), static_cast<unsigned>(subject.pid()));
    EXPECT_EQ(json::text(ipc["limits"], "msgmax"), "9999");
    EXPECT_EQ(json::text(ipc["limits"], "shmmni"), "77");
    EXPECT_EQ(json::text(ipc["mqueue"], "msg_max"), "20");
    const auto ours = Inspected({"/proc/self/ns/ipc"});
    EXPECT_EQ(json::text(ours.contents("ipc")["mqueue"], "msg_max") + "\n",
              read_file("/proc/sys/fs/mqueue/msg_max"));
    EXPECT_EQ(json::text(ours.contents("ipc")["limits"], "msgmax") + "\n",
              read_file("/proc/sys/kernel/msgmax"));
}

/// The line of each kind enters just that namespace.
TEST_F(Inspect, TheLinesEnter) {
    const Subject subject([] {
        if (::unshare(CLONE_NEWUSER | CLONE_NEWCGROUP | CLONE_NEWIPC | CLONE_NEWNS | CLONE_NEWNET |
                      CLONE_NEWUTS | CLONE_NEWPID | newtime) != 0)
            return errno;
        const pid_t child = ::fork();
        if (child != 0) return failed(child);
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        while (true) ::pause();
    });
    ASSERT_EQ(subject.error(), 0);
    ASSERT_EQ(write_text(subject.proc() + "/uid_map", "0 0 1"), 0);
    ASSERT_EQ(write_text(subject.proc() + "/setgroups", "deny"), 0);
    ASSERT_EQ(write_text(subject.proc() + "/gid_map", "0 0 1"), 0);
    for (const std::string file : {"cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts",
                                   "pid_for_children", "time_for_children"}) {
        SCOPED_TRACE(file);
        const Inspected said({path_of(subject, file)});
        const auto kind = file.substr(0, file.find('_'));
        const auto line = json::text(said.ns(kind), "nsenter");
        const auto inum = json::u32(said.ns(kind), "inum");
        EXPECT_EQ(inum, subject.ns(file));
        const auto done = run({"/bin/sh", "-c", line + " readlink /proc/self/ns/" + kind});
        EXPECT_EQ(done.output, kind + ":[" + std::to_string(inum) + "]\n") << line << done.errors;
    }
}

TEST_F(Inspect, WithoutPrivilegeIsPartialOrFails) {
    const Subject subject([] { return failed(::unshare(CLONE_NEWUTS | CLONE_NEWNET | CLONE_NEWIPC)); });
    ASSERT_EQ(subject.error(), 0);
    const auto done = nsscope({"inspect", "-J", std::to_string(subject.pid())}, {.uid = 65534});
    EXPECT_EQ(done.status, 3);
    EXPECT_NE(done.errors.find("Permission denied"), std::string::npos) << done.errors;
    EXPECT_EQ(nsscope({"inspect", path_of(subject, "uts")}, {.uid = 65534}).status, 1);
    // what it is in itself it may look into
    const Inspected own({"/proc/self/ns/uts"}, {.uid = 65534});
    EXPECT_EQ(json::text(own.contents("uts"), "host_name") + "\n", read_file("/proc/sys/kernel/hostname"));
}

TEST_F(Inspect, WhatIsNotThereFails) {
    EXPECT_EQ(nsscope({"inspect", "4194304"}).status, 1);
    EXPECT_EQ(nsscope({"inspect", "net:[1]"}).status, 1);
    EXPECT_EQ(nsscope({"inspect", "/dev/null"}).status, 1);
    EXPECT_EQ(nsscope({"inspect", "nonsense"}).status, 2);
    EXPECT_EQ(nsscope({"inspect", "-t", "net", "net:[1]"}).status, 2);
}

} // namespace
} // namespace live
