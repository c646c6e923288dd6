#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Every message that a bad policy can be answered with has a case that expects it: all messages are listed from the
sources of user/policy/, and looked for in the corpus (tests/fixtures/policy/bad) and in the unit tests.

    tests/policy/test_messages.py           status 0: each has one
    tests/policy/test_messages.py --list    prints the messages, {} for what is filled in
"""
import ast
import os
import re
import sys
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
POLICY = os.path.join(TOP, "user", "policy")
CORPUS = os.path.join(TOP, "tests", "fixtures", "policy", "bad")
UNIT = os.path.join(TOP, "tests", "unit", "policy")

LITERAL = re.compile(r'"(?:[^"\\]|\\.)*"')
# Where a message is made, and the constants that messages are made of.
MADE = re.compile(r"\b(?:error|unexpected|refuse|error_at|errno_failure)\(|\bError\{|"
                  r"\bconstexpr (?:std::string_view|const char\*) (?:\w+) =|"
                  r"\b(?:each|text|fields|read_choice|read_verdict|parse_verdict|parse_who|read)\((?=reader|node|value|\*|one|root)|"
                  r"\breader\.(?:each|text|fields)\(|\bconst std::string problem =|\breturn \{fmt::format|\breturn node\.")

# What no file can bring about, and why.
EXCEPT = {
    "no memory": "libyaml says so where it has no other word",
    "cannot read {}": "a disk that fails",
}


def source(name):
    with open(os.path.join(POLICY, name), encoding="utf-8") as f:
        return re.sub(r"^\s*//.*$", "", f.read(), flags=re.M)


def argument(text, start):
    """The text of a call or an initialiser that begins at `start`, up to where its brackets close."""
    depth, at = 0, start
    while at < len(text):
        literal = LITERAL.match(text, at)
        if literal:
            at = literal.end()
            continue
        if text[at] in "({[":
            depth += 1
        elif text[at] in ")}]":
            depth -= 1
            if depth <= 0:
                break
        elif text[at] == ";":
            break
        at += 1
    return text[start:at]


def literals(text):
    """The string literals in a piece of C++, adjacent ones as one."""
    for run in re.finditer(r'"(?:[^"\\]|\\.)*"(?:\s*"(?:[^"\\]|\\.)*")*', text):
        yield "".join(ast.literal_eval(one) for one in LITERAL.findall(run[0]))


def messages():
    found = {}
    for name in sorted(os.listdir(POLICY)):
        if not name.endswith(".cpp") or name in ("review.cpp", "explain.cpp", "evaluate.cpp"):
            continue
        text = source(name)
        for made in MADE.finditer(text):
            for message in literals(argument(text, made.start())):
                # what has no letters is only put between other words
                if re.search(r"[a-z]{2}", message):
                    found.setdefault(message, name)
    return found


def expected():
    """All texts that some test expects."""
    for name in os.listdir(CORPUS):
        with open(os.path.join(CORPUS, name), encoding="utf-8") as f:
            yield name + ":" + f.readline().rstrip("\n").removeprefix("# ")
    for name in os.listdir(UNIT):
        with open(os.path.join(UNIT, name), encoding="utf-8") as f:
            yield re.sub(r'"\s*"', "", f.read())  # adjacent literals are one


class Messages(unittest.TestCase):
    maxDiff = None

    def test_each_is_expected_somewhere(self):
        texts = list(expected())
        found = messages()
        self.assertGreater(len(found), 90, "messages are found in the sources")
        missing = []
        for message, name in found.items():
            if message in EXCEPT:
                continue
            # what is filled in may be anything, but for the place at the beginning, which a file's name makes
            pattern = ".*".join(re.escape(part) for part in re.split(r"\{\}(?::\{\}:\{\})?", message))
            if not any(re.search(pattern, text) for text in texts):
                missing.append(f"{name}: {message}")
        self.assertEqual(missing, [], "no case expects these")

    def test_what_is_excepted_is_there(self):
        self.assertEqual([m for m in EXCEPT if m not in messages()], [])


if __name__ == "__main__":
    if sys.argv[1:] == ["--list"]:
        for message, name in messages().items():
            print(f"{name}: {message}")
    else:
        unittest.main()
