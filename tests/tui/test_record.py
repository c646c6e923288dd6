#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""nsscope record on this machine, and what is read of it afterwards: test_record.py NSSCOPE. Needs root."""
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest

NSSCOPE = os.path.abspath(sys.argv.pop(1))
PATIENCE = 120  # seconds; of a loaded machine


def run(*arguments):
    return subprocess.run([NSSCOPE, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, text=True,
                          timeout=PATIENCE)


class Record(unittest.TestCase):
    def setUp(self):
        if os.geteuid() != 0:
            if os.environ.get("NSSCOPE_NO_SKIP"):
                self.fail("recording needs root, and skipping is forbidden")
            self.skipTest("recording needs root")
        self.folder = tempfile.TemporaryDirectory(prefix="nsscope-record-")
        self.addCleanup(self.folder.cleanup)
        self.file = os.path.join(self.folder.name, "recording")

    def record(self, *arguments):
        """Begun: it has what list can read."""
        process = subprocess.Popen([NSSCOPE, "record", "-d", "0.2", *arguments, self.file], stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        end = time.monotonic() + PATIENCE
        while run("list", "--replay", self.file).returncode == 1:
            self.assertIsNone(process.poll(), "it has ended")
            self.assertLess(time.monotonic(), end, "it records nothing")
            time.sleep(0.1)
        return process

    def visit(self):
        """A namespace that comes and goes; its inode number."""
        visitor = subprocess.Popen(["unshare", "--uts", "sh", "-c", "readlink /proc/self/ns/uts; exec sleep 1"],
                                   stdout=subprocess.PIPE, text=True)
        inum = int(re.search(r"\d+", visitor.stdout.readline())[0])
        visitor.stdout.close()
        visitor.wait()
        return inum, visitor.pid

    def test_what_was_is_there_again(self):
        process = self.record()
        inum, pid = self.visit()
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        self.assertIn(process.wait(timeout=PATIENCE), (0, 3))
        self.assertRegex(process.stderr.read(), r"\d+ events, \d+ bytes, \d+ lost")
        self.assertEqual(0o600, os.stat(self.file).st_mode & 0o777)
        events = [json.loads(line) for line in run("events", "--replay", self.file, "--type", "all").stdout.splitlines()]
        self.assertEqual("start", events[0]["event"])
        self.assertEqual("end", events[-1]["event"])
        mine = [e for e in events if (e.get("process") or {}).get("pid") == pid]
        unshared = next(e for e in mine if e["event"] == "ns.unshare")
        self.assertEqual(inum, unshared["namespaces"][0]["to"]["inum"])
        ended = next(e for e in mine if e["event"] == "process.exit" and e["process"]["tid"] == pid)

        def has(when):
            done = run("list", "-J", "-t", "uts", "--replay", self.file, "--at", when)
            self.assertIn(done.returncode, (0, 3), done.stderr)
            return [n for n in json.loads(done.stdout)["namespaces"] if n["inum"] == inum and pid in n["members"]]

        def later(event, seconds):  # a record is in the recording from when it was read on, a moment after it happened
            first = int(events[0]["mono_ns"])
            return f"{(int(event['mono_ns']) - first) / 1e9 + seconds:.6f}"

        self.assertTrue(has(later(unshared, 0.5)))
        self.assertFalse(has(later(ended, 0.5)))
        self.assertIn(run("top", "-b", "-d", "1000", "--replay", self.file).returncode, (0, 3))

    def test_killed_it_can_be_read(self):
        process = self.record()
        inum, _ = self.visit()
        time.sleep(1)
        process.kill()
        process.wait()
        done = run("events", "--replay", self.file)
        self.assertEqual(3, done.returncode)
        self.assertRegex(done.stderr, r"damaged at byte \d+ \(record \d+\): it is cut off")
        self.assertIn(f'"inum":{inum},', done.stdout)

    def test_it_ends_by_itself(self):
        self.assertIn(self.record("--duration", "1").wait(timeout=PATIENCE), (0, 3))

    def test_no_file_is_written_over(self):
        with open(self.file, "w", encoding="utf-8") as f:
            f.write("mine")
        done = run("record", self.file)
        self.assertEqual(1, done.returncode)
        self.assertIn("--force", done.stderr)
        with open(self.file, encoding="utf-8") as f:
            self.assertEqual("mine", f.read())
        self.assertIn(run("record", "--force", "--duration", "0.5", self.file).returncode, (0, 3))
        self.assertEqual(1, run("record", os.path.join(self.folder.name, "no", "such")).returncode)
        self.assertEqual(2, run("record").returncode)

    def test_a_full_disk(self):
        done = run("record", "--force", "/dev/full")
        self.assertEqual(1, done.returncode)
        self.assertIn("No space left on device", done.stderr)

    def test_without_events(self):
        done = subprocess.run([NSSCOPE, "record", "--duration", "1", self.file], stderr=subprocess.PIPE, check=False,
                              text=True, timeout=PATIENCE, env={**os.environ, "NSSCOPE_DISABLE": "btf"})
        self.assertEqual(3, done.returncode, done.stderr)
        self.assertIn(run("list", "--replay", self.file).returncode, (0, 3))


if __name__ == "__main__":
    unittest.main(argv=sys.argv)
