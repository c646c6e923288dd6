# SPDX-License-Identifier: GPL-2.0-only
"""A terminal to run a program in: tmux without anybody looking, on a socket of its own."""
import os
import random
import re
import subprocess
import tempfile
import time

PATIENCE = float(os.environ.get("NSSCOPE_TUI_PATIENCE", "60"))  # seconds; of a loaded machine


class StatusLost(Exception):
    """tmux has missed how the program ended: the signal that a child has ended came while it closed the terminal."""


class Terminal:
    def __init__(self, command, width=100, height=30, term="screen-256color", env=None):
        self.folder = tempfile.TemporaryDirectory(prefix="nsscope-tui-")
        self.socket = os.path.join(self.folder.name, "tmux")
        config = os.path.join(self.folder.name, "conf")
        with open(config, "w", encoding="utf-8") as f:
            # escape-time: tmux itself would wait for what follows an Esc
            f.write(f"set -g default-terminal {term}\nset -g escape-time 0\nset -g status off\nset -g mouse off\n"
                    "set -g remain-on-exit on\nset -g history-limit 0\n")
        settings = {"LC_ALL": "C.UTF-8", "XDG_CONFIG_HOME": self.folder.name, **(env or {})}
        words = " ".join(f"{name}='{value}'" for name, value in settings.items())
        self.tmux("-f", config, "new-session", "-d", "-x", str(width), "-y", str(height), f"env {words} {command}")

    def tmux(self, *arguments, check=True):
        return subprocess.run(["tmux", "-S", self.socket, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              check=check, text=True, env={**os.environ, "LC_ALL": "C.UTF-8", "TMUX": ""}).stdout

    def keys(self, *names):
        self.tmux("send-keys", *names)

    def text(self, text):
        self.tmux("send-keys", "-l", text)

    def screen(self, styles=False, whole=False):
        """`whole`: with the spaces at the ends of lines, which may have a colour."""
        return self.tmux("capture-pane", "-p", *(["-e"] if styles else []), *(["-N"] if whole else []))

    def ask(self, what):
        """A format of tmux(1), such as pane_pid."""
        return self.tmux("display-message", "-p", "#{" + what + "}").strip()

    def resize(self, width, height):
        self.tmux("resize-window", "-x", str(width), "-y", str(height))

    def wait(self, wanted, unwanted=None):
        """Until the screen has (or, as a function, fulfils) what is wanted; returns it."""
        end = time.monotonic() + PATIENCE
        while True:
            screen = self.screen()
            there = wanted(screen) if callable(wanted) else wanted in screen
            if there and (unwanted is None or unwanted not in screen):
                return screen
            if time.monotonic() > end:
                raise AssertionError(f"waited in vain for {wanted!r} (without {unwanted!r}); the screen:\n{screen}")
            time.sleep(0.05)

    def settle(self, seconds=1):
        """Until the screen has been the same for so long; returns it."""
        screen, since = self.screen(), time.monotonic()
        while time.monotonic() - since < seconds:
            time.sleep(0.1)
            if (now := self.screen()) != screen:
                screen, since = now, time.monotonic()
        return screen

    def take_random_keys(self, test, names):
        """Keys of these and those that move, and sizes, as they come, for NSSCOPE_TUI_SECONDS (5), from NSSCOPE_TUI_SEED on:
        the program stays alive and never writes a control byte. Ends in the tree."""
        seed = int(os.environ.get("NSSCOPE_TUI_SEED", random.randrange(1 << 30)))
        chance = random.Random(seed)
        names = ["Up", "Down", "Left", "Right", "PgUp", "PgDn", "Home", "End", "Tab", "BTab", "Enter", "Escape", "Space",
                 "BSpace", "C-l", *names]
        end = time.monotonic() + float(os.environ.get("NSSCOPE_TUI_SECONDS", "5"))
        while time.monotonic() < end:
            if chance.random() < 0.1:
                self.resize(chance.randint(1, 180), chance.randint(1, 50))
            self.keys(*chance.choices(names, k=chance.randint(1, 8)))
            test.assertEqual("0", self.ask("pane_dead"), f"seed {seed}: it ended:\n{self.screen()}")
            test.assertIsNone(re.search(r"[\x00-\x09\x0b-\x1f\x7f]", self.screen()), f"seed {seed}")
        self.resize(100, 30)
        self.keys("Escape", "Escape", "Escape", "Escape", "1")
        self.wait("[1 tree]")

    def wait_ended(self):
        end = time.monotonic() + PATIENCE
        while self.ask("pane_dead") != "1":
            if time.monotonic() > end:
                raise AssertionError("it does not end; the screen:\n" + self.screen())
            time.sleep(0.05)
        for _ in range(40):  # tmux learns how it ended a little after it learnt that
            status, by_signal = self.ask("pane_dead_status"), self.ask("pane_dead_signal")
            if status or by_signal:
                return int(status or -1)
            time.sleep(0.05)
        raise StatusLost

    def close(self):
        self.tmux("kill-server", check=False)
        self.folder.cleanup()
