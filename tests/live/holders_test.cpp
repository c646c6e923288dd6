// Each way of holding a namespace that no process is in, made for real: found by both sources, and told by `why`.
#include <array>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sched.h>
#include <sstream>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "helper_run.hpp"
#include "json.hpp"
#include "live.hpp"
#include "process.hpp"
#include "snapshot.hpp"

namespace live {
namespace {

struct Pin {
    std::string how;
    std::optional<std::uint32_t> pid, tid, mnt_ns;
    std::optional<std::string> path;
};

std::optional<std::uint32_t> number(const json::Value& value, const char* key) {
    const auto member = value.FindMember(key);
    if (member == value.MemberEnd() || member->value.IsNull()) return std::nullopt;
    return member->value.GetUint();
}

class Holders : public Live, public testing::WithParamInterface<std::string> {
  protected:
    /// The pins of a namespace, by `why`, which must agree with `list`.
    std::vector<Pin> pins_of(const std::string& type, std::uint32_t inum) {
        const auto name = type + ":[" + std::to_string(inum) + "]";
        Process process({program(), "why", "-J", "--source", GetParam(), name});
        const int status = process.wait().value_or(-1);
        EXPECT_TRUE(status == 0 || status == 3) << status << process.errors();
        rapidjson::Document document;
        if (document.Parse<rapidjson::kParseValidateEncodingFlag>(process.output().c_str()).HasParseError()) {
            ADD_FAILURE() << "no JSON: " << process.output();
            return {};
        }
        EXPECT_STREQ(document["schema"].GetString(), "nsscope.why/1");
        std::vector<Pin> pins;
        for (const auto& ns : document["namespaces"].GetArray())
            for (const auto& value : ns["pinned_by"].GetArray()) {
                Pin pin{value["how"].GetString(), number(value, "pid"), number(value, "tid"),
                        number(value, "mnt_ns"), std::nullopt};
                if (value.HasMember("path") && value["path"].IsString()) pin.path = value["path"].GetString();
                pins.push_back(pin);
            }
        const auto listed = list({"--source", GetParam(), "-P"});
        const auto found = listed.namespaces.find({type, inum});
        if (found == listed.namespaces.end()) {
            ADD_FAILURE() << name << " is not listed as one without a process";
            return pins;
        }
        std::set<std::string> hows;
        for (const auto& pin : pins) hows.insert(pin.how);
        EXPECT_EQ(found->second.pinned_by, hows);
        return pins;
    }

    /// The namespace that the `count`-th unshare made.
    static std::uint32_t made(const std::vector<Step>& steps, std::size_t slot, int count = 1) {
        for (const auto& step : steps)
            if (step.call == "unshare" && --count == 0) return (*step.after)[slot].inum;
        ADD_FAILURE() << "no such call";
        return 0;
    }
};

constexpr std::size_t slot_mnt = 2, slot_net = 3, slot_user = 6, slot_uts = 7;

TEST_P(Holders, AnOpenFile) {
    Helper helper({"unshare:uts", "hold-file:uts", "unshare:uts", "hold"});
    ASSERT_TRUE(helper.wait_for("hold"));
    const auto pins = pins_of("uts", made(helper.steps(), slot_uts));
    ASSERT_EQ(pins.size(), 1U);
    EXPECT_EQ(pins[0].how, "fd");
    EXPECT_EQ(pins[0].pid, helper.pid());
    EXPECT_FALSE(pins[0].tid);
    (void)helper.finish();
}

/// More than the iterator prints of one thread: they are read in /proc then.
TEST_P(Holders, HundredsOfOpenFiles) {
    Helper helper({"unshare:uts", "repeat:300:hold-file:uts", "unshare:uts", "hold"});
    ASSERT_TRUE(helper.wait_for("hold"));
    const auto pins = pins_of("uts", made(helper.steps(), slot_uts));
    EXPECT_EQ(pins.size(), 300U);
    for (const auto& pin : pins) EXPECT_EQ(pin.how, "fd");
    (void)helper.finish();
}

TEST_P(Holders, AnOpenFileOfAThreadAlone) {
    Helper helper({"thread:own-files+unshare:uts+hold-file:uts+unshare:uts+hold"});
    ASSERT_TRUE(helper.wait_for("hold"));
    const auto pins = pins_of("uts", made(helper.steps(), slot_uts));
    ASSERT_EQ(pins.size(), 1U);
    EXPECT_EQ(pins[0].how, "fd");
    EXPECT_EQ(pins[0].pid, helper.pid());
    EXPECT_TRUE(pins[0].tid);
    (void)helper.finish();
}

TEST_P(Holders, AThreadThatSharesItsFilesSaysNothingNew) {
    Helper helper({"unshare:uts", "hold-file:uts", "unshare:uts", "thread:hold"});
    ASSERT_TRUE(helper.wait_for("hold"));
    EXPECT_EQ(pins_of("uts", made(helper.steps(), slot_uts)).size(), 1U);
    (void)helper.finish();
}

/// The walk of /proc takes the descriptors of siblings for the same where they are: one among them that put another file
/// in place of an inherited one, so that it has as many, is not missed.
TEST_P(Holders, AFileInPlaceOfAnInheritedOne) {
    std::array<int, 2> told{};
    ASSERT_EQ(::pipe2(told.data(), O_CLOEXEC), 0) << errno_text();
    const auto sibling = [&](bool holds) {
        const pid_t pid = ::fork();
        if (pid != 0) return pid;
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        struct stat st {};
        if (holds) {
            const bool made = ::unshare(CLONE_NEWUTS) == 0;
            const int file = ::open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC);
            const bool held = made && ::fstat(file, &st) == 0 && ::dup2(file, STDIN_FILENO) == 0;
            ::close(file);
            if (!held || ::unshare(CLONE_NEWUTS) != 0) ::_exit(1);
        }
        const auto inum = static_cast<std::uint32_t>(st.st_ino);
        if (::write(told[1], &inum, sizeof inum) != sizeof inum) ::_exit(1);
        for (;;) ::pause();
    };
    std::vector<pid_t> siblings;
    std::uint32_t held = 0;
    for (const bool holds : {false, false, true, false}) {
        siblings.push_back(sibling(holds));
        std::uint32_t inum = 0;
        ASSERT_EQ(::read(told[0], &inum, sizeof inum), static_cast<ssize_t>(sizeof inum));
        if (holds) held = inum;
    }
    const auto pins = pins_of("uts", held);
    for (const auto pid : siblings) {
        ::kill(pid, SIGKILL);
        ::waitpid(pid, nullptr, 0);
    }
    ::close(told[0]);
    ::close(told[1]);
    ASSERT_EQ(pins.size(), 1U);
    EXPECT_EQ(pins[0].how, "fd");
    EXPECT_EQ(pins[0].pid, siblings[2]);
}

TEST_P(Holders, ASocket) {
    Helper helper({"unshare:net", "hold-socket:", "unshare:net", "hold"});
    ASSERT_TRUE(helper.wait_for("hold"));
    const auto pins = pins_of("net", made(helper.steps(), slot_net));
    ASSERT_EQ(pins.size(), 1U);
    EXPECT_EQ(pins[0].how, "socket");
    EXPECT_EQ(pins[0].pid, helper.pid());
    (void)helper.finish();
}

TEST_P(Holders, AMountInAnotherMountNamespace) {
    const Scratch scratch("holders");
    std::ofstream(scratch.path()).put('\n');
    Helper helper({"unshare:mnt,uts", "hold-mount:uts:" + scratch.path(), "unshare:uts", "hold"});
    ASSERT_TRUE(helper.wait_for("hold"));
    const auto pins = pins_of("uts", made(helper.steps(), slot_uts));
    ASSERT_EQ(pins.size(), 1U);
    EXPECT_EQ(pins[0].how, "mount");
    EXPECT_EQ(pins[0].path, scratch.path());
    EXPECT_EQ(pins[0].mnt_ns, made(helper.steps(), slot_mnt));
    (void)helper.finish();
}

/// Opens a namespace of a process; it is closed with this.
class Opened {
  public:
    Opened(pid_t pid, const std::string& kind)
        : fd_(::open(("/proc/" + std::to_string(pid) + "/ns/" + kind).c_str(), O_RDONLY | O_CLOEXEC)) {
        EXPECT_GE(fd_, 0) << errno_text();
    }
    Opened(const Opened&) = delete;
    Opened& operator=(const Opened&) = delete;
    ~Opened() { ::close(fd_); }

  private:
    int fd_;
};

TEST_P(Holders, AMountWhereNoProcessIs) {
    const Scratch scratch("holders");
    std::ofstream(scratch.path()).put('\n');
    Helper helper({"unshare:mnt,uts", "hold-mount:uts:" + scratch.path(), "unshare:uts", "hold"});
    ASSERT_TRUE(helper.wait_for("hold"));
    const auto mnt = made(helper.steps(), slot_mnt), uts = made(helper.steps(), slot_uts);
    const Opened mounts(helper.pid(), "mnt");
    (void)helper.finish();
    const auto pins = pins_of("uts", uts);
    ASSERT_EQ(pins.size(), 1U);
    EXPECT_EQ(pins[0].how, "mount");
    EXPECT_EQ(pins[0].path, scratch.path());
    EXPECT_EQ(pins[0].mnt_ns, mnt);
    const auto holder = pins_of("mnt", mnt);
    ASSERT_EQ(holder.size(), 1U);
    EXPECT_EQ(holder[0].how, "fd");
    EXPECT_EQ(holder[0].pid, ::getpid());
}

/// What is started while this lives runs on one processor. Namespace ids then grow with time; between processors, each of
/// which takes its own from a batch, they do not.
class OneProcessor {
  public:
    OneProcessor() {
        EXPECT_EQ(::sched_getaffinity(0, sizeof before_, &before_), 0) << errno_text();
        cpu_set_t here;
        CPU_ZERO(&here);
        CPU_SET(::sched_getcpu(), &here);
        EXPECT_EQ(::sched_setaffinity(0, sizeof here, &here), 0) << errno_text();
    }
    OneProcessor(const OneProcessor&) = delete;
    OneProcessor& operator=(const OneProcessor&) = delete;
    ~OneProcessor() { ::sched_setaffinity(0, sizeof before_, &before_); }

  private:
    cpu_set_t before_{};
};

/// A mount of a mount namespace, in one that a file holds: nobody is in either.
TEST_P(Holders, AMountInAMountNamespaceThatAMountHolds) {
    const Scratch inner_place("holders-inner"), outer_place("holders-outer");
    std::ofstream(inner_place.path()).put('\n');
    std::ofstream(outer_place.path()).put('\n');
    const OneProcessor
        processor; // a mount namespace holds none but those of a greater id (mnt_ns_loop, fs/namespace.c)
    Helper outer({"unshare:mnt", "hold"});
    ASSERT_TRUE(outer.wait_for("hold"));
    Helper inner({"unshare:mnt,uts", "hold-mount:uts:" + inner_place.path(), "unshare:uts", "hold"});
    ASSERT_TRUE(inner.wait_for("hold"));
    const auto outer_pid = std::to_string(outer.pid()), inner_pid = std::to_string(inner.pid());
    ASSERT_EQ(
        run({find_in_path("nsenter"), "-t", outer_pid, "-m", "sh", "-c",
             "mount --make-rprivate / && mount --bind /proc/" + inner_pid + "/ns/mnt " + outer_place.path()})
            .status,
        0);
    const auto outer_mnt = made(outer.steps(), slot_mnt), inner_mnt = made(inner.steps(), slot_mnt);
    const auto uts = made(inner.steps(), slot_uts);
    const Opened mounts(outer.pid(), "mnt");
    (void)inner.finish();
    (void)outer.finish();
    const auto pins = pins_of("uts", uts);
    ASSERT_EQ(pins.size(), 1U);
    EXPECT_EQ(pins[0].path, inner_place.path());
    EXPECT_EQ(pins[0].mnt_ns, inner_mnt);
    const auto holder = pins_of("mnt", inner_mnt);
    ASSERT_EQ(holder.size(), 1U);
    EXPECT_EQ(holder[0].how, "mount");
    EXPECT_EQ(holder[0].path, outer_place.path());
    EXPECT_EQ(holder[0].mnt_ns, outer_mnt);
    EXPECT_EQ(pins_of("mnt", outer_mnt).size(), 1U);
}

/// Everybody in a mount namespace sees a part of it alone, and the mount lies elsewhere.
TEST_P(Holders, AMountOutsideARootDirectory) {
    if (find_in_path("busybox").empty()) LIVE_SKIP("busybox is not installed");
    const Scratch scratch("holders"), root("holders-root");
    std::ofstream(scratch.path()).put('\n');
    std::filesystem::create_directory(root.path());
    std::filesystem::copy_file(find_in_path("busybox"), root.path() + "/busybox");
    Process process({find_in_path("unshare"), "--mount", "--uts", "sh", "-c",
                     "readlink /proc/self/ns/uts && readlink /proc/self/ns/mnt && mount --bind "
                     "/proc/self/ns/uts \"$1\" && "
                     "exec unshare --uts chroot \"$2\" /busybox sh -c 'echo ready; read -r _'",
                     "sh", scratch.path(), root.path()});
    ASSERT_TRUE(process.wait_for_line([](auto line) { return line == "ready"; })) << process.errors();
    std::istringstream told(process.output());
    std::string uts, mnt;
    told >> uts >> mnt;
    const auto number_in = [](const std::string& link) {
        return static_cast<std::uint32_t>(std::stoul(link.substr(link.find('[') + 1)));
    };
    const auto pins = pins_of("uts", number_in(uts));
    ASSERT_EQ(pins.size(), 1U);
    EXPECT_EQ(pins[0].how, "mount");
    EXPECT_EQ(pins[0].path, scratch.path());
    EXPECT_EQ(pins[0].mnt_ns, number_in(mnt));
    process.end_input();
    EXPECT_TRUE(process.wait());
}

TEST_P(Holders, ForChildren) {
    Helper helper({"unshare:time", "unshare:pid", "fork", "hold"});
    ASSERT_TRUE(helper.wait_for("hold"));
    const auto view = *helper.steps().at(3).after;
    for (const auto slot : {slot_pid_for_children, slot_time_for_children}) {
        const std::string type = slot == slot_pid_for_children ? "pid" : "time";
        const auto pins = pins_of(type, view[slot].inum);
        ASSERT_EQ(pins.size(), 1U) << type;
        EXPECT_EQ(pins[0].how, "for_children");
        EXPECT_EQ(pins[0].pid, helper.pid());
    }
    (void)helper.finish();
}

/// A namespace that only a file of ours holds, its owner, and the user namespace above that: nobody is in any of them.
TEST_P(Holders, OwnersOfWhatAFileHolds) {
    Helper helper({"unshare:user", "map", "unshare:user,uts", "hold"});
    ASSERT_TRUE(helper.wait_for("hold"));
    const auto outer = made(helper.steps(), slot_user), inner = made(helper.steps(), slot_user, 2);
    const auto uts = made(helper.steps(), slot_uts, 2);
    const int file =
        ::open(("/proc/" + std::to_string(helper.pid()) + "/ns/uts").c_str(), O_RDONLY | O_CLOEXEC);
    ASSERT_GE(file, 0) << errno_text();
    (void)helper.finish();
    const auto pins = pins_of("uts", uts);
    ASSERT_EQ(pins.size(), 1U);
    EXPECT_EQ(pins[0].pid, ::getpid());
    const auto owned = pins_of("user", inner);
    ASSERT_EQ(owned.size(), 1U);
    EXPECT_EQ(owned[0].how, "owned");
    const auto child = pins_of("user", outer);
    ASSERT_EQ(child.size(), 1U);
    EXPECT_EQ(child[0].how, "child");
    ::close(file);
}

TEST_P(Holders, WhatIsGoneIsSaidToBe) {
    Helper helper({"unshare:uts", "hold"});
    ASSERT_TRUE(helper.wait_for("hold"));
    const auto seen = helper.steps().at(1).after->at(slot_uts);
    (void)helper.finish();
    const auto name = "uts:[" + std::to_string(seen.inum) + "]";
    EXPECT_TRUE(wait_until([&] {
        Process process({program(), "why", "-J", "--source", GetParam(), name});
        if (process.wait() == 1) return process.errors().find("gone") != std::string::npos;
        // the number is in use again, which the id tells
        return seen.id != 0 &&
               process.output().find("\"id\":\"" + std::to_string(seen.id) + '"') == std::string::npos;
    }));
}

TEST_P(Holders, ProcessesAndThreads) {
    Helper helper({"unshare:uts", "thread:unshare:ipc+hold"});
    ASSERT_TRUE(helper.wait_for("hold"));
    const auto inum = made(helper.steps(), 1, 2); // the thread's ipc namespace
    Process process({program(), "why", "--source", GetParam(), "ipc:" + std::to_string(inum)});
    ASSERT_TRUE(process.wait().has_value());
    EXPECT_NE(process.output().find("\n  thread "), std::string::npos) << process.output();
    EXPECT_NE(process.output().find(" of pid " + std::to_string(helper.pid()) + " (nshelper)\n"),
              std::string::npos)
        << process.output();
    (void)helper.finish();
}

/// What is in no table of descriptors, and nowhere mounted, is on the kernel's own lists alone.
class Unexplained : public Holders {
  protected:
    void SetUp() override {
        Holders::SetUp();
        if (IsSkipped() || HasFatalFailure()) return;
        struct {
            std::uint32_t size = 32, spare = 0;
            std::uint64_t after = 0;
            std::uint32_t type = 0, spare2 = 0;
            std::uint64_t owner = 0;
        } request; // include/uapi/linux/nsfs.h, struct ns_id_req
        std::uint64_t id = 0;
        if (::syscall(470, &request, &id, 1, 0) >= 0) return; // listns(2), 6.19
        std::uint64_t own = 0;
        const int file = ::open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC);
        const bool has_ids = ::ioctl(file, _IOR(0xb7, 13, std::uint64_t), &own) == 0; // NS_GET_ID, 6.18
        ::close(file);
        if (!has_ids) LIVE_SKIP("this kernel has no list of all namespaces");
        has_list_ = GetParam() == "bpf"; // which walks it in the kernel's memory
    }
    bool has_list_ = true; ///< can the source ask for all namespaces?
};

TEST_P(Unexplained, AFileOnItsWay) {
    Helper helper({"unshare:uts", "hold-flight:uts", "unshare:uts", "hold"});
    ASSERT_TRUE(helper.wait_for("hold"));
    const auto seen = helper.steps().at(1).after->at(slot_uts);
    if (!has_list_) { // then nothing leads there
        EXPECT_FALSE(list({"--source", GetParam()}).namespaces.contains({"uts", seen.inum}));
        (void)helper.finish();
        return;
    }
    const auto pins = pins_of("uts", seen.inum);
    ASSERT_EQ(pins.size(), 1U);
    EXPECT_EQ(pins[0].how, "unknown");
    EXPECT_EQ(list({"--source", GetParam()}).namespaces.at({"uts", seen.inum}).id, seen.id);
    (void)helper.finish();
}

/// The same of a mount namespace: what is mounted there is found as well.
TEST_P(Unexplained, MountsWhereNothingLeads) {
    const Scratch scratch("holders");
    std::ofstream(scratch.path()).put('\n');
    Helper helper({"peer:ipc", "unshare:mnt,uts", "hold-mount:uts:" + scratch.path(), "hold-flight:mnt",
                   "unshare:uts", "setns:mnt", "hold"});
    ASSERT_TRUE(helper.wait_for("hold"));
    const auto view = *helper.steps().at(2).after;
    if (!has_list_) {
        const auto listed = list({"--source", GetParam()});
        EXPECT_FALSE(listed.namespaces.contains({"mnt", view[slot_mnt].inum}));
        EXPECT_FALSE(listed.namespaces.contains({"uts", view[slot_uts].inum}));
        (void)helper.finish();
        return;
    }
    const auto holder = pins_of("mnt", view[slot_mnt].inum);
    ASSERT_EQ(holder.size(), 1U);
    EXPECT_EQ(holder[0].how, "unknown");
    const auto pins = pins_of("uts", view[slot_uts].inum);
    ASSERT_EQ(pins.size(), 1U);
    EXPECT_EQ(pins[0].how, "mount");
    EXPECT_EQ(pins[0].mnt_ns, view[slot_mnt].inum);
    EXPECT_EQ(pins[0].path, scratch.path());
    (void)helper.finish();
}

INSTANTIATE_TEST_SUITE_P(Each, Unexplained, testing::Values("bpf", "proc"),
                         [](const testing::TestParamInfo<std::string>& source) { return source.param; });

INSTANTIATE_TEST_SUITE_P(Each, Holders, testing::Values("bpf", "proc"),
                         [](const testing::TestParamInfo<std::string>& source) { return source.param; });

} // namespace
} // namespace live
