#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""nsscope top in a real terminal: test_top.py NSSCOPE. NSSCOPE_TUI_SECONDS: how long the random run lasts (5)."""
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

from terminal import StatusLost, Terminal

NSSCOPE = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else "nsscope"
VIEWS = ("tree", "namespaces", "processes", "cgroups", "events")


def pid_of(name, session_pid):
    """The process of this name below another."""
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat", encoding="utf-8", errors="replace") as f:
                    stat = f.read()
            except OSError:
                continue
            comm = stat[stat.index("(") + 1:stat.rindex(")")]
            ppid = int(stat[stat.rindex(")") + 2:].split()[1])
            if comm == name and (ppid == session_pid or int(entry) == session_pid):
                return int(entry)
    raise AssertionError(f"no {name} below {session_pid}")


class Top(unittest.TestCase):
    def _callTestMethod(self, method):
        for _ in range(3):
            try:
                return super()._callTestMethod(method)
            except StatusLost:
                pass  # nothing is known of this run: have another
        return super()._callTestMethod(method)

    def setUp(self):
        if not shutil.which("tmux"):
            if os.environ.get("NSSCOPE_NO_SKIP"):
                self.fail("tmux is missing, and skipping is forbidden")
            self.skipTest("tmux is not installed")

    def start(self, arguments="", command=None, **options):
        terminal = Terminal(command or f"{NSSCOPE} top {arguments}", **options)
        self.addCleanup(terminal.close)
        return terminal

    def test_every_view_on_every_size(self):
        for width, height in ((200, 50), (80, 24), (40, 10)):
            terminal = self.start(width=width, height=height)
            terminal.wait("lost 0")
            for number, view in enumerate(VIEWS, 1):
                terminal.keys(str(number))
                wanted = f"[{number} {view}]"[:max(width - 30, 6)] if width < 80 else f"[{number} {view}]"
                screen = terminal.wait((lambda s, n=number: f"[{n} " in s) if number < 3 else
                                       (lambda s, w=wanted, n=number: w in s or f" {n} " not in s))
                lines = screen.splitlines()
                self.assertLessEqual(len(lines), height)
                self.assertIn("lost 0", screen)
            terminal.close()

    def test_the_own_process_is_shown_and_found(self):
        terminal = self.start("--view processes")
        terminal.wait("[3 processes]")
        pid = pid_of("nsscope", int(terminal.ask("pane_pid")))
        terminal.text(f"\\{pid}")
        terminal.keys("Enter")
        terminal.wait(lambda s: re.search(rf"^>? +{pid} ", s, re.M))
        while not re.search(rf"^> +{pid} ", terminal.screen(), re.M):
            terminal.keys("Down")
        terminal.keys("Enter")
        terminal.wait("enter       nsenter --target")
        terminal.keys("Escape")
        terminal.wait("PID USER")
        terminal.keys("Escape")
        terminal.wait("PID USER", unwanted="filter:")
        terminal.text("\\nsscope top --view")
        terminal.wait("filter: nsscope top")
        terminal.keys("Enter")
        terminal.wait("F1Help")

    def test_a_namespace_that_comes_and_goes(self):
        terminal = self.start("--view namespaces", height=60)
        terminal.wait("[2 namespaces]")
        # what was there at the beginning is not new
        process = subprocess.Popen(["unshare", "--user", "--net", "sleep", "1000"])
        try:
            screen = terminal.wait(lambda s: re.search(r"^.\+net +\d+.* sleep 1000$", s, re.M))
            inum = re.search(r"^.\+net +(\d+).* sleep 1000$", screen, re.M)[1]
        finally:
            process.kill()
            process.wait()
        terminal.wait(lambda s: re.search(rf"^.-net +{inum} ", s, re.M))
        terminal.wait(lambda s: not re.search(rf"^..net +{inum} ", s, re.M))

    def test_help_has_every_key_and_panels_close(self):
        terminal = self.start(height=100)
        for key, title in (("F1", "  Keys"), ("S", "Columns of tree"), (".", "Sort by"), ("h", "  Keys")):
            terminal.wait("F1Help")
            terminal.keys(key)
            terminal.wait(title)
            terminal.keys("Escape")
            terminal.wait("NAME", unwanted=title)

    def test_setup_is_kept(self):
        terminal = self.start("--view processes")
        terminal.wait("PID USER")
        terminal.keys("S")
        terminal.wait("[x] PID")
        terminal.keys("Space", "Escape")
        terminal.wait("USER", unwanted=" PID ")
        terminal.keys("q")
        self.assertEqual(0, terminal.wait_ended())
        with open(os.path.join(terminal.folder.name, "nsscope", "top"), encoding="utf-8") as f:
            self.assertIn("columns processes USER,", f.read())

    def test_bad_settings_are_refused(self):
        terminal = self.start(command=f"sh -c 'mkdir $XDG_CONFIG_HOME/nsscope; echo nonsense > $XDG_CONFIG_HOME/nsscope/top; "
                                      f"{NSSCOPE} top; echo status $?; sleep 1000'", width=200)
        terminal.wait("status 2")
        self.assertIn("line 1", terminal.screen().replace("\n", ""))

    def test_resize(self):
        terminal = self.start("--view processes")
        terminal.wait("[3 processes]")
        for width, height in ((40, 10), (150, 45), (20, 5), (100, 30)):
            terminal.resize(width, height)
            terminal.wait(lambda s, w=width, h=height: len(s.splitlines()) <= h and
                          all(len(line) <= w for line in s.splitlines()) and "lost 0" in s)
        terminal.wait("[3 processes]")

    def test_colours_and_none(self):
        colour = re.compile(r"\x1b\[[0-9;]*(?:3[0-8]|4[0-8]|9[0-7])(?:;[0-9;]*)?m")
        for term, env, wanted in (("screen-256color", {}, True), ("screen", {}, True), ("screen-256color", {"NO_COLOR": "1"}, False),
                                  ("vt100", {}, False)):
            with self.subTest(term=term, env=env):
                terminal = self.start(term="screen-256color", command=f"env TERM={term} {NSSCOPE} top --view processes", env=env)
                terminal.wait("[3 processes]")
                terminal.wait(lambda s: re.search(r"^>", s, re.M))
                self.assertEqual(wanted, bool(colour.search(terminal.screen(styles=True))))
                terminal.close()

    def test_ascii(self):
        terminal = self.start(env={"LC_ALL": "C"})
        screen = terminal.wait("`-")
        self.assertTrue(screen.isascii(), screen)

    def restored(self, terminal):
        """The main screen, with what was on it; the cursor shown; no mouse reports; echo on."""
        screen = terminal.wait("after")
        self.assertIn("before", screen)
        self.assertEqual("0", terminal.ask("alternate_on"))
        self.assertEqual("1", terminal.ask("cursor_flag"))
        self.assertEqual("0", terminal.ask("mouse_any_flag"))
        tty = terminal.ask("pane_tty")
        modes = subprocess.run(["stty", "-F", tty, "-a"], stdout=subprocess.PIPE, check=True, text=True).stdout
        self.assertLessEqual({"echo", "icanon", "isig", "icrnl", "opost"}, set(modes.split()))

    def run_between(self):
        terminal = self.start(command=f"sh -c 'echo before; {NSSCOPE} top; echo after $?; exec sleep 1000'")
        terminal.wait("[1 tree]")
        self.assertEqual("1", terminal.ask("alternate_on"))
        return terminal

    def test_restored_by_quitting(self):
        for key in ("q", "F10", "C-c"):
            with self.subTest(key):
                terminal = self.run_between()
                terminal.keys(key)
                self.restored(terminal)
                self.assertIn("after 0", terminal.screen())
                terminal.close()

    def test_restored_by_signals_and_crashes(self):
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGSEGV, signal.SIGABRT):
            with self.subTest(number):
                terminal = self.run_between()
                os.kill(pid_of("nsscope", int(terminal.ask("pane_pid"))), number)
                self.restored(terminal)
                terminal.close()

    def test_stopped_and_back(self):
        terminal = self.start(command="bash --norc -i", env={"PS1": "prompt "})
        terminal.wait("prompt")
        terminal.text(f"{NSSCOPE} top\n")
        terminal.wait("[1 tree]")
        terminal.keys("C-z")
        terminal.wait("Stopped")
        self.assertEqual("0", terminal.ask("alternate_on"))
        terminal.text("fg\n")
        terminal.wait("[1 tree]", unwanted="Stopped")
        terminal.keys("q")
        terminal.wait("prompt", unwanted="[1 tree]")

    def test_a_shell_inside_and_back(self):
        if os.geteuid() != 0:
            self.skipTest("entering a namespace needs root")
        process = subprocess.Popen(["unshare", "--uts", "sh", "-c", "hostname nsscope-inside; exec sleep 1001"])
        try:
            terminal = self.start("--view processes")
            terminal.wait("[3 processes]")
            terminal.text("/sleep 1001")
            terminal.keys("Enter")
            terminal.wait(lambda s: re.search(r"^>.*sleep 1001$", s, re.M))
            terminal.keys("e")
            terminal.wait("exit comes back")
            terminal.text("uname -n; stty size\n")
            terminal.wait("nsscope-inside")
            terminal.text("exit\n")
            terminal.wait("[3 processes]")
        finally:
            process.kill()
            process.wait()

    def test_details_have_what_inspect_and_why_know(self):
        if os.geteuid() != 0:
            self.skipTest("looking into a namespace needs root")
        process = subprocess.Popen(["unshare", "--uts", "sh", "-c", "hostname nsscope-inside; exec sleep 1003"])
        try:
            terminal = self.start("--view processes", height=200, width=120)
            terminal.wait("[3 processes]")
            terminal.text("/sleep 1003")
            terminal.keys("Enter")
            terminal.wait(lambda s: re.search(r"^>.*sleep 1003$", s, re.M))
            terminal.keys("Enter")
            terminal.wait(lambda s: re.search(r"^ +host name +nsscope-inside$", s, re.M))
            terminal.keys("Escape")
            inum = os.stat(f"/proc/{process.pid}/ns/uts").st_ino
            terminal.keys("2")
            terminal.wait("[2 namespaces]")
            terminal.text(f"/{inum}")
            terminal.keys("Enter", "Enter")
            screen = terminal.wait(lambda s: "Why it is there" in s and "nsscope-inside" in s)
            self.assertRegex(screen, rf"process {process.pid} \(sleep\)")
        finally:
            process.kill()
            process.wait()

    def test_a_signal_after_asking(self):
        process = subprocess.Popen(["sleep", "1002"])
        try:
            terminal = self.start("--view processes")
            terminal.wait("[3 processes]")
            terminal.text("/sleep 1002")
            terminal.keys("Enter")
            terminal.wait(lambda s: re.search(r"^>.*sleep 1002$", s, re.M))
            terminal.keys("k")
            terminal.wait("SIGTERM")
            terminal.keys("Escape")
            terminal.wait("[3 processes]", unwanted="SIGTERM")
            self.assertIsNone(process.poll())
            terminal.keys("k")
            terminal.wait("SIGTERM")
            terminal.keys("Enter")
            terminal.wait("sent to 1 of 1")
            self.assertEqual(-signal.SIGTERM, process.wait(timeout=30))
        finally:
            process.kill()

    def test_export(self):
        terminal = self.start(command=f"sh -c 'cd $XDG_CONFIG_HOME; exec {NSSCOPE} top --view processes'")
        terminal.wait("[3 processes]")
        terminal.keys("x")
        terminal.wait("written to nsscope-")
        names = [n for n in os.listdir(terminal.folder.name) if n.endswith(".json")]
        with open(os.path.join(terminal.folder.name, names[0]), encoding="utf-8") as f:
            view = json.load(f)
        self.assertEqual("nsscope.view/1", view["schema"])
        self.assertEqual("PID", view["columns"][0])
        self.assertIn(str(os.getpid()), [row["cells"][0] for row in view["rows"]])

    def test_the_mouse(self):
        terminal = self.start("--view processes")
        terminal.wait("[3 processes]")
        self.assertEqual("1", terminal.ask("mouse_any_flag"))
        lines = terminal.screen().splitlines()
        row = next(i for i, line in enumerate(lines) if line.startswith(">")) + 3
        terminal.text(f"\033[M {chr(33 + 10)}{chr(33 + row)}")
        terminal.wait(lambda s: s.splitlines()[row].startswith(">"))
        terminal.keys("m")
        terminal.wait("mouse off")
        self.assertEqual("0", terminal.ask("mouse_any_flag"))

    def test_batch(self):
        for command in ([NSSCOPE, "top", "-b", "-n", "2", "-d", "0.2"], [NSSCOPE, "top", "-n", "2", "-d", "0.2"]):
            done = subprocess.run(command, stdout=subprocess.PIPE, check=False, text=True, stdin=subprocess.DEVNULL)
            self.assertIn(done.returncode, (0, 3))
            self.assertEqual(2, done.stdout.count("lost "))
            self.assertEqual(2, len(re.findall(r"^ +PROCS.*NAME$", done.stdout, re.M)))
            self.assertNotIn("\033", done.stdout)

    def test_a_dumb_terminal(self):
        # it ends so soon that tmux often misses how: the shell tells
        terminal = self.start(command=f"sh -c 'TERM=dumb {NSSCOPE} top -n 1; echo ended with $?.'")
        terminal.wait("ended with 0.")

    def test_without_privilege(self):
        if os.geteuid() != 0:
            self.skipTest("this is about dropping root's")
        with tempfile.TemporaryDirectory() as folder: # the build directory may be closed to others
            os.chmod(folder, 0o755)
            program = shutil.copy(NSSCOPE, folder)
            done = subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", program, "top", "-b", "-n", "1"],
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, text=True,
                                  env={**os.environ, "HOME": "/nonexistent"})
        self.assertIn("! no events", done.stdout, done.stderr)

    def test_random_keys_and_sizes(self):
        terminal = self.start("-d 0.1")
        terminal.wait("[1 tree]")
        terminal.take_random_keys(self, ["F1", "F2", "F3", "F4", "F5", "F6",
                                         *"h?S/n\\.<,>PMTNIgGt123456-+=*UFZdKycmr#^$ä漢sj[]{}"])
        terminal.keys("q")
        self.assertEqual(0, terminal.wait_ended(), terminal.screen())


if __name__ == "__main__":
    unittest.main(argv=sys.argv)
