#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""nsscope top on a recording, in a real terminal: test_replay.py NSSCOPE MAKE_RECORDING. Every screen is compared with the
one that is kept; NSSCOPE_UPDATE_GOLDEN=1 keeps what is seen."""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

import golden
from terminal import PATIENCE, Terminal

NSSCOPE, MAKE_RECORDING = (os.path.abspath(argument) for argument in (sys.argv.pop(1), sys.argv.pop(1)))
VIEWS = ("tree", "namespaces", "processes", "cgroups", "events")
# Not everywhere is there a terminal of 16 colours.
SIXTEEN = r"""nsscope-16color|screen with 16 colours,
	colors#16, pairs#256,
	setab=\E[%?%p1%{8}%<%t%p1%{40}%+%e%p1%{92}%+%;%dm, setaf=\E[%?%p1%{8}%<%t%p1%{30}%+%e%p1%{82}%+%;%dm,
	use=screen,
"""
TERMS = {"256": "screen-256color", "16": "nsscope-16color", "8": "screen", "none": "vt100"}


class Replay(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not shutil.which("tmux"):
            if os.environ.get("NSSCOPE_NO_SKIP"):
                raise AssertionError("tmux is missing, and skipping is forbidden")
            raise unittest.SkipTest("tmux is not installed")
        cls.folder = tempfile.TemporaryDirectory(prefix="nsscope-replay-")
        cls.addClassCleanup(cls.folder.cleanup)
        cls.file = os.path.join(cls.folder.name, "recording")
        with open(cls.file, "wb") as f:
            subprocess.run([MAKE_RECORDING], stdout=f, check=True)
        subprocess.run(["tic", "-x", "-o", cls.folder.name, "-"], input=SIXTEEN, check=True, text=True)

    def start(self, arguments="--paused --at 14", term="256", **options):
        env = {"TZ": "UTC", "TERMINFO_DIRS": f"{self.folder.name}:", **options.pop("env", {})}
        terminal = Terminal(f"env TERM={TERMS[term]} {NSSCOPE} top --replay {self.file} {arguments}", env=env,
                            **options)
        self.addCleanup(terminal.close)
        return terminal

    def expect(self, terminal, name, styles=False):
        """Until the screen is the kept one."""
        end = time.monotonic() + PATIENCE
        if os.environ.get("NSSCOPE_UPDATE_GOLDEN") == "1":
            time.sleep(0.7)
        while True:
            screen = terminal.screen(styles)
            if golden.same(name, screen):
                return screen
            if time.monotonic() > end:
                with open(golden.path_of(name), encoding="utf-8") as f:
                    self.fail(f"{name}: the screen is\n{screen}\nand not\n{f.read()}")
            time.sleep(0.05)

    def test_every_view_at_every_size(self):
        for width, height in ((160, 40), (80, 24), (40, 10)):
            terminal = self.start(width=width, height=height)
            terminal.wait("lost 0")
            for number, view in enumerate(VIEWS, 1):
                with self.subTest(view=view, width=width):
                    terminal.keys(str(number))
                    self.expect(terminal, f"{view}-{width}x{height}")
            terminal.close()

    def test_every_depth_of_colour(self):
        for term in TERMS:
            for view in ("tree", "processes"):
                with self.subTest(term=term, view=view):
                    terminal = self.start(f"--paused --at 14 --view {view}", term=term, width=100, height=30)
                    terminal.wait("PAUSED 0:14.0")
                    self.expect(terminal, f"{view}-{term}-colours", styles=True)
                    terminal.close()

    def test_no_color_is_heeded(self):
        terminal = self.start("--paused --at 14 --view processes", width=100, height=30, env={"NO_COLOR": "1"})
        terminal.wait("PAUSED 0:14.0")
        screen = self.expect(terminal, "processes-NO_COLOR", styles=True)
        self.assertIsNone(re.search(r"\x1b\[[0-9;]*(?:3[0-8]|4[0-8]|9[0-7])(?:;[0-9;]*)?m", screen))

    def test_ascii(self):
        for view in ("tree", "processes", "events"):
            with self.subTest(view):
                terminal = self.start(f"--paused --at 14 --view {view}", width=100, height=30, env={"LC_ALL": "C"})
                terminal.wait("PAUSED 0:14.0")
                self.assertTrue(self.expect(terminal, f"{view}-ascii").isascii())
                terminal.close()

    def test_what_keys_show(self):
        """Name of the screen, view, keys before it."""
        for name, view, keys in (
            ("help", "tree", ["F1"]),
            ("setup", "processes", ["F2"]),
            ("setup-moved", "processes", ["F2", "Down", "+", "Down", "Space", "Escape"]),
            ("sort", "processes", ["F6"]),
            ("sorted-by-memory", "processes", ["M"]),
            ("sorted-beside", "processes", ["P", ">", "I"]),
            ("filtered", "processes", ["F4", *"nginx|post", "Enter"]),
            ("filter-asked", "processes", ["\\", *"ssh"]),
            ("found", "processes", ["F3", *"postgres", "Enter"]),
            ("not-found", "processes", ["/", *"nowhere", "Enter"]),
            ("signals", "processes", ["End", "F9"]),
            ("tagged", "processes", ["Space", "Down", "Space"]),
            ("untagged", "processes", ["Space", "Space", "U"]),
            ("differing", "processes", ["d"]),
            ("no-kernel-threads", "processes", ["K"]),
            ("of-one-kind", "namespaces", ["y", "y"]),
            ("folded", "tree", ["*"]),
            ("unfolded", "tree", ["Down", "+"]),
            ("scrolled-right", "namespaces", ["Right", "Right", "Right"]),
            ("following", "processes", ["Down", "F"]),
            ("details-of-a-process", "processes", ["/", *"postgres", "Enter", "Enter"]),
            ("details-of-a-namespace", "namespaces", ["/", *"4026532303", "Enter", "Enter"]),
            ("details-of-a-pinned-one", "namespaces", ["/", *"blue", "Enter", "Enter"]),
            ("details-of-a-container", "tree", ["Down", "Enter"]),
            ("details-of-a-cgroup", "cgroups", ["End", "Enter"]),
            ("details-of-an-event", "events", ["Home", "Down", "Enter"]),
            ("a-link-followed", "namespaces", ["/", *"4026532303", "Enter", "Enter", "End", "Enter"]),
            ("and-back", "namespaces", ["/", *"4026532303", "Enter", "Enter", "End", "Enter", "Left"]),
            ("no-signals-here", "processes", ["End", "k", "Enter"]),
            ("nothing-to-enter", "processes", ["e"]),
            ("time-asked", "processes", ["j", *"2"]),
        ):
            with self.subTest(name):
                terminal = self.start(f"--paused --at 14 --view {view}", width=110, height=34)
                terminal.wait("PAUSED 0:14.0")
                terminal.keys(*keys)
                self.expect(terminal, name)
                terminal.close()

    def test_play_pause_step_and_seek(self):
        terminal = self.start("--paused --view events -d 0.1")
        terminal.wait("PAUSED 0:00.0 of 0:30.0")
        for _ in range(2):
            terminal.keys("s")
            time.sleep(0.1)
        terminal.wait("PAUSED 0:05.2")
        terminal.wait("unshare(CLONE_NEWNET|CLONE_NEWUTS)")
        terminal.keys("]")
        terminal.wait("PAUSED 0:15.2")
        terminal.wait("clone3(")
        terminal.keys("[", "[")
        terminal.wait("PAUSED 0:00.0", unwanted="unshare(")
        terminal.keys("}")
        terminal.wait("END 0:30.0")
        terminal.wait("lost 3")
        terminal.keys("{")
        terminal.wait("PAUSED 0:00.0", unwanted="lost 3")
        terminal.keys("j", *"20.5", "Enter")
        terminal.wait("PAUSED 0:20.5")
        terminal.keys("j", *"2026-11-22T01:47:50Z", "Enter")
        terminal.wait("PAUSED 0:05.0")
        terminal.keys("j", *"tomorrow", "Enter")
        terminal.wait("is no time")
        terminal.keys("Z")
        terminal.wait("PLAYING 0:0")
        terminal.wait("PLAYING 0:06")
        terminal.keys("Z")
        terminal.wait("PAUSED 0:0")

    def test_it_plays_and_comes_to_its_end(self):
        terminal = self.start("--at 29 -d 0.1")
        terminal.wait("PLAYING")
        terminal.wait("END 0:30.0 of 0:30.0")
        terminal.keys("Z")
        terminal.wait("PLAYING 0:0")

    def test_new_and_gone_rows(self):
        terminal = self.start("--paused --at 5.5 --view namespaces", width=110, height=34)
        terminal.wait("PAUSED 0:05.5")
        self.expect(terminal, "new-rows")
        terminal.keys("s")
        terminal.wait("PAUSED 0:06.5")
        terminal.keys("s")
        terminal.wait("PAUSED 0:06.9")
        self.expect(terminal, "gone-rows")

    def test_random_keys_and_sizes(self):
        terminal = self.start("-d 0.1")
        terminal.wait("lost 0")
        terminal.take_random_keys(self, ["F1", "F2", "F3", "F4", "F6", "F9", *"12345ZZsssjj[]{}[]{}0279.:-TZ*+-FdeKykP"])

    def run_batch(self, *arguments, file=None, status=0):
        done = subprocess.run([NSSCOPE, "top", "-b", "--replay", file or self.file, *arguments],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, text=True,
                              env={**os.environ, "TZ": "UTC", "LC_ALL": "C.UTF-8"}, timeout=60)
        self.assertEqual(status, done.returncode, done.stderr)
        self.assertNotRegex(done.stdout, r"[\x00-\x09\x0b-\x1f\x7f]")
        return done.stdout

    def test_batch(self):
        for view in VIEWS:
            with self.subTest(view):
                self.assertTrue(golden.same(f"batch-{view}", self.run_batch("--view", view, "-n", "2", "-d", "10",
                                                                           "--at", "4", "--filter", "")))
        self.assertEqual(4, self.run_batch("-d", "10", status=3).count("nsscope harbour"))  # to the end: records were lost

    def test_a_damaged_recording(self):
        with open(self.file, "rb") as f:
            whole = f.read()
        damaged = os.path.join(self.folder.name, "damaged")
        with open(damaged, "wb") as f:
            f.write(whole[:-200])
        out = self.run_batch("-d", "30", file=damaged, status=3)
        self.assertRegex(out, r"! the recording is damaged at byte \d+ \(record \d+\): it is cut off")
        middle = len(whole) // 2
        with open(damaged, "wb") as f:
            f.write(whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1:])
        self.assertIn("its check sum is wrong", self.run_batch("-d", "30", file=damaged, status=3))
        for command in (["events", "--replay", damaged], ["list", "--replay", damaged]):
            done = subprocess.run([NSSCOPE, *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                                  text=True, timeout=60)
            self.assertEqual(3, done.returncode)
            self.assertRegex(done.stderr, r"damaged at byte \d+ \(record \d+\)")

    def test_what_is_no_recording(self):
        for file in ("/dev/null", "/nonexistent", NSSCOPE, "/"):
            for command in ("top", "events", "list"):
                done = subprocess.run([NSSCOPE, command, "--replay", file], stdout=subprocess.PIPE,
                                      stderr=subprocess.PIPE, check=False, text=True, timeout=60)
                self.assertEqual(1, done.returncode)
                self.assertIn(file, done.stderr)
                self.assertEqual("", done.stdout)

    def test_events(self):
        def events(*arguments):
            done = subprocess.run([NSSCOPE, "events", "--replay", self.file, *arguments], stdout=subprocess.PIPE,
                                  check=False, text=True, timeout=60)
            return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]

        status, told = events("--type", "all")
        self.assertEqual(3, status)  # records were lost
        self.assertEqual([str(n) for n in range(1, len(told) + 1)], [event["seq"] for event in told])
        self.assertEqual(["start", "process.fork", "ns.unshare", "process.exit", "ns.destroy", "ns.destroy", "ns.unshare",
                          "ns.clone", "process.exec", "loss", "end"], [event["event"] for event in told])
        self.assertEqual("2026-11-22T01:47:49.500000000Z", told[1]["time"])
        self.assertEqual({"produced": "11", "delivered": "8", "filtered": "0", "lost": "3"}, told[-1]["totals"])
        status, told = events("--type", "ns.unshare", "--pid", "801")
        self.assertEqual(0, status)
        self.assertEqual(["start", "ns.unshare", "end"], [event["event"] for event in told])
        self.assertEqual({"produced": "2", "delivered": "1", "filtered": "1", "lost": "0"}, told[-1]["totals"])

    def test_list(self):
        def inums(*arguments):
            done = subprocess.run([NSSCOPE, "list", "-J", "--replay", self.file, *arguments], stdout=subprocess.PIPE,
                                  check=False, text=True, timeout=60)
            self.assertEqual(0, done.returncode)
            snapshot = json.loads(done.stdout)
            self.assertEqual("harbour", snapshot["host"])
            return {ns["inum"]: ns for ns in snapshot["namespaces"]}, snapshot

        now, snapshot = inums("--at", "5.5")
        self.assertIn(4026532400, now)
        self.assertEqual([801], now[4026532400]["members"])
        self.assertEqual("2026-11-22T01:47:50.500000000Z", snapshot["time"])
        self.assertNotIn(4026532400, inums("--at", "8")[0])
        end, _ = inums()
        self.assertEqual("db", end[4026532303]["container"]["name"])
        self.assertEqual("postgres -D /var/lib/postgresql", end[4026532303]["leader"]["cmdline"])


if __name__ == "__main__":
    unittest.main(argv=sys.argv)
