#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""No room includes a header that its doors do not lead to.

The doors are those of user/CMakeLists.txt: nsscope_room(NAME USES ROOM...). A room may include its own headers and
those of the rooms that it names. What stays behind one door, whoever includes it:
"""
import os
import re
import sys
import tempfile
import unittest

# header (a regular expression) -> the rooms that may include it; "" is the program itself
RESERVED = {
    r"bpf/": {"kernel"},  # libbpf
    r".*\.skel\.h": {"kernel"},
    r"event\.h": {"events", "kernel"},
    r"guard\.h": {"policy", "kernel"},
    r"CLI/": {"cli", ""},
    r"libmnl/": {"inspect"},
    r"zlib\.h": {"recording"},
    r"cap-ng\.h": {"cli"},
    r"(n?curses|term)\.h": {"screen"},
}
WIRE = (r"event\.h", r"guard\.h")  # wherever they are included from
SOURCE = re.compile(r".*\.(c|cc|cpp|h|hpp|inc|ipp)$")
INCLUDE = re.compile(r'^\s*#\s*include\s*["<]([^">]+)[">]', re.M)


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def doors(cmake):
    """room -> the rooms that it may include; "" is the program itself (user/*.cpp)."""
    cmake = re.sub(r"#.*", "", cmake)
    rooms = {}
    for call in re.findall(r"nsscope_room\(([^)]*)\)", cmake):
        words = call.split()
        uses, taking = [], False
        for word in words[1:]:
            if word in ("IN", "USES", "LIBRARIES"):
                taking = word == "USES"
            elif taking:
                uses.append(word)
        rooms[words[0]] = uses
    program = re.search(r"target_link_libraries\(nsscope\s([^)]*)\)", cmake)
    rooms[""] = [w for w in program[1].split() if w in rooms] if program else []
    return rooms


def violations(top):
    user = os.path.join(top, "user")
    rooms = doors(read(os.path.join(user, "CMakeLists.txt")))
    found = []
    known = []
    for room, uses in rooms.items():
        found += [f"room {room} uses {u}, which is not declared before it" for u in uses if u not in known]
        known.append(room)
    walks = [(top_folder, *step) for top_folder in (user, os.path.join(top, "tui")) for step in os.walk(top_folder)]
    for top_folder, folder, _, files in walks:
        room = os.path.relpath(folder, top_folder).split(os.sep)[0].replace(".", "")
        for file in filter(SOURCE.match, sorted(files)):
            path = os.path.join(folder, file)
            where = os.path.relpath(path, top)
            if room not in rooms:
                found.append(f"{where}: {room} is not a room in user/CMakeLists.txt")
                continue
            for header in INCLUDE.findall(read(path)):
                target = os.path.normpath(os.path.join(folder, header)) if header.startswith(".") else ""
                other = os.path.relpath(target, top_folder).split(os.sep)[0] if target else header.split("/")[0]
                if other in rooms and other != room and other not in rooms[room]:
                    found.append(f"{where} includes {header}: {room or 'the program'} has no door to {other}")
                for reserved, allowed in RESERVED.items():
                    if re.match(reserved, os.path.basename(header) if reserved in WIRE else header):
                        # A room's own file may share a reserved name.
                        if room not in allowed and other not in rooms:
                            found.append(f"{where} includes {header}: only {', '.join(sorted(filter(None, allowed)))} may")
    return found


class Doors(unittest.TestCase):
    def test_this_tree(self):
        self.assertEqual([], violations(TOP))

    def check(self, files, expected):
        with tempfile.TemporaryDirectory() as top:
            os.mkdir(os.path.join(top, "user"))
            files = {"CMakeLists.txt": "nsscope_room(base)\nnsscope_room(kernel USES base)\n"
                                       "nsscope_room(cli USES base kernel LIBRARIES x)\n"
                                       "target_link_libraries(nsscope PRIVATE cli)\n", **files}
            for name, text in files.items():
                path = os.path.join(top, "user", name)
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with open(path, "w", encoding="utf-8") as f:
                    f.write(text)
            found = violations(top)
            self.assertEqual(expected, len(found), found)

    def test_allowed(self):
        self.check({"base/a.hpp": "#include <string>\n", "main.cpp": '#include "cli/x.hpp"\n',
                    "kernel/a.cpp": '#include "base/a.hpp"\n#include <bpf/libbpf.h>\n#include "event.h"\n'
                                    '#include "trace.skel.h"\n'}, 0)

    def test_no_door(self):
        self.check({"base/a.hpp": '#include "kernel/a.hpp"\n'}, 1)
        self.check({"base/a.hpp": '  #  include <kernel/a.hpp>\n'}, 1)
        self.check({"base/a.hpp": '#include "../kernel/a.hpp"\n'}, 1)
        self.check({"main.cpp": '#include "kernel/a.hpp"\n'}, 1)

    def test_reserved(self):
        for header in ("bpf/libbpf.h", "x.skel.h", "event.h", "../../bpf/event.h", "guard.h", "CLI/CLI.hpp", "ncurses.h"):
            self.check({"base/a.cpp": f"#include <{header}>\n"}, 1)

    def test_not_a_room(self):
        self.check({"attic/a.cpp": ""}, 1)

    def test_circle(self):
        self.check({"CMakeLists.txt": "nsscope_room(base USES cli)\nnsscope_room(cli USES base)\n"}, 1)


TOP = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))

if __name__ == "__main__":
    unittest.main(argv=sys.argv)
