// `nsscope top` in a terminal, by what each rung of the attach ladder tells it. The keys, the views and the colours, to
// which a kernel makes no difference, are in tests/tui.

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <regex>
#include <string>

#include "live.hpp"
#include "process.hpp"
#include "terminal.hpp"

namespace live {
namespace {

class Top : public Live {};

TEST_F(Top, ShowsWhatHappens) {
    if (find_in_path("tmux").empty()) LIVE_SKIP("tmux is not installed");
    const Scratch settings("top"); // none, and none of the user's
    const Terminal terminal("XDG_CONFIG_HOME=" + settings.path() + " " + program() +
                                " top --view namespaces; echo ended with $?.; exec sleep 1000",
                            120, 60);
    ASSERT_EQ(terminal.problem(), "");
    ASSERT_TRUE(terminal.wait_for("[2 namespaces]")) << terminal.screen();
    const auto first = terminal.screen();
    EXPECT_TRUE(std::regex_search(first, std::regex("  by (fentry|kprobe|tracepoint) "))) << first;
    const char* set = std::getenv("NSSCOPE_DISABLE");
    const std::string disabled = set != nullptr ? set : "";
    for (const std::string without : {"fentry", "kprobe"}) {
        const bool may_be = disabled.find(without) == std::string::npos;
        EXPECT_TRUE(may_be || first.find("  by " + without) == std::string::npos) << first;
    }

    Process holder({find_in_path("unshare"), "--net", "sleep", "1001"});
    const std::regex born(R"(\+net +(\d+).* sleep 1001)");
    std::string inum;
    EXPECT_TRUE(terminal.wait_for([&](const std::string& screen) {
        std::smatch found;
        if (!std::regex_search(screen, found, born)) return false;
        inum = found[1];
        return true;
    })) << terminal.screen();
    EXPECT_EQ(std::filesystem::read_symlink("/proc/" + std::to_string(holder.pid()) + "/ns/net"),
              "net:[" + inum + "]");
    holder.signal(SIGKILL);
    ASSERT_TRUE(holder.wait());
    const std::regex gone("-net +" + inum); // for a few seconds, before its line goes, too
    EXPECT_TRUE(terminal.wait_for([&](const std::string& screen) { return std::regex_search(screen, gone); }))
        << terminal.screen();

    EXPECT_EQ(run({helper(), "unshare:uts"}).status, 0);
    terminal.press("5");
    terminal.press("\\ns.unshare"); // what the looking itself does would soon be all there is
    terminal.press("Enter");
    const std::regex told(R"(ns\.unshare.*nshelper)");
    EXPECT_TRUE(terminal.wait_for([&](const std::string& screen) {
        return std::regex_search(screen, told) && screen.find("lost 0") != std::string::npos;
    })) << terminal.screen();
    terminal.press("q");
    EXPECT_TRUE(terminal.wait_for("ended with 0.")) << terminal.screen();
}

} // namespace
} // namespace live
