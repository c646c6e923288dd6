#include <gtest/gtest.h>

#include "output/display_width.hpp"
#include "sample.hpp"

namespace nsscope::tui {
namespace {

struct Shown : testing::Test {
    Sample sample;
    Presenter presenter{Settings(), true};

    void SetUp() override {
        for (pid_t pid = 10; pid < 20; ++pid)
            sample.process(pid, 1, "worker" + std::to_string(pid),
                           {{NsType::net, 4026532000U + static_cast<unsigned>(pid)}});
        presenter.show(sample.next());
    }
    std::string screen(std::size_t width = 120, std::size_t height = 30) {
        return text_of(presenter.page({width, height}));
    }
    pid_t selected_pid() {
        const auto* row = presenter.selected();
        return row == nullptr ? 0 : static_cast<pid_t>(row->place.key.a);
    }
};

TEST_F(Shown, TheSelectionSticksToItsProcess) {
    type(presenter, "3");
    for (int i = 0; i < 5; ++i) static_cast<void>(presenter.press(key::down));
    EXPECT_EQ(selected_pid(), 13);
    sample.remove(10);
    sample.process(5, 1, "before"); // (out of order: sorted below)
    std::sort(sample.look().processes.begin(), sample.look().processes.end(),
              [](const Process& a, const Process& b) { return a.pid < b.pid; });
    presenter.show(sample.next());
    EXPECT_EQ(selected_pid(), 13);
    type(presenter, "P"); // sorted by CPU
    EXPECT_EQ(selected_pid(), 13);
    sample.remove(13);
    presenter.show(sample.next());
    EXPECT_EQ(selected_pid(), 13) << "one that is gone is still shown";
}

TEST_F(Shown, PauseShowsNothingNewAndLosesNothing) {
    type(presenter, "3Z");
    sample.process(50, 1, "late");
    presenter.show(sample.next());
    EXPECT_EQ(screen().find("late"), std::string::npos);
    EXPECT_NE(screen().find("PAUSED"), std::string::npos);
    type(presenter, "Z");
    EXPECT_NE(screen().find("late"), std::string::npos);
}

TEST_F(Shown, FilterAndSearch) {
    type(presenter, "3\\WORKER12|worker13");
    EXPECT_EQ(presenter.rows().size(), 2U);
    EXPECT_NE(screen().find("Filter: WORKER12"), std::string::npos);
    static_cast<void>(presenter.press(key::enter));
    EXPECT_EQ(presenter.rows().size(), 2U);
    static_cast<void>(presenter.press(key::escape));
    EXPECT_EQ(presenter.rows().size(), 12U);
    type(presenter, "/worker17");
    EXPECT_EQ(selected_pid(), 17);
    static_cast<void>(presenter.press(key::enter));
    type(presenter, "/nothing like it");
    EXPECT_EQ(selected_pid(), 17);
}

TEST_F(Shown, AFilterInTheTreeKeepsWhatStandsAbove) {
    presenter.set_filter("4026532015");
    const auto text = screen();
    EXPECT_NE(text.find("net:[4026532015]"), std::string::npos) << text;
    EXPECT_NE(text.find("user:[4026531837]"), std::string::npos) << text;
    EXPECT_EQ(text.find("net:[4026532014]"), std::string::npos) << text;
}

TEST_F(Shown, FoldsStay) {
    const auto before = presenter.rows().size();
    static_cast<void>(presenter.press(key::down)); // the user namespace
    type(presenter, "-");
    const auto folded = presenter.rows().size();
    EXPECT_LT(folded, before);
    presenter.show(sample.next());
    EXPECT_EQ(presenter.rows().size(), folded);
    type(presenter, "+");
    EXPECT_EQ(presenter.rows().size(), before);
}

TEST_F(Shown, OnlyWhatDiffersFromTheHosts) {
    type(presenter, "3d");
    EXPECT_EQ(presenter.rows().size(), 10U);
    type(presenter, "2");
    EXPECT_EQ(presenter.rows().size(), 10U);
}

TEST_F(Shown, DetailsLeadOnAndBack) {
    type(presenter, "2y"); // y: only one kind; cgroup, of which there is none
    EXPECT_NE(screen().find("nothing to show"), std::string::npos);
    type(presenter, "yyy"); // net
    static_cast<void>(presenter.press(key::down));
    static_cast<void>(presenter.press(key::enter));
    EXPECT_NE(screen(120, 60).find("net:[4026532010]"), std::string::npos) << screen(120, 60);
    EXPECT_NE(screen(120, 60).find("nsenter --target 10 --net"), std::string::npos);
    // the line of its owner is a link
    std::string text;
    for (int i = 0; i < 30 && text.find("> @ OWNER") == std::string::npos; ++i) {
        static_cast<void>(presenter.press(key::down));
        text = screen(120, 60);
    }
    static_cast<void>(presenter.press(key::enter));
    EXPECT_NE(screen(120, 60).find("  user:[4026531837]"), std::string::npos) << screen(120, 60);
    static_cast<void>(presenter.press(key::escape));
    EXPECT_NE(screen(120, 60).find("  net:[4026532010]"), std::string::npos);
    static_cast<void>(presenter.press(key::escape));
    EXPECT_NE(screen().find("COMMAND"), std::string::npos);
}

TEST_F(Shown, TheGuardsViewIsThereWhenAGuardIs) {
    type(presenter, "6");
    EXPECT_NE(screen().find("no guard is in force"), std::string::npos);
    EXPECT_EQ(screen().find("6 guard"), std::string::npos);
    static_cast<void>(presenter.press(key::back_tab));
    EXPECT_EQ(presenter.view(), View::events);
    sample.look().guard = {{.id = 1, .text = "enforces p.yaml on /"},
                           {.id = 2, .parent = 0, .text = "rules (1)"},
                           {.id = 3, .parent = 1, .text = "no-swappiness", .hits = 7},
                           {.id = 4, .parent = 0, .text = "denied worker10[10]", .hits = 2, .pid = 10}};
    presenter.show(sample.next());
    type(presenter, "6");
    EXPECT_NE(screen().find("[6 guard]"), std::string::npos);
    EXPECT_EQ(presenter.rows().size(), 4U);
    EXPECT_NE(screen().find("         7 "), std::string::npos);
    type(presenter, "G");
    static_cast<void>(presenter.press(key::enter));
    EXPECT_NE(screen().find("@         10 worker10"), std::string::npos) << screen();
    sample.look().guard.clear(); // removed while it is looked at
    presenter.show(sample.next());
    static_cast<void>(presenter.press(key::escape));
    EXPECT_TRUE(presenter.rows().empty());
    static_cast<void>(presenter.press(key::tab));
    EXPECT_EQ(presenter.view(), View::tree);
}

TEST_F(Shown, ARecordingIsPlayedAsAWhole) {
    EXPECT_EQ(presenter.press('s').what, Effect::What::nothing);
    EXPECT_NE(screen().find("this is no recording"), std::string::npos);
    presenter.set_playing("PAUSED 0:00.0 of 0:30.0");
    EXPECT_NE(screen().find("PAUSED 0:00.0 of 0:30.0"), std::string::npos);
    EXPECT_EQ(presenter.press('Z').what, Effect::What::play);
    EXPECT_FALSE(presenter.is_paused());
    EXPECT_EQ(presenter.press('s').what, Effect::What::step);
    EXPECT_EQ(presenter.press('[').number, -10);
    EXPECT_EQ(presenter.press('}').number, 60);
    type(presenter, "j12.5");
    const auto effect = presenter.press(key::enter);
    EXPECT_EQ(effect.what, Effect::What::go_to);
    EXPECT_EQ(effect.text, "12.5");
    type(presenter, "jx");
    EXPECT_EQ(presenter.press(key::escape).what, Effect::What::nothing);
}

TEST_F(Shown, WhatTheTellerKnowsComesLaterAndLeavesTheCursorWhereItIs) {
    std::vector<std::string> known{"", "Looking"};
    presenter.set_teller([&](const World&, const Key&) { return known; });
    type(presenter, "3"); // init, who has children
    static_cast<void>(presenter.press(key::enter));
    EXPECT_NE(screen(120, 60).find("Looking"), std::string::npos);
    static_cast<void>(presenter.press(key::end)); // the last line
    const auto selected_line = [&] {
        const auto text = screen(120, 60);
        const auto at = text.find("\n> ");
        return text.substr(at + 1, text.find('\n', at + 1) - at);
    };
    const auto before = selected_line();
    ASSERT_EQ(before.find("Looking"), std::string::npos);
    known = {"", "Inside", "  one", "  two", "  three"};
    presenter.look_again();
    EXPECT_NE(screen(120, 60).find("three"), std::string::npos);
    EXPECT_EQ(selected_line(), before);
}

TEST(World, TheSameMomentSeenAgainKeepsItsRates) {
    Sample sample;
    sample.next();
    sample.event(EventType::process_fork, 1, "fork");
    const auto world = sample.next();
    ASSERT_EQ(world->processes[0].use.forks, 1.0);
    auto again = sample.look();
    again.mono_ns = world->mono_ns;
    again.use_ns = world->use_ns;
    const auto same = next_world(world.get(), std::move(again));
    EXPECT_EQ(same->processes[0].use.forks, 1.0);
    EXPECT_EQ(same->rates, world->rates);
}

TEST_F(Shown, NothingIsSentWithoutAsking) {
    type(presenter, "3/worker14");
    static_cast<void>(presenter.press(key::enter));
    auto effect = presenter.press('k');
    EXPECT_EQ(effect.what, Effect::What::nothing);
    EXPECT_NE(screen().find("process 14"), std::string::npos);
    effect = presenter.press(key::escape);
    EXPECT_EQ(effect.what, Effect::What::nothing);
    static_cast<void>(presenter.press('k'));
    effect = presenter.press(key::enter);
    EXPECT_EQ(effect.what, Effect::What::signal);
    EXPECT_EQ(effect.number, 15);
    ASSERT_EQ(effect.processes.size(), 1U);
    EXPECT_EQ(effect.processes[0].pid, 14);
}

TEST_F(Shown, TaggedOnesAreMeantTogether) {
    type(presenter, "3/worker14");
    static_cast<void>(presenter.press(key::enter));
    type(presenter, "  k");
    const auto effect = presenter.press(key::enter);
    ASSERT_EQ(effect.processes.size(), 2U);
    EXPECT_EQ(effect.processes[1].pid, 15);
}

TEST_F(Shown, EventsStayAtTheEndUnlessTheCursorMoves) {
    type(presenter, "5");
    for (int i = 0; i < 100; ++i) sample.event(EventType::process_exec, 1, "event " + std::to_string(i));
    presenter.show(sample.next());
    EXPECT_NE(screen().find("event 99"), std::string::npos);
    static_cast<void>(presenter.press(key::up));
    for (int i = 100; i < 200; ++i) sample.event(EventType::process_exec, 1, "event " + std::to_string(i));
    presenter.show(sample.next());
    EXPECT_NE(screen().find("event 98"), std::string::npos);
    EXPECT_EQ(screen().find("event 199"), std::string::npos);
    static_cast<void>(presenter.press(key::end));
    EXPECT_NE(screen().find("event 199"), std::string::npos);
}

TEST_F(Shown, LossesAreNeverHidden) {
    sample.look().counts.lost = 7;
    presenter.show(sample.next());
    for (const Size size : {Size{120, 40}, Size{80, 24}, Size{40, 10}, Size{30, 5}})
        EXPECT_NE(screen(size.width, size.height).find("lost 7!"), std::string::npos) << size.width;
}

TEST_F(Shown, EveryKeyOnEverySizeFits) {
    for (const Size size : {Size{200, 60}, Size{80, 24}, Size{40, 10}, Size{20, 4}, Size{1, 1}}) {
        for (const auto& binding : bindings) {
            for (const auto code : binding.keys) {
                if (code == 0) continue;
                static_cast<void>(presenter.press(code));
                const auto page = presenter.page(size);
                EXPECT_LE(page.lines.size(), size.height) << binding.name;
                for (const auto& line : page.lines) {
                    std::size_t cells = 0;
                    for (const auto& span : line.spans) cells += display_width(span.text);
                    EXPECT_LE(cells, size.width) << binding.name;
                }
            }
            static_cast<void>(presenter.press(key::escape));
        }
    }
}

TEST_F(Shown, TheSetupChoosesColumns) {
    type(presenter, "3S ");
    EXPECT_EQ(presenter.settings().columns[2].front(), ColumnId::user); // PID was the first
    static_cast<void>(presenter.press(key::escape));
    EXPECT_EQ(screen().find(" PID "), std::string::npos);
    EXPECT_NE(screen().find("USER"), std::string::npos);
}

TEST(Hostile, NamesNeverReachTheTerminalRaw) {
    Sample sample;
    sample.process(10, 1, "\033]0;owned\a", {{NsType::net, 4026532000}}).command =
        "a\033[31m\r\n\xff\xe2\x80\xae b";
    sample.look().machine.host = "\033c";
    sample.look().notices.emplace_back("bad \033[2J");
    for (const bool utf8 : {true, false}) {
        Presenter presenter(Settings(), utf8);
        presenter.show(sample.next());
        for (const auto* keys : {"1", "2", "3", "4", "5", "1*", "3\\owned", "h", "S"}) {
            type(presenter, keys);
            for (const auto& line : presenter.page({150, 40}).lines)
                for (const auto& span : line.spans)
                    for (const char c : span.text) {
                        const auto byte = static_cast<unsigned char>(c);
                        EXPECT_TRUE(byte >= 32 && byte != 127) << keys;
                        EXPECT_TRUE(utf8 || byte < 128) << keys;
                    }
            static_cast<void>(presenter.press(key::escape));
            static_cast<void>(presenter.press(key::escape));
        }
    }
}

TEST(Nsenter, WordsAreQuotedForAShell) {
    EXPECT_EQ(shell_line({"nsenter", "--net=/run/netns/a b"}), "nsenter $'--net=/run/netns/a b'");
    EXPECT_EQ(shell_line({"a'\\\n"}), "$'a\\x27\\x5c\\x0a'");
}

TEST(SettingsFile, IsReadAsItIsWritten) {
    auto settings = parse_settings("columns processes cpu%,PID\nkey Ctrl-R quit\nmouse off\n");
    ASSERT_TRUE(settings) << settings.error().what;
    EXPECT_EQ(settings->columns[2], (std::vector{ColumnId::cpu, ColumnId::pid, ColumnId::name}));
    EXPECT_EQ(settings->keys.action(key::ctrl('R')), Action::quit);
    const auto again = parse_settings(to_text(*settings));
    ASSERT_TRUE(again);
    EXPECT_EQ(to_text(*again), to_text(*settings));
    for (const auto* bad : {"columns nowhere PID", "columns tree PID", "key F99 quit", "key q nothing",
                            "mouse maybe", "what"}) {
        const auto refused = parse_settings(std::string("# x\n") + bad + "\n");
        ASSERT_FALSE(refused) << bad;
        EXPECT_TRUE(refused.error().what.starts_with("line 2: ")) << refused.error().what;
    }
}

TEST(Keys, EachDoesOneThing) {
    std::map<KeyCode, std::string_view> seen;
    for (const auto& binding : bindings)
        for (const auto code : binding.keys)
            if (code != 0) {
                EXPECT_TRUE(seen.emplace(code, binding.name).second) << binding.name;
                EXPECT_EQ(key_from_name(key_name(code)), code) << key_name(code);
            }
}

} // namespace
} // namespace nsscope::tui
