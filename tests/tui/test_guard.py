#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""The guard view of nsscope top: test_guard.py NSSCOPE. Puts a policy in force on a cgroup of its own; needs root."""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

from terminal import Terminal

NSSCOPE = os.path.abspath(sys.argv.pop(1))
POLICY = """\
version: 1
rules:
  - name: no-swappiness
    sysctls: ["vm.swappiness"]
    scope: all
    action: deny
default: allow
"""


def cgroup_root():
    with open("/proc/self/mountinfo", encoding="utf-8") as f:
        for line in f:
            if " - cgroup2 " in line:
                return line.split()[4]
    return None


class Guard(unittest.TestCase):
    def skip(self, why):
        if os.environ.get("NSSCOPE_NO_SKIP"):
            self.fail(why + ", and skipping is forbidden")
        self.skipTest(why)

    def setUp(self):
        if not shutil.which("tmux"):
            self.skip("tmux is not installed")
        if os.geteuid() != 0 or not cgroup_root():
            self.skip("a guard needs root, and a cgroup2 mount")
        self.name = f"nsscope-tui-{os.getpid()}"
        self.folder = os.path.join(cgroup_root(), self.name)
        os.mkdir(self.folder)
        self.addCleanup(os.rmdir, self.folder)
        self.file = tempfile.NamedTemporaryFile("w", suffix=".yaml")
        self.addCleanup(self.file.close)
        self.file.write(POLICY)
        self.file.flush()

    def guard(self, *arguments):
        return subprocess.run([NSSCOPE, "guard", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                              text=True)

    def top(self):
        terminal = Terminal(f"{NSSCOPE} top -d 0.3", width=150, height=40)
        self.addCleanup(terminal.close)
        return terminal

    def test_rules_hits_and_denials(self):
        done = self.guard("apply", "--cgroup", f"/{self.name}", self.file.name)
        if done.returncode not in (0, 3):
            self.skip("no guard can be put in force here: " + done.stderr)
        self.addCleanup(self.guard, "remove", "--cgroup", f"/{self.name}")
        terminal = self.top()
        terminal.wait("6 guard")
        subprocess.run(["sh", "-c", f"echo $$ > {self.folder}/cgroup.procs; echo 60 > /proc/sys/vm/swappiness"],
                       stderr=subprocess.DEVNULL, check=False)
        terminal.keys("6")
        terminal.wait("[6 guard]")
        terminal.wait(f"enforces {self.file.name} on /{self.name}")
        screen = terminal.wait(lambda s: "deny sh[" in s)
        self.assertRegex(screen, r"(?m)^ +1 .*no-swappiness$")
        self.assertRegex(screen, rf"deny sh\[\d+\] vm/swappiness = 60 by no-swappiness in /{self.name}")
        terminal.keys("End", "Enter")
        terminal.wait("hits        1")
        terminal.keys("Escape", "Tab")
        terminal.wait("[1 tree]")
        self.guard("remove", "--cgroup", f"/{self.name}")
        terminal.wait("[1 tree]", unwanted="denies")
        terminal.keys("1")
        terminal.wait("[1 tree]", unwanted=f"/{self.name}")

    def test_without_a_guard(self):
        if os.path.isdir("/sys/fs/bpf/nsscope") and os.listdir("/sys/fs/bpf/nsscope"):
            self.skipTest("somebody else has a guard in force")
        terminal = self.top()
        terminal.wait("[1 tree]")
        terminal.keys("6")
        terminal.wait("no guard is in force")


if __name__ == "__main__":
    unittest.main(argv=sys.argv)
