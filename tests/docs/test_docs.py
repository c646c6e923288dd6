#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""The documentation says what the program does: test_docs.py NSSCOPE."""
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

try:
    import jsonschema
except ImportError:
    jsonschema = None

TOP = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
# A sub-command of a sub-command is two words.
SUBCOMMANDS = ("list", "tree", "why", "inspect", "diff", "events", "top", "record", "doctor", "guard check", "guard run", "guard apply", "guard status", "guard remove")
NSSCOPE = sys.argv.pop(1) if len(sys.argv) > 1 else ""


def read(*path):
    with open(os.path.join(TOP, *path), encoding="utf-8") as f:
        return f.read()


def output(*arguments):
    """What nsscope prints; a partial answer (status 3) is one."""
    done = subprocess.run([NSSCOPE, *arguments], stdout=subprocess.PIPE, check=False, text=True)
    if done.returncode not in (0, 3):
        raise AssertionError(f"nsscope {' '.join(arguments)}: status {done.returncode}")
    return done.stdout


def help_options(sub):
    """The options that --help names: those that begin a line, or follow a comma there."""
    options = set()
    for line in output(*sub.split(), "--help").splitlines():
        head = re.match(r"\s+(-\S+(?:,\s*-\S+)*)", line)
        if head:
            options |= set(re.findall(r"(?<![\w-])--?[A-Za-z][\w-]*", head[1]))
    return options


def man_section(name):
    found = re.search(rf"^\.Ss nsscope {name}\n(.*?)(?=^\.S[sh] )", read("man", "nsscope.1"), re.S | re.M)
    return found[1] if found else ""


def man_options(text):
    options = set()
    for line in re.findall(r"^\.It (Fl .*)$", text, re.M):
        options |= {"-" + o for o in re.findall(r"(?:^|, )(?:Fl )?(-?[A-Za-z][\w-]*)", line.replace("Fl ", ""))}
    return options


def completed(*words):
    """What bash offers for the last of these words."""
    script = ('compopt() { :; }; . "$1"; shift; COMP_WORDS=(nsscope "$@"); COMP_CWORD=$#; _nsscope; '
              'printf "%s\\n" "${COMPREPLY[@]}"')
    done = subprocess.run(["bash", "-c", script, "bash", os.path.join(TOP, "completions", "nsscope"), *words],
                          stdout=subprocess.PIPE, check=True, text=True)
    return set(done.stdout.split())


def need(have, what):
    if not have:
        if os.environ.get("NSSCOPE_NO_SKIP"):
            raise AssertionError(what + " is missing, and skipping is forbidden")
        raise unittest.SkipTest(what + " is not installed")


class Program(unittest.TestCase):
    def test_every_option_is_in_the_manual_page(self):
        common = {"-h", "--help"}
        for sub in SUBCOMMANDS:
            with self.subTest(sub):
                self.assertEqual(help_options(sub) - common, man_options(man_section(sub)))

    def test_every_option_is_completed(self):
        for sub in SUBCOMMANDS:
            with self.subTest(sub):
                self.assertEqual({o for o in help_options(sub) if o.startswith("--")}, completed(*sub.split(), "--"))

    def test_every_subcommand_is_completed(self):
        for command in (), ("guard",):
            with self.subTest(command):
                head = re.search(r"^Subcommands:\n((?:  .*\n)+)", output(*command, "--help"), re.M)
                names = set(re.findall(r"^  (\S+)", head[1], re.M))
                self.assertEqual(names, {w for w in completed(*command, "") if not w.startswith("-")})
                for name in names - {"guard"}:
                    self.assertIn(" ".join([*command, name]), SUBCOMMANDS)

    def test_every_column_is_in_the_manual_page_and_completed(self):
        columns = re.findall(r"^\s*([A-Z]+)\s", output("list", "--list-columns"), re.M)
        self.assertTrue(columns)
        self.assertEqual(columns, re.findall(r"^\.It ([A-Z]+)$", man_section("list"), re.M))
        completed = re.search(r"columns='([^']*)'", read("completions", "nsscope"))[1].split()
        self.assertEqual(columns, completed)

    def test_every_field_of_a_filter_is_in_the_documentation(self):
        refused = subprocess.run([NSSCOPE, "events", "--filter", "no.such.field = 1"], stderr=subprocess.PIPE,
                                 check=False, text=True)
        self.assertEqual(2, refused.returncode)
        known = re.search(r"there are ([\w., ]+)", refused.stderr)
        table = read("docs", "events.md").split("| field | kind | is |")[1].split("\n\n")[0]
        self.assertEqual(known[1].split(", "), re.findall(r"^\| `([\w.]+)` \|", table, re.M))

    def test_every_feature_to_disable_is_in_the_manual_page(self):
        refused = subprocess.run([NSSCOPE, "events"], env=dict(os.environ, NSSCOPE_DISABLE="no-such-feature"),
                                 stderr=subprocess.PIPE, check=False, text=True).stderr
        known = re.search(r"known are:? ([\w, ]+)", refused)
        self.assertTrue(known, refused)
        self.assertEqual(known[1].split(", "), re.findall(r"^\.It Li (\w+)$", read("man", "nsscope.1"), re.M))

    def test_version(self):
        version = re.search(r"project\(nsscope VERSION (\S+)", read("CMakeLists.txt"))[1]
        self.assertIn(version, output("--version"))
        self.assertIn(f"## [{version}]", read("CHANGELOG.md"))


class Service(unittest.TestCase):
    def test_the_unit_has_no_more_than_it_needs(self):
        need(shutil.which("systemd-analyze"), "systemd-analyze")
        unit = read("packaging", "nsscope-events.service.in").replace("@CMAKE_INSTALL_FULL_SBINDIR@", "/usr/sbin")
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "nsscope-events.service")
            with open(path, "w", encoding="utf-8") as f:
                f.write(unit)
            done = subprocess.run(["systemd-analyze", "security", "--offline=true", "--threshold=30", "--no-pager", path],
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        self.assertEqual(0, done.returncode, done.stdout[-2000:])

    def test_the_units_are_good(self):
        need(shutil.which("systemd-analyze"), "systemd-analyze")
        for name in "nsscope-events", "nsscope-guard":
            unit = read("packaging", name + ".service.in").replace("@CMAKE_INSTALL_FULL_SBINDIR@/nsscope", NSSCOPE)
            with tempfile.TemporaryDirectory() as directory, self.subTest(name):
                path = os.path.join(directory, name + ".service")
                with open(path, "w", encoding="utf-8") as f:
                    f.write(unit)
                done = subprocess.run(["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", path],
                                      stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
                self.assertEqual((0, ""), (done.returncode, done.stdout))

    def test_the_example_of_a_configuration_is_good(self):
        self.assertIn("good", output("events", "--check", "--config", os.path.join(TOP, "packaging", "nsscope.yaml")))


class Page(unittest.TestCase):
    def test_manual_page_is_well_formed(self):
        need(shutil.which("mandoc"), "mandoc")
        page = os.path.join(TOP, "man", "nsscope.1")
        lint = subprocess.run(["mandoc", "-Tlint", "-Wwarning", page], stdout=subprocess.PIPE, text=True, check=False)
        self.assertEqual("", lint.stdout)

    def test_links_lead_somewhere(self):
        pages = glob.glob(os.path.join(TOP, "*.md")) + glob.glob(os.path.join(TOP, "docs", "*.md"))
        for page in pages:
            for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", read(page)):
                with self.subTest(page=os.path.relpath(page, TOP), target=target):
                    self.assertTrue(os.path.exists(os.path.join(os.path.dirname(page), target)))


class Schema(unittest.TestCase):
    def setUp(self):
        need(jsonschema, "python3-jsonschema")

    def schema(self, name):
        schema = json.loads(read("docs", "schema", f"{name}-1.schema.json"))
        jsonschema.Draft7Validator.check_schema(schema)
        return jsonschema.Draft7Validator(schema)

    def test_examples_follow_the_schema(self):
        for page in ("events.md", "list.md", "why.md", "inspect.md"):
            for example in re.findall(r"^```json\n(.*?)^```", read("docs", page), re.S | re.M):
                with self.subTest(example[:90]):
                    example = json.loads(example)
                    self.schema(example["schema"].split(".")[1].split("/")[0]).validate(example)

    def test_doctor_follows_its_schema(self):
        for without in ("", "fentry,kprobe", "btf"):  # the last: events cannot be seen, status 1
            done = subprocess.run([NSSCOPE, "doctor", "--json"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                  check=False, env=os.environ | {"NSSCOPE_DISABLE": without})
            with self.subTest(without):
                self.schema("doctor").validate(json.loads(done.stdout))

    def test_schema_is_strict(self):
        example = json.loads(re.search(r"^```json\n(.*?)^```", read("docs", "events.md"), re.S | re.M)[1])
        validator = self.schema("event")

        def changed(change):
            copy = json.loads(json.dumps(example))
            change(copy)
            return validator.is_valid(copy)

        self.assertTrue(changed(lambda e: None))
        self.assertFalse(changed(lambda e: e.update(more=1)))
        self.assertFalse(changed(lambda e: e.update(seq=17)))
        self.assertFalse(changed(lambda e: e.pop("process")))
        self.assertFalse(changed(lambda e: e["process"].update(pid=None)))
        self.assertFalse(changed(lambda e: e["syscall"].update(result=-1)))
        self.assertFalse(changed(lambda e: e["namespaces"][0].update(type="sock")))
        self.assertFalse(changed(lambda e: e["namespaces"][0]["from"].update(id=1)))

    def test_golden_files_follow_the_schema(self):
        names = set()
        for path in glob.glob(os.path.join(TOP, "tests", "golden", "**", "*.json"), recursive=True):
            with self.subTest(os.path.basename(path)):
                golden = json.loads(read(path))
                name = golden["schema"].split(".")[1].split("/")[0]
                self.schema(name).validate(golden)
                names.add(golden.get("event", name))
        kinds = self.schema("event").schema["properties"]["event"]["enum"]
        self.assertEqual({"snapshot", "tree", "inspect", "enter", "diff", *kinds}, names)

    def test_every_kind_of_record_is_documented(self):
        kinds = self.schema("event").schema["properties"]["event"]["enum"]
        table = re.search(r"^## The kinds\n(.*?)^## ", read("docs", "events.md"), re.S | re.M)[1]
        self.assertEqual(sorted(kinds), sorted(re.findall(r"^\| `([a-z.]+)` \|", table, re.M)[1:]))

    def test_every_field_is_documented(self):
        page = read("docs", "events.md")
        definitions = self.schema("event").schema["definitions"]
        for name in ("process", "child", "syscall", "change", "sysctl"):
            for field in definitions[name]["properties"]:
                with self.subTest(name, field=field):
                    self.assertIn(f"`{field}`", page)
        for field in definitions["start_record"]["properties"]["start"]["properties"]:
            with self.subTest("start", field=field):
                self.assertIn(f"| `{field}` |", page)

    def test_every_field_stands_in_the_table_of_names(self):
        definitions = self.schema("event").schema["definitions"]

        def fields(node, path):
            if "$ref" in node:
                yield from fields(definitions[node["$ref"].split("/")[-1]], path)
            for part in node.get("anyOf", []):
                yield from fields(part, path)
            if isinstance(node.get("items"), dict):
                yield from fields(node["items"], path + "[]")
            for name, what in node.get("properties", {}).items():
                field = f"{path}.{name}" if path else name
                # a child and who was moved have the fields of a process and a container
                field = re.sub(r"^(child|target)\.container", "container", field)
                yield re.sub(r"^(child|target)\.", "process.", field)
                yield from fields(what, field)

        known = {f for name in definitions if name.endswith("_record") for f in fields(definitions[name], "")}
        table = read("docs", "events.md").split("| field | is | `null` when | OpenTelemetry | ECS |")[1].split("\n\n")[0]
        rows = [line.split("|") for line in table.splitlines()[2:]]
        self.assertEqual({7}, {len(row) for row in rows})
        self.assertEqual(sorted(known), sorted(row[1].strip(" `") for row in rows))

    def test_a_real_snapshot_follows_the_schema(self):
        self.schema("snapshot").validate(json.loads(output("list", "-J", "--source", "proc", "-p", str(os.getpid()))))

    def test_a_real_guard_status_follows_the_schema(self):
        self.schema("guard-status").validate(json.loads(output("guard", "status", "--json")))

    def test_a_real_answer_to_why_follows_the_schema(self):
        self.schema("why").validate(json.loads(output("why", "-J", "--source", "proc", "/proc/self/ns/uts")))

    def test_a_real_inspection_follows_the_schema(self):
        self.schema("inspect").validate(json.loads(output("inspect", "-J", "--source", "proc", str(os.getpid()))))


if __name__ == "__main__":
    unittest.main(argv=sys.argv)
