#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sys/mount.h>
#include <unistd.h>

#include "cgroup_dir.hpp"
#include "json.hpp"
#include "live.hpp"
#include "process.hpp"
#include "real_container.hpp"

namespace live {
namespace {

std::string unique(const std::string& name) { return "nsscope-" + name + "-" + std::to_string(::getpid()); }

/// What nsscope says of a namespace of a process: "RUNTIME ID of ID,ID".
std::string told(const std::string& source, const std::string& path) {
    const auto done = nsscope({"list", "-J", "--source", source, path});
    rapidjson::Document document;
    document.Parse(done.output.data(), done.output.size());
    if (document.HasParseError()) return "no JSON: " + done.errors;
    const auto& namespaces = json::array(document, "namespaces");
    if (namespaces.Size() != 1) return "not one namespace";
    std::string text;
    if (const auto& container = json::at(namespaces[0], "container"); container.IsNull())
        text = "none";
    else
        text = json::text(container, "runtime") + " " + json::text(container, "id");
    std::string separator = " of ";
    for (const auto& id : json::array(namespaces[0], "containers").GetArray()) {
        text += separator + id.GetString();
        separator = ",";
    }
    return text;
}

class Containers : public Live, public testing::WithParamInterface<std::string> {
  protected:
    void SetUp() override {
        Live::SetUp();
        if (IsSkipped() || HasFatalFailure()) return;
        for (const std::string& needed : std::vector<std::string>{GetParam(), "busybox"})
            if (find_in_path(needed).empty()) LIVE_SKIP(needed + " is not installed");
    }
};

TEST_P(Containers, AreFoundUnderAnyName) {
    const auto id = unique("bare");
    const RealContainer container(GetParam(), id);
    ASSERT_GT(container.pid(), 0) << container.output();
    for (const std::string& source : std::vector<std::string>{"bpf", "proc"}) {
        for (const std::string& type : std::vector<std::string>{"net", "pid", "mnt", "uts", "ipc"})
            EXPECT_EQ(told(source, container.ns(type)), GetParam() + " " + id + " of " + id)
                << source << ' ' << type;
        EXPECT_EQ(told(source, container.ns("time")).substr(0, 5), "none ") << "the host's";
        EXPECT_NE(told(source, container.ns("time")).find(id), std::string::npos) << "which it shares";
    }
}

TEST_P(Containers, AreInTheTree) {
    const auto id = unique("tree");
    const RealContainer container(GetParam(), id);
    ASSERT_GT(container.pid(), 0) << container.output();
    const auto done = nsscope({"tree", "-J", "-p", std::to_string(container.pid())});
    rapidjson::Document document;
    document.Parse(done.output.data(), done.output.size());
    ASSERT_FALSE(document.HasParseError()) << done.output << done.errors;
    std::map<std::string, int> kinds;
    for (const auto& node : json::array(document, "nodes").GetArray()) {
        const auto kind = json::text(node, "kind");
        ++kinds[kind];
        if (kind == "container") {
            EXPECT_EQ(json::text(json::at(node, "container"), "id"), id);
            EXPECT_EQ(json::u32(node, "init_pid"), static_cast<std::uint32_t>(container.pid()));
            EXPECT_EQ(json::array(node, "shares").Size(), 3U) << "cgroup, time, user";
        }
    }
    EXPECT_EQ(kinds, (std::map<std::string, int>{{"container", 1}, {"namespace", 8}, {"process", 1}}));
}

TEST_P(Containers, ThatShareANetwork) {
    const auto first = unique("first"), second = unique("second");
    const RealContainer one(GetParam(), first);
    ASSERT_GT(one.pid(), 0) << one.output();
    const RealContainer other(GetParam(), second, {{{"network", one.ns("net")}}});
    ASSERT_GT(other.pid(), 0) << other.output();
    for (const std::string& source : std::vector<std::string>{"bpf", "proc"}) {
        const auto answer = told(source, other.ns("net"));
        EXPECT_EQ(answer.substr(0, answer.find(" of ")), GetParam() + " " + first) << source;
        EXPECT_NE(answer.find(second), std::string::npos) << answer;
        EXPECT_EQ(told(source, other.ns("uts")), GetParam() + " " + second + " of " + second) << source;
    }
    const auto net = other.ns("net"), one_pid = std::to_string(one.pid()),
               other_pid = std::to_string(other.pid());
    const auto shared_net = "net with " + first;
    const std::vector<std::pair<std::vector<std::string>, std::vector<std::string>>> commands{
        {{"list", "-n", "-o", "CONTAINER", net}, {first + " +1"}},
        {{"tree", "-u", net}, {"shared with " + second, shared_net, one_pid + " ", other_pid + " "}},
        {{"tree", "-u", "-p", other_pid}, {shared_net}},
        {{"why", net},
         {"of container " + first + " of " + GetParam() + ", shared with " + second, "in container " + first,
          "in container " + second}},
        {{"inspect", "-t", "net", other_pid},
         {"in container " + second,
          "container     " + first + " of " + GetParam() + ", shared with " + second}},
        {{"diff", one_pid, other_pid}, {"in container " + first, "in container " + second, "] " + first}},
        {{"diff", one.ns("uts"), other.ns("uts")}, {"of container " + first, "of container " + second}}};
    for (const auto& [command, expected] : commands) {
        const auto done = nsscope(command);
        for (const auto& text : expected)
            EXPECT_NE(done.output.find(text), std::string::npos)
                << text << " in " << testing::PrintToString(command) << '\n'
                << done.output << done.errors;
    }
}

TEST_P(Containers, OnTheNetworkOfTheHost) {
    const auto id = unique("host");
    const RealContainer container(GetParam(), id, {{{"network", "host"}}});
    ASSERT_GT(container.pid(), 0) << container.output();
    for (const std::string& source : std::vector<std::string>{"bpf", "proc"}) {
        const auto answer = told(source, container.ns("net"));
        EXPECT_EQ(answer.substr(0, 5), "none ") << answer;
        EXPECT_NE(answer.find(id), std::string::npos) << answer;
        EXPECT_EQ(told(source, container.ns("pid")), GetParam() + " " + id + " of " + id);
    }
    const auto tree = nsscope({"tree", "-u", "-p", std::to_string(container.pid())}).output;
    EXPECT_NE(tree.find("cgroup, net, time, user with the host"), std::string::npos) << tree;
}

TEST_P(Containers, OfAPod) {
    const auto sandbox_id = unique("sandbox"), app_id = unique("app");
    // what CRI-O writes into the config.json of a container
    const std::string pod = R"("io.container.manager":"cri-o","io.kubernetes.pod.name":"shop-7f9",)"
                            R"("io.kubernetes.pod.namespace":"market","io.kubernetes.pod.uid":"u-1",)"
                            R"("io.kubernetes.container.name":)";
    const RealContainer sandbox(GetParam(), sandbox_id, {{}, pod + R"("POD")"});
    ASSERT_GT(sandbox.pid(), 0) << sandbox.output();
    const RealContainer app(
        GetParam(), app_id,
        {{{"network", sandbox.ns("net")}, {"ipc", sandbox.ns("ipc")}, {"uts", sandbox.ns("uts")}},
         pod + R"("cart")"});
    ASSERT_GT(app.pid(), 0) << app.output();
    for (const std::string& source : std::vector<std::string>{"bpf", "proc"}) {
        for (const std::string& kind : std::vector<std::string>{"net", "ipc", "uts"}) {
            const auto answer = told(source, app.ns(kind));
            EXPECT_EQ(answer.substr(0, answer.find(" of ")), "cri-o " + sandbox_id) << source << ' ' << kind;
            EXPECT_NE(answer.find(app_id), std::string::npos) << answer;
        }
        EXPECT_EQ(told(source, app.ns("pid")), "cri-o " + app_id + " of " + app_id);
        const auto tree = nsscope({"tree", "--source", source, "-u", "-p", std::to_string(app.pid())}).output;
        EXPECT_NE(tree.find("container cart (" + app_id + ") of cri-o, pod market/shop-7f9, init "),
                  std::string::npos)
            << tree;
        for (const std::string& kind : std::vector<std::string>{"net", "ipc", "uts"})
            EXPECT_NE(tree.find("; " + kind + " with POD"), std::string::npos) << kind << '\n' << tree;
    }
}

TEST_P(Containers, AnotherGenerationOfAnId) {
    const auto id = unique("again");
    const auto ghost = unique("ghost");
    RealContainer container(GetParam(), id);
    ASSERT_GT(container.pid(), 0) << container.output();
    const auto first = container.pid();
    const auto directory = "/run/" + GetParam() + "/";
    const auto file = GetParam() == "runc" ? "/state.json" : "/status";
    auto state = read_file(directory + id + file);
    container.end();
    container.start();
    ASSERT_GT(container.pid(), 0) << container.output();
    EXPECT_NE(container.pid(), first);

    // What is left of the first says that its init process has the pid of the second's.
    for (auto at = state.find(std::to_string(first)); at != std::string::npos;
         at = state.find(std::to_string(first), at))
        state.replace(at, std::to_string(first).size(), std::to_string(container.pid()));
    std::filesystem::create_directory(directory + ghost);
    std::ofstream(directory + ghost + file) << state;
    for (const std::string& source : std::vector<std::string>{"bpf", "proc"})
        EXPECT_EQ(told(source, container.ns("net")), GetParam() + " " + id + " of " + id) << source;
    const auto table = nsscope({"list", "-o", "NS,CONTAINER"});
    EXPECT_EQ(table.output.find(ghost), std::string::npos);
    std::filesystem::remove_all(directory + ghost);
}

TEST_P(Containers, ADamagedFileIsNamed) {
    const auto id = unique("sound"), broken = unique("broken");
    const RealContainer container(GetParam(), id);
    ASSERT_GT(container.pid(), 0) << container.output();
    const auto directory = "/run/" + GetParam() + "/" + broken;
    std::filesystem::create_directory(directory);
    std::ofstream(directory + (GetParam() == "runc" ? "/state.json" : "/status")) << "{\"id\":";
    EXPECT_EQ(told("proc", container.ns("net")), GetParam() + " " + id + " of " + id);
    const auto done = nsscope({"list", "-J", "--source", "proc"});
    EXPECT_EQ(done.status, 3);
    EXPECT_NE(done.output.find(broken), std::string::npos);
    std::filesystem::remove_all(directory);
}

INSTANTIATE_TEST_SUITE_P(Runtime, Containers, testing::Values("runc", "crun"),
                         [](const auto& info) { return info.param; });

/// Whether a terminal would do more with this than show it; a newline ends a line.
bool commands_a_terminal(const std::string& text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if ((byte < 0x20 && byte != '\n') || byte == 0x7F) return true;
        if (byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0)
            return true;
        if (text.compare(i, 3, "\xe2\x80\xae") == 0) return true; // a right-to-left override
        if (byte >= 0xF8 || byte == 0xC0) return true;            // no UTF-8
    }
    return false;
}

class HostileNames : public Live {};

TEST_F(HostileNames, NeitherBreakJsonNorReachATerminal) {
    const std::string evil = "\x1b[2J\x1b]0;x\x07\xc2\x9b\xe2\x80\xae\xff\xfe\x7f\t\\\"";
    const CgroupDir cgroup(unique("hostile"));
    if (!cgroup.problem().empty()) LIVE_SKIP(cgroup.problem());
    // A container's, and below it one with a path of 3 KiB. (No cgroup has a newline in its name: the kernel refuses it.)
    auto deepest = cgroup.directory() + "/lxc.payload." + evil;
    std::vector<std::string> made{deepest};
    for (int i = 0; i < 12; ++i) made.push_back(deepest += "/" + evil + std::string(200, 'x'));
    for (const auto& directory : made)
        ASSERT_TRUE(std::filesystem::create_directory(directory)) << errno_text();

    ASSERT_TRUE(have_own_mounts()) << errno_text();
    const Scratch scratch("hostile");
    {
        // with an argument of 4 KiB
        std::string long_evil;
        while (long_evil.size() < 4096) long_evil += evil + '\n';
        Process victim({find_in_path("unshare"), "--uts", "bash", "-c",
                        "echo $$ >\"$1/cgroup.procs\"; printf %s \"$2\" >/proc/sys/kernel/hostname; "
                        "printf %s \"$2\" >/proc/$$/comm; echo ready; read -r _",
                        "bash", deepest, evil + "\n", long_evil});
        ASSERT_TRUE(victim.wait_for_line([](auto line) { return line == "ready"; })) << victim.errors();
        const auto pid = std::to_string(victim.pid());
        // its host name's namespace is mounted where the path is hostile, too, and 4 KiB long
        std::filesystem::create_directories(scratch.path());
        std::string place = scratch.path();
        while (place.size() + evil.size() + 200 < 4000) {
            place += "/\n" + evil + std::string(180, 'y');
            ASSERT_TRUE(std::filesystem::create_directory(place)) << errno_text();
        }
        place += "/f";
        std::ofstream(place).put('\n');
        ASSERT_EQ(::mount(("/proc/" + pid + "/ns/uts").c_str(), place.c_str(), nullptr, MS_BIND, nullptr), 0)
            << errno_text();
        for (const std::string& source : std::vector<std::string>{"bpf", "proc"}) {
            const std::vector<std::vector<std::string>> commands{
                {"list", "--source", source, "--output-all", "-p", pid},
                {"list", "--source", source, "-J", "-p", pid},
                {"tree", "--source", source, "-p", pid},
                {"tree", "--source", source, "-J", "-p", pid},
                {"inspect", "--source", source, pid},
                {"inspect", "--source", source, "-J", pid},
                {"why", "--source", source, "/proc/" + pid + "/ns/uts"},
                {"why", "--source", source, "-J", "/proc/" + pid + "/ns/uts"},
                {"inspect", "--source", source, "/proc/self/ns/mnt"},
                {"inspect", "--source", source, "-J", "/proc/self/ns/mnt"},
                {"diff", "--source", source, pid, "1"},
                {"diff", "--source", source, "-J", pid, "1"},
            };
            for (const auto& command : commands) {
                const auto done = nsscope(command);
                const auto what = testing::PrintToString(command);
                EXPECT_TRUE(done.status == 0 || done.status == 3) << what << done.errors;
                EXPECT_FALSE(commands_a_terminal(done.output)) << what;
                EXPECT_FALSE(commands_a_terminal(done.errors)) << what;
                EXPECT_FALSE(done.output.empty()) << what;
                if (std::find(command.begin(), command.end(), "-J") == command.end()) continue;
                rapidjson::Document document;
                document.Parse<rapidjson::kParseValidateEncodingFlag>(done.output.data(), done.output.size());
                EXPECT_FALSE(document.HasParseError()) << what;
            }
        }
        const auto uts = told("proc", "/proc/" + pid + "/ns/uts");
        EXPECT_EQ(uts.substr(0, 4), "lxc ") << uts;
        victim.end_input();
        EXPECT_TRUE(victim.wait());
        // now the mount alone holds it
        for (const std::string& source : std::vector<std::string>{"bpf", "proc"}) {
            for (const std::string& how : std::vector<std::string>{"-u", "-J"}) {
                for (const std::string& command : std::vector<std::string>{"list", "tree"}) {
                    const auto done = nsscope({command, "--source", source, how, "-t", "uts"});
                    EXPECT_FALSE(commands_a_terminal(done.output)) << command << how;
                    EXPECT_NE(done.output.find(std::string(180, 'y')) != std::string::npos,
                              command == "list" && how == "-u")
                        << command << how; // it has no column for it
                }
            }
        }
        EXPECT_EQ(::umount2(place.c_str(), MNT_DETACH), 0) << errno_text();
    }
    for (auto directory = made.rbegin(); directory != made.rend(); ++directory)
        EXPECT_TRUE(wait_until([&] { return ::rmdir(directory->c_str()) == 0; })) << errno_text();
}

} // namespace
} // namespace live
